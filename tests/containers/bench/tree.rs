//! Root trees of the distributions, built once and kept.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{chroot, require, run, timed};

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
        match self {
            Release::Debian12 => "debian12",
            Release::Debian12CloudInit => "debian12-cloud-init",
            Release::Debian13 => "debian13",
            Release::Debian13CloudInit => "debian13-cloud-init",
        }
    }

    fn suite(self) -> &'static str {
        match self {
            Release::Debian12 | Release::Debian12CloudInit => "bookworm",
            Release::Debian13 | Release::Debian13CloudInit => "trixie",
        }
    }

    fn packages(self) -> String {
        if self.has_cloud_init() { format!("{PACKAGES},cloud-init") } else { PACKAGES.to_owned() }
    }

    /// The release's tree, built now if this recipe has not built it before. Other tests, and other runs, wait for it.
    pub fn tree(self) -> PathBuf {
        require("the container bench", &NEEDED);
        let directory = store().join(self.name());
        let lock = File::create(directory.with_extension("lock")).expect("making the tree's lock file");
        lock.lock().expect("locking the tree");
        let root = directory.join("root");
        let recipe = format!("{}\n{}\n{}", self.suite(), self.packages(), include_str!("tree.rs"));
        if fs::read_to_string(directory.join("recipe")).is_ok_and(|built| built == recipe) {
            return root;
        }
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("removing the old tree");
        }
        fs::create_dir(&directory).expect("making the tree's directory");
        timed(&format!("building the {} tree for containers (once, half a minute)", self.name()), || {
            self.build(&root);
        });
        // Last, so that a build that was cut short is no tree.
        fs::write(directory.join("recipe"), recipe).expect("writing the tree's recipe");
        root
    }

    fn build(self, root: &Path) {
        run(Command::new("mmdebstrap")
            .args(["--quiet", "--variant=minbase", &format!("--include={}", self.packages())])
            .args(["--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*"])
            .arg(self.suite())
            .arg(root));
        // The builder's resolver is nothing to a container without a network.
        let _ = fs::remove_file(root.join("etc/resolv.conf"));
        // An image that was never booted has an empty machine-id. That is not systemd's "first boot".
        fs::write(root.join("etc/machine-id"), "").expect("emptying machine-id");
        run(chroot(root, "systemctl").args(["disable", "apt-daily.timer", "apt-daily-upgrade.timer"]));
    }
}

/// Where the bench keeps what it builds: beside cargo's own results, gone with `cargo clean`.
pub fn store() -> PathBuf {
    let store = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("containers");
    fs::create_dir_all(&store).unwrap_or_else(|e| panic!("making {}: {e}", store.display()));
    store
}
