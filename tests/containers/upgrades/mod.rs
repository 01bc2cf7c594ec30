//! Packages that are upgraded and removed while the database runs, and starts of the agent that end early, with dpkg's and
//! debhelper's real scripts.

mod agent;
mod chrony;
mod database;
mod interrupted;
mod leaving;
mod operator;
mod packages;

use std::fs;
use std::path::Path;

use crate::container::Container;
use test_support::bench::Release;
use test_support::{Evidence, run};

/// A machine whose packages lie in /debs.
fn machine(release: Release, debs: &[&Path]) -> Container {
    let container = Container::bare(release);
    for deb in debs {
        let to = container.root().join("debs").join(deb.file_name().expect("a file"));
        fs::create_dir_all(to.parent().expect("below the root")).expect("making a directory");
        fs::copy(deb, to).expect("copying a package");
    }
    container
}

/// Installs what lies in /debs under this name, while the machine is off.
fn install(container: &Container, name: &str) {
    let install = format!("dpkg --install /debs/{name}");
    run(container.chroot("sh").args(["-c", &install]).env("DEBIAN_FRONTEND", "noninteractive"));
}

const WORDS: &str = include_str!("words.sh");

/// Boots the machine, and runs the script when the database runs.
fn boot(container: &Container, script: &str) -> Evidence {
    container.boot_looking(&format!("{WORDS}{script}"))
}

/// Of what the script said, the lines that are wanted must be there, in this order, and nothing else has changed.
fn assert_told(evidence: &Evidence, wanted: &[&str]) {
    let look = evidence.look();
    let mut lines = look.lines();
    for wanted in wanted {
        assert!(lines.any(|line| line == *wanted), "\"{wanted}\" is not said, or not in its order:\n{look}");
    }
    assert!(!look.contains("CHANGED"), "{look}");
}

/// What the agent writes, sets aside or links, with owners and modes.
fn settings(container: &Container) -> String {
    let dirs = "etc/chrony etc/systemd/system -not -name 'cloud-timesync*'";
    let all = "-printf '%p %y %m %U:%G %l\\n' -type f -exec sha256sum {} ;";
    let script = format!("cd / && find {dirs} {} | sort", all.replace(';', "\\;"));
    run(container.chroot("sh").args(["-c", &script]))
}
