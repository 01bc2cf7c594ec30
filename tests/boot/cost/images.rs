//! The images whose boots are compared.

use std::path::Path;
use std::process::Command;

use test_support::cloud_init::give;

use super::*;

pub struct Variant {
    pub name: &'static str,
    pub release: Release,
    twist: fn(&Path),
    /// How many times in a row its disk is booted.
    pub boots: usize,
}

const fn variant(name: &'static str, release: Release, twist: fn(&Path), boots: usize) -> Variant {
    Variant { name, release, twist, boots }
}

/// In the order in which each round boots them.
pub const VARIANTS: [Variant; 6] = [
    variant("pre-baked", Release::Debian13, bake, 2),
    variant("prepared", Release::Debian13, prepare, 1),
    variant("unprepared", Release::Debian13, install, 2),
    variant("shell agent", Release::Debian13, give_shell_agent, 1),
    variant("pre-baked, cloud-init", Release::Debian13CloudInit, bake_with_cloud_init, 1),
    variant("cloud-init ntp:", Release::Debian13CloudInit, ask_cloud_init, 1),
];

impl Variant {
    pub fn named(name: &str) -> &'static Variant {
        VARIANTS.iter().find(|variant| variant.name == name).expect("one of VARIANTS")
    }

    pub fn disk(&self) -> Disk {
        let directory = format!("cost::{}", self.name.replace([' ', ',', ':'], "-"));
        let disk = Disk::named(&directory, self.release, |root| {
            give_time_server(root);
            (self.twist)(root);
        });
        copy(&disk.image(), &before(&disk));
        disk
    }
}

/// The disk before its first boot.
pub fn before(disk: &Disk) -> PathBuf {
    disk.directory().join("before.img")
}

fn give_time_server(root: &Path) {
    overlay(&source("cost/overlay"), root);
    let program = root.join("usr/lib/boot-bench/time-server");
    // Static: the guest's C library is not the host's.
    run(Command::new("cc").args(["-O2", "-static", "-o"]).arg(program).arg(source("cost/time_server.c")));
}

fn install(root: &Path) {
    install_package(root, Release::Debian13);
}

fn apply(root: &Path, told: &[&str]) {
    run(Command::new(root.join("usr/bin/cloud-timesync")).args(["apply", "--root"]).arg(root).args(told));
}

/// `apply --root` did what needs no cloud.
pub fn prepare(root: &Path) {
    install(root);
    apply(root, &[]);
}

/// All is as it should be on AWS, and nobody is there to look after it.
fn bake(root: &Path) {
    prepare_for_aws(root);
    run(chroot(root, "dpkg").args(["--purge", "cloud-timesync"]));
    run(Command::new("rm").arg("-rf").arg(root.join("var/lib/cloud-timesync")));
}

fn prepare_for_aws(root: &Path) {
    install(root);
    apply(root, &["--platform", "aws"]);
}

fn give_shell_agent(root: &Path) {
    overlay(&source("cost/shell"), root);
}

fn bake_with_cloud_init(root: &Path) {
    bake(root);
    give(root, "{}\n", "", ["", "ntp"]);
}

fn ask_cloud_init(root: &Path) {
    give(root, "ntp: {enabled: true, ntp_client: chrony, servers: [169.254.169.123]}\n", "", ["", "ntp"]);
}
