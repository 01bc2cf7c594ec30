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

/// The same, after live.sh.
pub fn live(tree: &Tree, script: &str) -> Output {
    in_namespaces(tree, &format!("{}{script}", include_str!("live.sh")))
}

/// The same, after booted.sh, too.
pub fn booted(tree: &Tree, script: &str) -> Output {
    live(tree, &format!("{}{script}", include_str!("booted.sh")))
}
