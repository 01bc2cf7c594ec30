//! A guest's disk: a release's tree, with an agent installed and the twists of the scenario.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::architecture::Architecture;
use super::release::{Installed, Release};
use super::rhel;
use super::source;
use test_support::bench::{chroot, overlay, settle_updates, store, timed};
use test_support::{copy, repository, run};

pub enum Agent {
    /// The package under test, installed by dpkg, maintainer scripts and all.
    Package,
    /// The rpm, on a disk that has RHEL's layout.
    RpmOnRhel,
    /// Only enables and reloads. It stands for every gate that looks right and does not hold.
    OnlyReloads,
    /// The same, and queues the wait: the least that does hold.
    ReloadsAndQueues,
    /// None: the scenario brings it.
    Absent,
}

pub struct Disk {
    directory: PathBuf,
    tree: Installed,
}

impl Disk {
    pub fn of(release: Release, agent: Agent) -> Disk {
        Disk::twisted(release, agent, |_| ())
    }

    /// The twist gets the root tree after the agent is installed, and before it becomes a disk.
    pub fn twisted(release: Release, agent: Agent, twist: impl FnOnce(&Path)) -> Disk {
        Disk::named(std::thread::current().name().unwrap_or("main"), release, agent, twist)
    }

    /// The same, for a scenario that has several disks.
    pub fn named(name: &str, release: Release, agent: Agent, twist: impl FnOnce(&Path)) -> Disk {
        let tree = Installed::new(release);
        let directory = store("boot").join("runs").join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("removing what the last run left");
        }
        fs::create_dir_all(&directory).expect("making the scenario's directory");
        let disk = Disk { directory, tree };
        timed(&format!("making the disk of {}", disk.name()), || disk.make(agent, twist));
        disk
    }

    /// The scenario that the disk was made for.
    pub fn name(&self) -> String {
        self.directory.file_name().expect("a scenario's name").to_string_lossy().into_owned()
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn image(&self) -> PathBuf {
        self.directory.join("disk.img")
    }

    pub fn tree(&self) -> &Installed {
        &self.tree
    }

    fn make(&self, agent: Agent, twist: impl FnOnce(&Path)) {
        let root = self.directory.join("root");
        copy(&self.tree.root(), &root);
        overlay(&source("overlay"), &root);
        if let Some(module) = self.tree.clock_module() {
            copy(&module, &root.join("usr/lib/boot-bench/ptp_standin_hyperv.ko"));
        }
        self.install(&agent, &root);
        twist(&root);
        settle_updates(&root);
        run(Command::new("mke2fs")
            .args(["-q", "-t", "ext4", "-L", "root", "-d"])
            .arg(&root)
            .arg(self.image())
            .arg("1G"));
        fs::remove_dir_all(&root).expect("removing the disk's tree");
    }

    fn package(&self) -> PathBuf {
        match self.tree.architecture() {
            Architecture::Amd64 => package(),
            Architecture::Arm64 => built("_arm64.deb"),
        }
    }

    fn install(&self, agent: &Agent, root: &Path) {
        match agent {
            Agent::Package => install_package(root, &self.package()),
            Agent::RpmOnRhel => {
                rhel::lay_out(root);
                rhel::install_package(root);
            }
            Agent::OnlyReloads => install_control(root, ""),
            Agent::ReloadsAndQueues => install_control(root, "and-queues"),
            Agent::Absent => (),
        }
    }
}

impl Drop for Disk {
    /// The image of a scenario that failed is worth a look.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_file(self.image());
        }
    }
}

pub fn install_package(root: &Path, package: &Path) {
    let inside = Path::new("/cloud-timesync.deb");
    fs::copy(package, root.join("cloud-timesync.deb")).expect("copying the package into the tree");
    run(chroot(root, "dpkg").arg("--install").arg(inside));
    fs::remove_file(root.join("cloud-timesync.deb")).expect("removing the package from the tree");
}

/// Where `unpack_package` puts it.
pub const UNPACKED: &str = "/usr/share/boot-bench/package";

/// The package's files, where nothing but a scenario's script finds them.
pub fn unpack_package(root: &Path) {
    run(Command::new("dpkg-deb").arg("--extract").arg(package()).arg(root.join(&UNPACKED[1..])));
}

fn install_control(root: &Path, argument: &str) {
    overlay(&source("control"), root);
    fs::write(root.join("etc/control-agent"), format!("CONTROL={argument}\n"))
        .expect("configuring the control agent");
}

/// The package under test: the one that is named, else the newest that was built.
pub fn package() -> PathBuf {
    std::env::var_os("CLOUD_TIMESYNC_DEB").map_or_else(|| built("_amd64.deb"), PathBuf::from)
}

/// The newest package of this kind, debug symbols left out.
pub fn built(kind: &str) -> PathBuf {
    let dist = repository().join("dist");
    let built = fs::read_dir(&dist).into_iter().flatten().flatten().map(|entry| entry.path());
    let packages = built.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("cloud-timesync")
            && name.ends_with(kind)
            && !name.contains("-dbg")
            && !name.contains("-debug")
    });
    packages
        .max_by_key(|path| path.metadata().and_then(|m| m.modified()).ok())
        .unwrap_or_else(|| panic!("no cloud-timesync*{kind} in {}: run make deb rpm first", dist.display()))
}
