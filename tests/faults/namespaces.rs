//! Runs with a root, a network and processes of their own, which end with them.

use std::process::{Command, Output};

use test_support::{Tree, agent};

/// Runs `script` in the tree's directory, in namespaces that end with it. $AGENT is the program.
pub fn in_namespaces(tree: &Tree, script: &str) -> Output {
    let mut shell = Command::new("unshare");
    shell.args(["--map-root-user", "--mount", "--net", "--pid", "--fork", "sh", "-euc", script]);
    // Of a user's own PATH, Debian leaves chroot and pivot_root out.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let shell = shell.env("AGENT", agent()).env("PATH", path).current_dir(tree.path());
    shell.output().expect("unshare runs")
}

/// A shell's words that make the tree the root of a live run: the program and its libraries are
/// lent by the machine; systemd seems to run (sd_booted(3)) and does not answer, there is no bus and no network.
const LIVE: &str = "
    mkdir -p lib lib64 usr/bin proc run/systemd/system tmp; touch usr/bin/cloud-timesync
    for dir in lib lib64; do mount --rbind /$dir $dir; done
    mount --bind $AGENT usr/bin/cloud-timesync
    live() { chroot . /usr/bin/cloud-timesync \"$@\"; }
";

pub fn live(tree: &Tree, script: &str) -> Output {
    in_namespaces(tree, &format!("{LIVE}{script}"))
}

/// The tree becomes the root of every process, as a machine's is; `live` runs the program in it.
const BOOTED: &str = "
    mkdir -p bin sbin dev mnt; mount --rbind . .; cd \"$PWD\"
    for dir in bin sbin dev; do mount --rbind /$dir $dir; done
    mount -t proc proc proc
    pivot_root . tmp; cd /; export PATH=/bin:/sbin; umount --lazy tmp
    live() { /usr/bin/cloud-timesync \"$@\"; }
";

pub fn booted(tree: &Tree, script: &str) -> Output {
    live(tree, &format!("{BOOTED}{script}"))
}
