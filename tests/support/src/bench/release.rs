//! Root trees of the distributions, built once and kept: the root, its kernel and initrd, the stand-in clock's module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{build_once, chroot, require, store};
use crate::{copy, repository, run};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// From its main suite alone: the mirrors no longer have all of its security suite.
    Debian11,
    Debian12,
    Debian13,
    /// With cloud-init, as the images of most clouds have it.
    Debian12CloudInit,
    Debian13CloudInit,
    /// Debian 13 with another database that minds its clock.
    Debian13Etcd,
    /// The next release, as far as it is today.
    DebianTesting,
    DebianSid,
    Debian13Arm64,
}

/// What an image for a cloud has, less what no boot here needs.
const PACKAGES: &str = "systemd,systemd-sysv,udev,dbus,chrony,initramfs-tools,iproute2,kmod,zstd,procps,\
                        libudev1,libgcc-s1,apparmor,nftables";

impl Release {
    /// The folder of its tree, Debian's suite, and what it has beside the packages of another.
    fn row(self) -> (&'static str, &'static str, Option<(Release, &'static str)>) {
        match self {
            Release::Debian11 => ("debian11", "bullseye", None),
            Release::Debian12 => ("debian12", "bookworm", None),
            Release::Debian13 => ("debian13", "trixie", None),
            Release::Debian12CloudInit => {
                ("debian12-cloud-init", "bookworm", Some((Release::Debian12, "cloud-init")))
            }
            Release::Debian13CloudInit => {
                ("debian13-cloud-init", "trixie", Some((Release::Debian13, "cloud-init")))
            }
            Release::Debian13Etcd => ("debian13-etcd", "trixie", Some((Release::Debian13, "etcd-server"))),
            Release::DebianTesting => ("debian-testing", "testing", None),
            Release::DebianSid => ("debian-sid", "sid", None),
            Release::Debian13Arm64 => ("debian13-arm64", "trixie", None),
        }
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    pub fn has_cloud_init(self) -> bool {
        matches!(self, Release::Debian12CloudInit | Release::Debian13CloudInit)
    }

    pub fn is_arm64(self) -> bool {
        self == Release::Debian13Arm64
    }

    fn architecture(self) -> &'static str {
        if self.is_arm64() { "arm64" } else { "amd64" }
    }

    /// The release's tree, built now if this recipe has not built it before.
    pub fn installed(self) -> Installed {
        require("the bench of boots", &["mmdebstrap", "unshare", "chroot", "make"]);
        let directory = store("boot").join(self.name());
        let installed = Installed { directory, release: self };
        build_once(&installed.directory, &self.recipe(), || installed.build());
        installed
    }

    /// Everything that a tree follows from.
    fn recipe(self) -> String {
        let module = repository().join("tests/support/clock/ptp_standin_hyperv.c");
        let module = fs::read_to_string(module).expect("reading the clock module's source");
        format!("{:?}\n{}{}{module}", self.row(), include_str!("release.rs"), include_str!("../../rivals.sh"))
    }

    /// The last of mmdebstrap's arguments: what goes where, and from which mirror if not from all that it knows.
    fn to(self, target: &Path) -> Vec<PathBuf> {
        let mirror = "deb http://deb.debian.org/debian bullseye main";
        let mut to = vec![self.row().1.into(), target.to_owned()];
        to.extend((self == Release::Debian11).then(|| mirror.into()));
        to
    }

    fn mmdebstrap(self, variant: &str) -> Command {
        let mut command = Command::new("mmdebstrap");
        command.args(["--quiet", &format!("--variant={variant}")]);
        if matches!(self, Release::DebianTesting | Release::DebianSid) {
            // Their indices are good for a week, and a mirror that is not brought up to date every day is no reason not to
            // boot them. The signature is checked all the same.
            command.arg("--aptopt=Acquire::Check-Valid-Until \"false\"");
        }
        command
    }

    /// Installs more packages by apt, with what they depend on, over a tree as it is.
    pub fn install(self, root: &Path, packages: &str) {
        // Not beside the tree: a scenario's path has colons in it, by which apt parts its lists.
        let place = tempfile::tempdir_in(store("boot")).expect("making a directory for the tree");
        let with_more = place.path().join("root");
        run(self
            .mmdebstrap("custom")
            .arg(format!("--setup-hook=cp --archive --remove-destination '{}'/. \"$1\"", root.display()))
            .arg(format!("--include={packages}"))
            .args(self.to(&with_more)));
        // mmdebstrap brings the builder's.
        if root.join("etc/hostname").exists() {
            copy(&root.join("etc/hostname"), &with_more.join("etc/hostname"));
        }
        fs::remove_file(with_more.join("etc/resolv.conf")).expect("removing the builder's resolver");
        fs::remove_dir_all(root).expect("removing the tree without them");
        fs::rename(&with_more, root).expect("moving the tree to its place");
    }
}

/// A release's root tree.
pub struct Installed {
    directory: PathBuf,
    release: Release,
}

impl Installed {
    pub fn root(&self) -> PathBuf {
        self.directory.join("root")
    }

    pub fn kernel(&self) -> PathBuf {
        self.directory.join("kernel")
    }

    pub fn initrd(&self) -> PathBuf {
        self.directory.join("initrd")
    }

    pub fn release(&self) -> Release {
        self.release
    }

    /// None where it would take another architecture's compiler.
    pub fn clock_module(&self) -> Option<PathBuf> {
        (!self.release.is_arm64()).then(|| self.directory.join("ptp_standin_hyperv.ko"))
    }

    fn build(&self) {
        if let (_, _, Some((base, packages))) = self.release.row() {
            copy(&base.installed().directory, &self.directory);
            self.release.install(&self.root(), packages);
            return;
        }
        self.bootstrap();
        self.trim();
        self.take_out_kernel();
        if self.clock_module().is_some() {
            self.build_clock_module();
        }
    }

    fn bootstrap(&self) {
        let architecture = self.release.architecture();
        run(self
            .release
            .mmdebstrap("minbase")
            .arg(format!("--include={PACKAGES},linux-image-cloud-{architecture}"))
            .arg(format!("--architectures={architecture}"))
            .arg(format!("--customize-hook={}", repository().join("tests/support/rivals.sh").display()))
            .args(self.release.to(&self.root())));
    }

    fn trim(&self) {
        let root = self.root();
        // The builder's resolver is nothing to a machine without a route to it.
        let _ = fs::remove_file(root.join("etc/resolv.conf"));
        // An image that was never booted has an empty machine-id. That is not systemd's "first boot".
        fs::write(root.join("etc/machine-id"), "").expect("emptying machine-id");
        run(chroot(&root, "systemctl").args(["enable", "systemd-networkd.service"]));
        run(chroot(&root, "systemctl").args(["disable", "apt-daily.timer", "apt-daily-upgrade.timer"]));
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
    fn build_clock_module(&self) {
        let kernel = find_one(&self.root().join("lib/modules"), "");
        let kernel = kernel.file_name().expect("a kernel version").to_string_lossy();
        let source = repository().join("tests/support/clock");
        let to = self.directory.display();
        run(self
            .release
            .mmdebstrap("minbase")
            .arg("--format=null")
            .arg(format!("--include=linux-headers-{kernel},make"))
            .arg(format!("--customize-hook=copy-in {} /root", source.display()))
            .arg(format!(
                "--customize-hook=chroot \"$1\" make -C /lib/modules/{kernel}/build M=/root/clock modules"
            ))
            .arg(format!("--customize-hook=copy-out /root/clock/ptp_standin_hyperv.ko {to}"))
            .args(self.release.to(Path::new("-"))));
    }
}

fn find_one(directory: &Path, prefix: &str) -> PathBuf {
    let entries = fs::read_dir(directory).unwrap_or_else(|e| panic!("reading {}: {e}", directory.display()));
    let mut found = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)));
    found.next().unwrap_or_else(|| panic!("no {prefix}* in {}", directory.display()))
}
