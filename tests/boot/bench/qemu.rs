//! QEMU: a guest's hardware, and its process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use test_support::bench::wait;

use super::board;
use super::disk::Disk;
use super::machine::Machine;

/// On every board, which has no KVM: a machine that has it may still not let a guest live by it. Every guest's clock starts
/// ten years off; one in the past would show less, as systemd moves it up to its own build date.
const BOARD: &str = "-m 768 -nodefaults -no-user-config -no-reboot -display none -rtc base=2036-01-01T00:00:00 \
                     -device virtio-rng-pci -device virtio-serial-pci";

/// Two nanoseconds an instruction, however long this machine takes for it; while the guest has nothing to do, its time passes
/// as the host's does. What runs beside it then changes little of what is measured in it.
const VIRTUAL_TIME: &str = "-icount shift=1,sleep=on -rtc clock=vm";

/// A panic ends the guest at once. A dumb terminal: systemd asks a clever one for its size, and waits for an answer that
/// never comes. The first line is a tenth of a boot's instructions: nobody attacks a guest that is gone in a minute,
/// and one processor has nobody to wait for.
const KERNEL_OPTIONS: &str = "mitigations=off nokaslr rcupdate.rcu_expedited=1 \
                              root=/dev/vda rw panic=-1 loglevel=4 TERM=dumb systemd.show_status=yes";

/// More than any boot takes, also on a busy host; a guest that hangs ends here.
pub const DEADLINE: Duration = Duration::from_secs(600);

/// Timers that would fetch packages when the clock jumps by years, and logins that nobody waits for. Masked here and not
/// in the tree: systemd's presets, on an image's first boot, stumble over masked units.
const MASKED: &str = "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer getty@tty1.service \
                      serial-getty@ttyS0.service serial-getty@ttyAMA0.service";

/// What is plugged in, and how the kernel is started.
pub struct Hardware {
    pub machine: Machine,
    /// The firmware's, in place of the one that all machines of a cloud have here.
    pub uuid: Option<&'static str>,
    pub processors: u32,
    pub network_card: bool,
    pub vmclock: bool,
    /// Where QEMU notes every write to the disk, for a replay.
    pub write_log: Option<PathBuf>,
    /// The guest's time is that of the instructions it has run.
    pub virtual_time: bool,
    /// The kernel's, beside those that all guests have.
    pub options: Vec<String>,
}

impl Hardware {
    pub fn of(machine: Machine) -> Hardware {
        Hardware {
            machine,
            uuid: None,
            processors: 1,
            network_card: true,
            vmclock: false,
            write_log: None,
            virtual_time: false,
            options: Vec::new(),
        }
    }

    /// The second disk, the console and the sockets are in these directories.
    pub fn command(&self, disk: &Disk, directory: &Path, sockets: &Path) -> Command {
        let tree = &disk.tree;
        let mut qemu = Command::new(board::qemu(tree.release()));
        qemu.args(board::options(tree.release(), self.machine)).args(BOARD.split_whitespace());
        qemu.args(["-smp", &self.processors.to_string()]);
        qemu.arg("-kernel").arg(tree.kernel()).arg("-initrd").arg(tree.initrd());
        qemu.arg("-append").arg(self.kernel_command_line(disk));
        if self.virtual_time {
            qemu.args(VIRTUAL_TIME.split_whitespace());
        }
        let image = disk.image();
        let first = self.write_log.as_ref().map_or_else(|| drive(&image), |log| logged_drive(&image, log));
        qemu.arg("-drive").arg(first).arg("-drive").arg(drive(&directory.join("results.img")));
        qemu.arg("-serial").arg(prefixed("file:", &directory.join("console")));
        let port = prefixed("socket,id=host-time,server=on,wait=off,path=", &sockets.join("host-time"));
        qemu.arg("-chardev").arg(port).args(["-device", "virtserialport,chardev=host-time"]);
        let monitor = prefixed("socket,id=monitor,server=on,wait=off,path=", &sockets.join("monitor"));
        qemu.arg("-chardev").arg(monitor).args(["-mon", "chardev=monitor,mode=readline"]);
        if self.network_card {
            qemu.args(["-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no"]);
            qemu.args(["-device", "virtio-net-pci,netdev=net"]);
        }
        if self.vmclock {
            qemu.args(["-device", "vmclock"]);
        }
        let uuid = self.uuid.map(|uuid| format!("type=1,uuid={uuid}"));
        for fields in self.machine.smbios().into_iter().chain(uuid) {
            qemu.args(["-smbios", &fields]);
        }
        qemu.stdin(Stdio::null()).stdout(Stdio::null());
        qemu
    }

    fn kernel_command_line(&self, disk: &Disk) -> String {
        let masked: String = MASKED.split(' ').map(|unit| format!(" systemd.mask={unit}")).collect();
        let board = board::kernel_options(disk.tree.release());
        format!("{KERNEL_OPTIONS} {board}{masked} {}", self.options.join(" "))
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

    /// Waits for the guest to power off. What is in the directory is for whoever reads why it did not.
    pub fn wait(&mut self, directory: &Path, deadline: Duration) {
        let ended = wait(&mut self.qemu, deadline).is_some_and(|status| status.success());
        assert!(ended, "QEMU failed, or was not off within {deadline:?}: see {}", directory.display());
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}
