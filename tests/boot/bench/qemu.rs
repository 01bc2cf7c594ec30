//! QEMU: a guest's hardware, and its process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::architecture::Architecture;
use super::disk::Disk;
use super::machine::Machine;

/// On every board, which has no KVM: a machine that has it may still not let a guest live by it. Every guest's clock starts
/// ten years off; one in the past would show less, as systemd moves it up to its own build date.
const BOARD: &str = "-m 768 -nodefaults -no-user-config -no-reboot -display none -rtc base=2036-01-01T00:00:00 -device virtio-rng-pci";

/// Two nanoseconds an instruction, however long this machine takes for it; while the guest has nothing to do, its time passes
/// as the host's does. What runs beside it then changes little of what is measured in it.
const VIRTUAL_TIME: &str = "-icount shift=1,sleep=on -rtc clock=vm";

/// A panic ends the guest at once. A dumb terminal: systemd asks a clever one for its size, and waits for an answer that
/// never comes.
const KERNEL_OPTIONS: &str = "root=/dev/vda rw panic=-1 loglevel=4 TERM=dumb \
                              systemd.show_status=yes";

/// More than any boot takes, also on a busy host; a guest that hangs ends here.
pub const DEADLINE: Duration = Duration::from_secs(600);

/// Timers that would fetch packages when the clock jumps by years, and logins that nobody waits for. Masked here and not
/// in the tree: systemd's presets, on an image's first boot, stumble over masked units.
const MASKED: [&str; 6] = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "getty@tty1.service",
    "serial-getty@ttyS0.service",
    "serial-getty@ttyAMA0.service",
];

/// What is plugged in, and how the kernel is started.
pub struct Hardware {
    pub machine: Machine,
    /// In place of the machine's own.
    pub uuid: Option<&'static str>,
    pub processors: u32,
    pub network_card: bool,
    /// Where QEMU notes every write to the disk, for a replay.
    pub write_log: Option<PathBuf>,
    /// The guest's time is that of the instructions it has run.
    pub virtual_time: bool,
    pub options: Vec<String>,
}

/// Where the host's end of it lies.
pub struct Host {
    /// The second disk.
    pub results: PathBuf,
    pub console: PathBuf,
    /// The socket behind which the host answers with its time.
    pub host_time: PathBuf,
    /// The socket of QEMU's monitor.
    pub monitor: PathBuf,
}

impl Hardware {
    pub fn command(&self, disk: &Disk, host: &Host) -> Command {
        let tree = disk.tree();
        let architecture = tree.architecture();
        let mut qemu = Command::new(architecture.qemu());
        qemu.args(architecture.board(&self.machine)).args(BOARD.split_whitespace());
        qemu.args(["-smp", &self.processors.to_string()]);
        qemu.arg("-kernel").arg(tree.kernel()).arg("-initrd").arg(tree.initrd());
        qemu.arg("-append").arg(self.kernel_command_line(architecture));
        if self.virtual_time {
            qemu.args(VIRTUAL_TIME.split_whitespace());
        }
        let image = disk.image();
        let disk = self.write_log.as_ref().map_or_else(|| drive(&image), |log| logged_drive(&image, log));
        qemu.arg("-drive").arg(disk).arg("-drive").arg(drive(&host.results));
        qemu.arg("-serial").arg(prefixed("file:", &host.console));
        qemu.arg("-chardev").arg(prefixed("socket,id=host-time,server=on,wait=off,path=", &host.host_time));
        qemu.args(["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=host-time"]);
        let mut monitor = prefixed("unix:", &host.monitor);
        monitor.push(",server=on,wait=off");
        qemu.arg("-qmp").arg(monitor);
        if self.network_card {
            qemu.args(["-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no"]);
            qemu.args(["-device", "virtio-net-pci,netdev=net"]);
        }
        for field in self.machine.smbios() {
            qemu.args(["-smbios", &field]);
        }
        if let Some(uuid) = self.uuid {
            qemu.args(["-smbios", &format!("type=1,uuid={uuid}")]);
        }
        qemu.stdin(Stdio::null()).stdout(Stdio::null());
        qemu
    }

    fn kernel_command_line(&self, architecture: Architecture) -> String {
        let masked = MASKED.map(|unit| format!("systemd.mask={unit}"));
        let architecture = architecture.kernel_options();
        format!("{KERNEL_OPTIONS} {architecture} {} {}", masked.join(" "), self.options.join(" "))
    }
}

fn drive(image: &Path) -> OsString {
    prefixed("if=virtio,format=raw,cache=unsafe,file=", image)
}

/// The guest's flushes go as far as the log. The host need not flush anything.
fn logged_drive(image: &Path, log: &Path) -> OsString {
    let mut drive = prefixed("if=virtio,driver=blklogwrites,file.cache.no-flush=on,file.filename=", image);
    drive.push(prefixed(",log.cache.no-flush=on,log.filename=", log));
    drive
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument
}

/// A running guest, killed with the test that lost interest in it.
pub struct Guest {
    qemu: Child,
}

impl Guest {
    pub fn new(qemu: Child) -> Guest {
        Guest { qemu }
    }

    /// Waits for the guest to power off. The console is for whoever reads why it did not.
    pub fn wait(&mut self, console: &Path, deadline: Duration) {
        let end = Instant::now() + deadline;
        loop {
            match self.qemu.try_wait().expect("waiting for QEMU") {
                Some(status) if status.success() => return,
                Some(status) => {
                    panic!("QEMU ended with {status}: see {}", console.with_file_name("qemu").display())
                }
                None => assert!(
                    Instant::now() < end,
                    "the guest did not power off within {} s: see {}",
                    deadline.as_secs(),
                    console.display()
                ),
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}
