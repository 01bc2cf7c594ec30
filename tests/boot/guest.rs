//! One boot of a disk: QEMU, bounded, from power on to power off.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::cloud::Cloud;
use super::disk::Disk;
use super::evidence::Evidence;
use super::host_time;
use super::machine::Machine;
use super::tools::{run, say};

/// Every guest starts ten years off. A clock in the past shows less: systemd moves it up to its own build date.
const WRONG_CLOCK: &str = "base=2036-01-01T00:00:00";

pub struct Boot<'a> {
    disk: &'a Disk,
    machine: Machine,
    cloud: Cloud,
    network_card: bool,
    options: Vec<String>,
    look: String,
    deadline: Duration,
}

impl<'a> Boot<'a> {
    pub fn of(disk: &'a Disk, machine: Machine, cloud: Cloud) -> Boot<'a> {
        let (options, look) = (Vec::new(), String::new());
        Boot { disk, machine, cloud, network_card: true, options, look, deadline: Duration::from_secs(240) }
    }

    pub fn without_network_card(mut self) -> Self {
        self.network_card = false;
        self
    }

    /// The card gets its address this many seconds after the agent has begun.
    pub fn network_after(self, seconds: u32) -> Self {
        self.option("network_after", seconds)
    }

    /// The Hyper-V clock appears this many seconds after the agent has begun; with 0 it is there before it. Without
    /// this it never comes.
    pub fn hyperv_clock_after(self, seconds: u32) -> Self {
        self.option("hyperv_clock_after", seconds)
    }

    /// The guest is looked at when chronyd has selected this source, or in vain a minute later.
    pub fn until_selected(self, source: &str) -> Self {
        self.option("source", source)
    }

    /// A bash script for the guest, run when its boot has settled. What it prints is `Evidence::look`.
    pub fn look(mut self, script: &str) -> Self {
        script.clone_into(&mut self.look);
        self
    }

    pub fn deadline(mut self, seconds: u64) -> Self {
        self.deadline = Duration::from_secs(seconds);
        self
    }

    pub fn run(self) -> Evidence {
        let directory = fresh_directory(self.disk);
        let (results, began) = (self.prepare_results(&directory), Instant::now());
        let title = format!("{} as {}", self.disk.name(), self.machine.name());
        say(&format!("booting {title} ..."));
        let network = self.cloud.open();
        // Not beside the logs: the kernel allows a socket's path 108 bytes.
        let sockets = tempfile::tempdir().expect("making a directory for QEMU's socket");
        let port = sockets.path().join("host-time");
        let mut guest = Guest(network.spawn(&mut self.qemu(&directory, &results, &port)));
        host_time::serve(&port);
        guest.wait(self.deadline, &directory);
        say(&format!("booted {title}: {:.0} s", began.elapsed().as_secs_f64()));
        unpack(&results, &directory);
        Evidence::read(&directory, network.imds)
    }

    fn option(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.options.push(format!("bench.{name}={value}"));
        self
    }

    /// The second disk: to the guest it brings the script, from the guest it brings everything else.
    fn prepare_results(&self, directory: &Path) -> PathBuf {
        let results = directory.join("results.img");
        fs::write(directory.join("script"), &self.look).expect("writing the script for the guest");
        run(Command::new("tar").arg("--create").arg("--file").arg(&results).arg("--directory").arg(directory).arg("script"));
        let disk = File::options().write(true).open(&results).expect("opening the second disk");
        disk.set_len(64 << 20).expect("sizing the second disk");
        results
    }

    fn qemu(&self, directory: &Path, results: &Path, host_time: &Path) -> Command {
        let mut qemu = Command::new("qemu-system-x86_64");
        // Without KVM: a machine that has it may still not let a guest live by it.
        qemu.args(["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "q35,accel=tcg"]);
        qemu.args(["-cpu", "max", "-smp", "1", "-m", "768", "-rtc", WRONG_CLOCK, "-device", "virtio-rng-pci"]);
        qemu.arg("-kernel").arg(self.disk.tree().kernel()).arg("-initrd").arg(self.disk.tree().initrd());
        qemu.arg("-append").arg(self.kernel_command_line());
        qemu.arg("-drive").arg(drive(&self.disk.image()));
        qemu.arg("-drive").arg(drive(results));
        qemu.arg("-serial").arg(prefixed("file:", &directory.join("console")));
        qemu.arg("-chardev").arg(prefixed("socket,id=host-time,server=on,wait=off,path=", host_time));
        qemu.args(["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=host-time"]);
        if self.network_card {
            qemu.args(["-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no"]);
            qemu.args(["-device", "virtio-net-pci,netdev=net"]);
        }
        for field in self.machine.smbios() {
            qemu.args(["-smbios", field]);
        }
        let log = File::create(directory.join("qemu")).expect("making QEMU's log");
        qemu.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        qemu
    }

    fn kernel_command_line(&self) -> String {
        // A dumb terminal: systemd asks a clever one for its size, and waits for an answer that never comes.
        let fixed = "root=/dev/vda rw console=ttyS0 loglevel=4 TERM=dumb systemd.show_status=yes";
        format!("{fixed} {}", self.options.join(" "))
    }
}

/// A running QEMU, killed with the test that lost interest in it.
struct Guest(Child);

impl Guest {
    fn wait(&mut self, deadline: Duration, directory: &Path) {
        let end = Instant::now() + deadline;
        while self.0.try_wait().expect("waiting for QEMU").is_none() {
            assert!(
                Instant::now() < end,
                "the guest did not power off within {} s: see {}",
                deadline.as_secs(),
                directory.join("console").display()
            );
            thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Each boot of a disk keeps its logs in a directory of its own: boot-1, boot-2, ...
fn fresh_directory(disk: &Disk) -> PathBuf {
    let directory = (1..).map(|n| disk.directory().join(format!("boot-{n}"))).find(|path| !path.exists());
    let directory = directory.expect("a number that is free");
    fs::create_dir(&directory).expect("making the boot's directory");
    directory
}

fn unpack(results: &Path, directory: &Path) {
    run(Command::new("tar").args(["--extract", "--file"]).arg(results).arg("--directory").arg(directory));
    fs::remove_file(results).expect("removing the second disk");
}

fn drive(image: &Path) -> OsString {
    prefixed("if=virtio,format=raw,cache=unsafe,file=", image)
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument
}
