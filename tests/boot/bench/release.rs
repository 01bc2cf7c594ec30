//! Root trees of the distributions, built once and kept: the root, its kernel and initrd, the stand-in clock's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::architecture::Architecture;
use super::source;
use test_support::bench::{build_once, chroot, require, store};
use test_support::run;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    Debian12,
    Debian13,
    /// Debian 13 with cloud-init, as the images of most clouds have it.
    Debian13CloudInit,
    /// Debian 13 with another database that minds its clock.
    Debian13Etcd,
    /// The next release, as far as it is today.
    DebianTesting,
    DebianSid,
    Debian13Arm64,
}

const NEEDED: [&str; 9] =
    ["qemu-system-x86_64", "mmdebstrap", "mke2fs", "e2fsck", "debugfs", "ip", "unshare", "chroot", "tar"];

/// What an image for a cloud has, less what no boot here needs.
const PACKAGES: &str = "systemd,systemd-sysv,udev,dbus,chrony,initramfs-tools,iproute2,kmod,zstd,procps,\
                        libudev1,libgcc-s1,apparmor,nftables";

/// Debian's packages of time daemons exclude each other: timesyncd and ntpsec lie beside chrony, unpacked, for the tests
/// that let them in. The last two are libraries of ntpsec's.
const RIVALS: &str = "mkdir -p \"$1/usr/share/boot-bench\" && cd \"$1/usr/share/boot-bench\" && \
                      APT_CONFIG=\"$MMDEBSTRAP_APT_CONFIG\" apt-get download systemd-timesyncd ntpsec libbsd0 libmd0 && \
                      dpkg-deb --extract systemd-timesyncd_*.deb timesyncd && \
                      for deb in ntpsec_*.deb libbsd0_*.deb libmd0_*.deb; do dpkg-deb --extract $deb ntpsec || exit; done && \
                      rm ./*.deb";

impl Release {
    /// The folder of its tree, Debian's suite, and what it has beside `PACKAGES`.
    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Release::Debian12 => ("debian12", "bookworm", ""),
            Release::Debian13 => ("debian13", "trixie", ""),
            Release::Debian13CloudInit => ("debian13-cloud-init", "trixie", ",cloud-init"),
            Release::Debian13Etcd => ("debian13-etcd", "trixie", ",etcd-server"),
            Release::DebianTesting => ("debian-testing", "testing", ""),
            Release::DebianSid => ("debian-sid", "sid", ""),
            Release::Debian13Arm64 => ("debian13-arm64", "trixie", ""),
        }
    }

    fn name(self) -> &'static str {
        self.row().0
    }

    fn suite(self) -> &'static str {
        self.row().1
    }

    fn packages(self) -> String {
        format!("{PACKAGES},linux-image-cloud-{}{}", self.architecture().name(), self.row().2)
    }

    fn architecture(self) -> Architecture {
        if self == Release::Debian13Arm64 { Architecture::Arm64 } else { Architecture::Amd64 }
    }
}

/// A release's root tree.
pub struct Installed {
    directory: PathBuf,
    architecture: Architecture,
}

impl Installed {
    /// The release's tree, built now if this recipe has not built it before.
    pub fn new(release: Release) -> Installed {
        require("the boot bench", &NEEDED);
        release.architecture().require();
        let directory = store("boot").join(release.name());
        let installed = Installed { directory, architecture: release.architecture() };
        build_once(&installed.directory, &recipe(release), || installed.build(release));
        installed
    }

    pub fn root(&self) -> PathBuf {
        self.directory.join("root")
    }

    pub fn kernel(&self) -> PathBuf {
        self.directory.join("kernel")
    }

    pub fn initrd(&self) -> PathBuf {
        self.directory.join("initrd")
    }

    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// None where it would take another architecture's compiler.
    pub fn clock_module(&self) -> Option<PathBuf> {
        (self.architecture == Architecture::Amd64).then(|| self.directory.join("ptp_standin_hyperv.ko"))
    }

    fn build(&self, release: Release) {
        self.bootstrap(release);
        self.trim();
        self.take_out_kernel();
        if self.clock_module().is_some() {
            self.build_clock_module(release);
        }
    }

    fn bootstrap(&self, release: Release) {
        run(mmdebstrap(release)
            .arg(format!("--include={}", release.packages()))
            .arg(format!("--architectures={}", self.architecture.name()))
            .arg(format!("--customize-hook={RIVALS}"))
            .arg(release.suite())
            .arg(self.root()));
    }

    fn trim(&self) {
        let root = self.root();
        // The builder's resolver is nothing to a guest without a route to it.
        let _ = fs::remove_file(root.join("etc/resolv.conf"));
        // An image that was never booted has an empty machine-id. That is not systemd's "first boot".
        fs::write(root.join("etc/machine-id"), "").expect("emptying machine-id");
        run(chroot(&root, "systemctl").args(["enable", "systemd-networkd.service"]));
        // Profiles of programs that are not there cost ten seconds of each emulated boot. chronyd's stays.
        run(Command::new("find")
            .arg(root.join("etc/apparmor.d"))
            .args("-maxdepth 1 -type f -not -name usr.sbin.chronyd -delete".split(' ')));
    }

    fn take_out_kernel(&self) {
        let root = self.root();
        let initramfs = root.join("etc/initramfs-tools");
        fs::write(initramfs.join("conf.d/boot-bench"), "MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n")
            .expect("configuring the initramfs");
        fs::write(initramfs.join("modules"), "virtio_pci\nvirtio_blk\nvirtio_console\next4\n")
            .expect("listing the initramfs's modules");
        run(chroot(&root, "update-initramfs").args(["-u", "-k", "all"]));
        for (prefix, to) in [("vmlinuz-", self.kernel()), ("initrd.img-", self.initrd())] {
            fs::copy(find_one(&root.join("boot"), prefix), to)
                .expect("taking the kernel and initrd out of the tree");
        }
        fs::remove_dir_all(root.join("boot")).expect("removing the tree's /boot");
    }

    /// In a tree of its own, which is gone afterwards: the guests' stays free of compilers.
    fn build_clock_module(&self, release: Release) {
        let kernel = find_one(&self.root().join("lib/modules"), "");
        let kernel = kernel.file_name().expect("a kernel version").to_string_lossy();
        run(mmdebstrap(release)
            .arg("--format=null")
            .arg(format!("--include=linux-headers-{kernel},make"))
            .arg(format!("--customize-hook=copy-in {} /root", source("clock").display()))
            .arg(format!(
                "--customize-hook=chroot \"$1\" make -C /lib/modules/{kernel}/build M=/root/clock modules"
            ))
            .arg(format!(
                "--customize-hook=copy-out /root/clock/ptp_standin_hyperv.ko {}",
                self.directory.display()
            ))
            .arg(release.suite())
            .arg("-"));
    }
}

fn mmdebstrap(release: Release) -> Command {
    let mut command = Command::new("mmdebstrap");
    command.args(["--quiet", "--variant=minbase"]);
    if matches!(release, Release::DebianTesting | Release::DebianSid) {
        // Their indices are good for a week, and a mirror that is not brought up to date every day is no reason not to
        // boot them. The signature is checked all the same.
        command.arg("--aptopt=Acquire::Check-Valid-Until \"false\"");
    }
    command
}

/// Everything that a tree follows from.
fn recipe(release: Release) -> String {
    let module =
        fs::read_to_string(source("clock/ptp_standin_hyperv.c")).expect("reading the clock module's source");
    format!("{}\n{}\n{}\n{module}", release.suite(), release.packages(), include_str!("release.rs"))
}

fn find_one(directory: &Path, prefix: &str) -> PathBuf {
    let entries = fs::read_dir(directory).unwrap_or_else(|e| panic!("reading {}: {e}", directory.display()));
    let mut found = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    found.next().unwrap_or_else(|| panic!("no {prefix}* in {}", directory.display()))
}
