//! Which units wait, on trees: databases come and go, and so do settings.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "fixture/tree.rs"]
mod tree;

use tree::Tree;

const SCYLLA: &str = "usr/lib/systemd/system/scylla-server.service";
const CONFIG: &str = "etc/cloud-timesync/config.toml";
const WAIT: &str = "etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf";

/// Debian 13 with chrony and scylla-server, on AWS.
fn debian13() -> Tree {
    Tree::of(&["bases/debian13"])
}

impl Tree {
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloud-timesync"));
        command.args(arguments).arg("--root").arg(self.0.path());
        if ["apply", "plan", "verify"].contains(&arguments[0]) {
            command.args(["--platform", "aws"]);
        }
        let output = command.output().expect("the agent runs");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// The units that wait, and "(wait)" where chrony-wait has a drop-in.
    fn gated(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("etc/systemd/system")).expect("it is there");
        let names = entries.map(|entry| entry.expect("it can be listed").file_name());
        let mut units: Vec<String> = names
            .filter_map(|name| name.to_str()?.strip_suffix(".d").map(str::to_owned))
            .filter(|unit| gate(self, unit).is_some())
            .collect();
        units.extend(self.path(WAIT).exists().then(|| "(wait)".to_owned()));
        units.sort();
        units
    }

    /// Every path but for what the agent keeps for itself.
    fn paths(&self) -> Vec<String> {
        let mut find = Command::new("find");
        find.arg(self.0.path()).args(["-not", "-path", "*/cloud-timesync*", "-printf", "%P %y %m %l %s\n"]);
        let output = find.output().expect("find runs");
        let mut paths: Vec<String> =
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        // A directory's size is no matter of ours.
        paths.iter_mut().filter(|path| path.contains(" d ")).for_each(|path| {
            path.truncate(path.rfind(' ').unwrap_or(0));
        });
        paths.sort();
        paths
    }
}

fn gate(tree: &Tree, unit: &str) -> Option<String> {
    fs::read_to_string(tree.path(&format!("etc/systemd/system/{unit}.d/10-time-sync.conf"))).ok()
}

#[test]
fn only_a_unit_that_exists_gets_a_drop_in() {
    let tree = debian13();
    tree.remove(SCYLLA);
    tree.put(CONFIG, "[gate]\nunits = [\"etcd.service\"]\n");
    let told = tree.run(&["plan"]);
    assert!(told.contains("note: etcd.service in gate.units is not installed"), "{told}");
    tree.run(&["apply"]);
    assert_eq!(tree.gated(), [""; 0]);
    assert!(tree.run(&["verify"]).contains("nothing waits: etcd.service is not installed"));
    // An image's builder installs the database later.
    tree.put(SCYLLA, "[Service]\nExecStart=/bin/true\n");
    assert!(tree.run(&["verify", "--only", "gate-drop-in"]).starts_with("wrong"));
    tree.run(&["apply"]);
    assert_eq!(tree.gated(), ["scylla-server.service"]);
}

#[test]
fn every_way_to_be_a_unit_counts() {
    let service = "[Service]\nExecStart=/bin/true\n";
    for (path, unit) in [
        ("etc/systemd/system/dse.service", "dse.service"),
        ("usr/local/lib/systemd/system/cockroach.service", "cockroach.service"),
        ("lib/systemd/system/cockroachdb.service", "cockroachdb.service"),
        ("run/systemd/system/etcd.service", "etcd.service"),
        ("run/systemd/generator.late/cassandra.service", "cassandra.service"),
        ("usr/lib/systemd/system/postgresql@.service", "postgresql@17-main.service"),
    ] {
        let tree = debian13();
        tree.remove(SCYLLA);
        tree.put(CONFIG, "[gate]\nunits = [\"etcd.service\", \"postgresql@17-main.service\"]\n");
        tree.put(path, service);
        tree.run(&["apply"]);
        assert_eq!(tree.gated(), [unit], "{path}");
    }
}

#[test]
fn a_drop_in_goes_with_its_unit_and_with_its_setting() {
    let tree = debian13();
    let before = tree.paths();
    tree.put(CONFIG, "[gate]\nunits = [\"etcd.service\"]\ntimeout = 30\n");
    tree.put("usr/lib/systemd/system/etcd.service", "[Service]\nExecStart=/bin/true\n");
    tree.run(&["apply"]);
    assert_eq!(tree.gated(), ["(wait)", "etcd.service", "scylla-server.service"]);

    tree.put(CONFIG, "");
    let told = tree.run(&["apply", "--verbose"]);
    assert_eq!(tree.gated(), ["scylla-server.service"], "{told}");
    for folder in ["etcd.service.d", "chrony-wait.service.d"] {
        assert!(!tree.path("etc/systemd/system").join(folder).exists(), "{folder} is left");
    }
    assert_eq!(tree.run(&["plan"]), "Nothing to do.\n");

    tree.remove(SCYLLA);
    tree.run(&["apply"]);
    assert_eq!(tree.gated(), [""; 0]);

    tree.put(SCYLLA, &fs::read_to_string(base(SCYLLA)).expect("the base has it"));
    tree.run(&["apply"]);
    assert_eq!(tree.gated(), ["scylla-server.service"], "it is installed again");
    tree.remove("usr/lib/systemd/system/etcd.service");
    tree.run(&["undo"]);
    assert_eq!(tree.paths(), before);
}

fn base(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines/bases/debian13").join(path)
}

#[test]
fn a_drop_in_that_was_edited_stays_with_its_setting_gone() {
    let tree = debian13();
    tree.put(CONFIG, "[gate]\ntimeout = 30\n");
    tree.run(&["apply"]);
    tree.put(WAIT, "[Service]\nTimeoutStartSec=40\n");
    tree.put(CONFIG, "");
    let told = tree.run(&["apply"]);
    assert!(told.contains("10-cloud-timesync.conf is needed no more, but was edited and stays"), "{told}");
    assert_eq!(tree.gated(), ["(wait)", "scylla-server.service"]);
    tree.run(&["apply", "--force"]);
    assert_eq!(tree.gated(), ["scylla-server.service"]);
}

#[test]
fn a_builders_own_drop_in_is_given_back_when_the_unit_goes() {
    let tree = debian13();
    let theirs = "[Unit]\nAfter=time-sync.target\n";
    tree.put("etc/systemd/system/scylla-server.service.d/10-time-sync.conf", theirs);
    tree.run(&["apply"]);
    assert_ne!(gate(&tree, "scylla-server.service").as_deref(), Some(theirs));
    tree.remove(SCYLLA);
    tree.run(&["apply"]);
    assert_eq!(gate(&tree, "scylla-server.service").as_deref(), Some(theirs));
    assert_eq!(tree.run(&["plan"]), "Nothing to do.\n");
}

#[test]
fn hold_and_start_replace_each_other() {
    let tree = debian13();
    tree.run(&["apply"]);
    let start = gate(&tree, "scylla-server.service");
    tree.put(CONFIG, "[gate]\nat_timeout = \"hold\"\n");
    tree.run(&["apply"]);
    let hold = gate(&tree, "scylla-server.service").expect("it is gated");
    for key in ["After", "Wants"] {
        let line = format!("\n{key}=time-sync.target chrony-wait.service cloud-timesync-hold.service\n");
        assert!(hold.contains(&line), "{hold}");
    }
    assert!(!hold.contains("\nRequires="), "{hold}");
    tree.put(CONFIG, "");
    tree.run(&["apply"]);
    assert_eq!(gate(&tree, "scylla-server.service"), start);
}
