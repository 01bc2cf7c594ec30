//! A guest's disk: a release's tree, with an agent installed and the twists of the scenario.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::board;
use super::source;
use test_support::bench::{Installed, Release, chroot, overlay, settle_updates, store, timed};
use test_support::{built, copy, package, run};

pub struct Disk {
    directory: PathBuf,
    pub tree: Installed,
}

impl Disk {
    /// With the package under test.
    pub fn of(release: Release) -> Disk {
        Disk::twisted(release, |_| ())
    }

    /// The twist gets the root tree after the package is installed, and before it becomes a disk.
    pub fn twisted(release: Release, twist: impl FnOnce(&Path)) -> Disk {
        Disk::bare(release, |root| {
            install_package(root, release);
            twist(root);
        })
    }

    /// Without an agent: the scenario brings it.
    pub fn bare(release: Release, twist: impl FnOnce(&Path)) -> Disk {
        Disk::named(std::thread::current().name().unwrap_or("main"), release, twist)
    }

    /// The same, for a scenario that has several disks.
    pub fn named(name: &str, release: Release, twist: impl FnOnce(&Path)) -> Disk {
        board::require_tools(release);
        let tree = release.installed();
        let directory = store("boot").join("runs").join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("removing what the last run left");
        }
        fs::create_dir_all(&directory).expect("making the scenario's directory");
        let disk = Disk { directory, tree };
        timed(&format!("making the disk of {}", disk.name()), || disk.make(twist));
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

    fn make(&self, twist: impl FnOnce(&Path)) {
        let root = self.directory.join("root");
        copy(&self.tree.root(), &root);
        overlay(&source("overlay"), &root);
        if let Some(module) = self.tree.clock_module() {
            copy(&module, &root.join("usr/lib/boot-bench/ptp_standin_hyperv.ko"));
        }
        twist(&root);
        settle_updates(&root);
        run(Command::new("mke2fs")
            .args(["-q", "-t", "ext4", "-L", "root", "-d"])
            .arg(&root)
            .arg(self.image())
            .arg("1G"));
        fs::remove_dir_all(&root).expect("removing the disk's tree");
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

/// By dpkg, maintainer scripts and all.
pub fn install_package(root: &Path, release: Release) {
    let package = if release.is_arm64() { built("_arm64.deb") } else { package() };
    fs::copy(package, root.join("cloud-timesync.deb")).expect("copying the package into the tree");
    run(chroot(root, "dpkg").args(["--install", "/cloud-timesync.deb"]));
    fs::remove_file(root.join("cloud-timesync.deb")).expect("removing the package from the tree");
}
