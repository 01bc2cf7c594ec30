//! Root trees of the distributions, built once and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::bench::{build_once, chroot, require, store};
use test_support::run;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    Debian12,
    Debian12CloudInit,
    Debian13,
    Debian13CloudInit,
}

const NEEDED: [&str; 10] = [
    "systemd-nspawn",
    "mmdebstrap",
    "unshare",
    "nsenter",
    "setpriv",
    "mount",
    "ip",
    "chroot",
    "make",
    "strip",
];

/// The last two are libraries of the agent's.
const PACKAGES: &str = "systemd,systemd-sysv,dbus,chrony,iproute2,procps,libudev1,libgcc-s1";

impl Release {
    pub const ALL: [Release; 4] =
        [Release::Debian12, Release::Debian12CloudInit, Release::Debian13, Release::Debian13CloudInit];

    pub fn has_cloud_init(self) -> bool {
        matches!(self, Release::Debian12CloudInit | Release::Debian13CloudInit)
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The folder of its tree, Debian's suite, and what it has beside `PACKAGES`.
    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Release::Debian12 => ("debian12", "bookworm", ""),
            Release::Debian12CloudInit => ("debian12-cloud-init", "bookworm", ",cloud-init"),
            Release::Debian13 => ("debian13", "trixie", ""),
            Release::Debian13CloudInit => ("debian13-cloud-init", "trixie", ",cloud-init"),
        }
    }

    /// The release's tree, built now if this recipe has not built it before.
    pub fn tree(self) -> PathBuf {
        require("the container bench", &NEEDED);
        let directory = store("containers").join(self.name());
        let root = directory.join("root");
        let recipe = format!("{:?}\n{}", self.row(), include_str!("release.rs"));
        build_once(&directory, &recipe, || self.build(&root));
        root
    }

    fn build(self, root: &Path) {
        let (_, suite, more) = self.row();
        run(Command::new("mmdebstrap")
            .args(["--quiet", "--variant=minbase", &format!("--include={PACKAGES}{more}")])
            .args(["--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*"])
            .arg(suite)
            .arg(root));
        // The builder's resolver is nothing to a container without a network.
        let _ = fs::remove_file(root.join("etc/resolv.conf"));
        // An image that was never booted has an empty machine-id. That is not systemd's "first boot".
        fs::write(root.join("etc/machine-id"), "").expect("emptying machine-id");
        run(chroot(root, "systemctl").args(["disable", "apt-daily.timer", "apt-daily-upgrade.timer"]));
    }
}
