//! One boot of a disk, from power on to power off.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::cloud::Cloud;
use super::disk::Disk;
use super::host_time;
use super::machine::Machine;
use super::pause::Monitor;
use super::qemu::{DEADLINE, Guest, Hardware, Host};
use super::selinux;
use test_support::bench::followed;
use test_support::imds::Server;
use test_support::{Evidence, run};

pub struct Boot<'a> {
    disk: &'a Disk,
    cloud: Cloud,
    hardware: Hardware,
    look: String,
    deadline: Duration,
}

impl<'a> Boot<'a> {
    pub fn of(disk: &'a Disk, machine: Machine, cloud: Cloud) -> Boot<'a> {
        let hardware = Hardware {
            machine,
            uuid: None,
            processors: 1,
            network_card: true,
            write_log: None,
            virtual_time: false,
            options: Vec::new(),
        };
        Boot { disk, cloud, hardware, look: String::new(), deadline: DEADLINE }
    }

    pub fn without_network_card(mut self) -> Self {
        self.hardware.network_card = false;
        self
    }

    /// The card has its address before the agent begins, as where the initramfs or the kernel sets it.
    pub fn network_early(self) -> Self {
        self.option("network_early", 1)
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

    /// The Hyper-V clock is ahead of the host's by so many seconds.
    pub fn hyperv_clock_ahead(self, seconds: u32) -> Self {
        self.option("hyperv_clock_ahead", seconds)
    }

    /// The card gets an IPv6 address and no other.
    pub fn without_ipv4(self) -> Self {
        self.option("without_ipv4", 1)
    }

    /// The firmware's UUID, in place of the one that all machines of a cloud have here.
    pub fn uuid(mut self, uuid: &'static str) -> Self {
        self.hardware.uuid = Some(uuid);
        self
    }

    /// The clock is this many milliseconds ahead when the machine starts, in place of ten years.
    pub fn clock_ahead_ms(self, milliseconds: u32) -> Self {
        self.option("clock_ahead_ms", milliseconds)
    }

    /// The clock is stepped by years, forth and back, while the agent waits.
    pub fn clock_steps(self) -> Self {
        self.option("clock_steps", 1)
    }

    /// SELinux is in force, of which the disk's tree has the policy and the labels.
    pub fn under_selinux(mut self) -> Self {
        self.hardware.options.push(selinux::KERNEL_OPTIONS.to_owned());
        self
    }

    /// The guest's time is that of the instructions it has run, which is not the host's: Amazon's time server is in the guest
    /// (scenarios/cost.rs). Its time when the kernel begins, in seconds since 1970, is the true one.
    pub fn in_virtual_time(mut self, began_s: u64) -> Self {
        self.hardware.virtual_time = true;
        self.option("virtual_time", began_s)
    }

    pub fn processors(mut self, number: u32) -> Self {
        self.hardware.processors = number;
        self
    }

    /// Every write to the disk is noted in this file.
    pub fn noting_writes(mut self, log: &Path) -> Self {
        self.hardware.write_log = Some(log.to_owned());
        self
    }

    /// The guest is looked at when chronyd has selected this source, or in vain a minute later.
    pub fn until_selected(self, source: &str) -> Self {
        self.option("source", source)
    }

    /// The boot does not settle by itself: the script runs at once.
    pub fn unsettled(self) -> Self {
        self.option("unsettled", 1)
    }

    /// A bash script for the guest, run when its boot has settled. What it prints is `Evidence::look`.
    pub fn look(mut self, script: &str) -> Self {
        script.clone_into(&mut self.look);
        self
    }

    /// The script takes up to this long, in place of five minutes.
    pub fn looking_for(mut self, length: Duration) -> Self {
        self.deadline = DEADLINE + length;
        self.option("look_s", length.as_secs())
    }

    pub fn run(self) -> Evidence {
        let directory = fresh_directory(self.disk);
        let results = self.prepare_results(&directory);
        let title = format!("{} as {}", self.disk.name(), self.hardware.machine.name());
        let began = Instant::now();
        let console = directory.join("console");
        let imds = followed(
            &format!("booting {title}"),
            || last_line(&console),
            || self.power_on(&directory, &results),
        );
        let took = began.elapsed();
        unpack(&results, &directory);
        let journal = fs::read_to_string(directory.join("journal"));
        let journal = journal.unwrap_or_else(|why| {
            panic!("the guest left no journal ({why}): see {}", directory.join("console").display())
        });
        Evidence::new(&directory, &journal, took, imds)
    }

    /// From power on to power off, in the cloud.
    fn power_on(&self, directory: &Path, results: &Path) -> Option<Server> {
        let network = self.cloud.open();
        // Not beside the logs: the kernel allows a socket's path 108 bytes.
        let sockets = tempfile::tempdir().expect("making a directory for QEMU's socket");
        let host = Host {
            results: results.to_owned(),
            console: directory.join("console"),
            host_time: sockets.path().join("host-time"),
            monitor: sockets.path().join("monitor"),
        };
        let log = File::create(directory.join("qemu")).expect("making QEMU's log");
        let mut qemu = self.hardware.command(self.disk, &host);
        let mut guest = Guest::new(network.spawn(qemu.stderr(log)));
        host_time::serve(&host.host_time, Monitor::new(&host.monitor));
        guest.wait(&host.console, self.deadline);
        network.imds
    }

    fn option(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.hardware.options.push(format!("bench.{name}={value}"));
        self
    }

    /// The second disk: to the guest it brings the script, from the guest it brings everything else.
    fn prepare_results(&self, directory: &Path) -> PathBuf {
        let results = directory.join("results.img");
        fs::write(directory.join("script"), &self.look).expect("writing the script for the guest");
        run(Command::new("tar").arg("-cf").arg(&results).arg("-C").arg(directory).arg("script"));
        let disk = File::options().write(true).open(&results).expect("opening the second disk");
        disk.set_len(64 << 20).expect("sizing the second disk");
        results
    }
}

/// Each boot of a disk keeps its logs in a directory of its own: boot-1, boot-2, ...
fn fresh_directory(disk: &Disk) -> PathBuf {
    let mut names = (1..).map(|n| disk.directory().join(format!("boot-{n}")));
    let directory = names.find(|path| !path.exists()).expect("a number that is free");
    fs::create_dir(&directory).expect("making the boot's directory");
    directory
}

/// What the guest said last on its console.
fn last_line(console: &Path) -> String {
    let console = fs::read(console).unwrap_or_default();
    let console = String::from_utf8_lossy(&console);
    let line = console.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

fn unpack(results: &Path, directory: &Path) {
    run(Command::new("tar").arg("-xf").arg(results).arg("-C").arg(directory));
    fs::remove_file(results).expect("removing the second disk");
}
