//! Which units wait, on trees: databases come and go, and so do settings.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::process::Command;

use test_support::{Tree, run, said};

const SCYLLA: &str = "usr/lib/systemd/system/scylla-server.service";
const CONFIG: &str = "etc/cloud-timesync/config.toml";
const WAIT: &str = "etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf";

/// Debian 13 with chrony and scylla-server, on AWS.
fn debian13() -> Tree {
    Tree::base("debian13")
}

/// What the agent says.
fn tell(tree: &Tree, arguments: &[&str]) -> String {
    let platform: &[&str] = if arguments[0] == "undo" { &[] } else { &["--platform", "aws"] };
    said(&tree.agent(&[arguments, platform].concat()))
}

/// The units that wait, and "(wait)" where chrony-wait has a drop-in.
fn gated(tree: &Tree) -> Vec<String> {
    let entries = fs::read_dir(tree.at("etc/systemd/system")).expect("it is there");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    let mut units: Vec<String> = names
        .filter_map(|name| name.to_str()?.strip_suffix(".d").map(str::to_owned))
        .filter(|unit| gate(tree, unit).is_some())
        .collect();
    units.extend(tree.at(WAIT).exists().then(|| "(wait)".to_owned()));
    units.sort();
    units
}

/// Every path but for what the agent keeps for itself.
fn paths(tree: &Tree) -> Vec<String> {
    let mut find = Command::new("find");
    find.arg(tree.path()).args(["-not", "-path", "*/cloud-timesync*", "-printf", "%P %y %m %l %s\n"]);
    let mut paths: Vec<String> = run(&mut find).lines().map(str::to_owned).collect();
    // A directory's size is no matter of ours.
    paths.iter_mut().filter(|path| path.contains(" d ")).for_each(|path| {
        path.truncate(path.rfind(' ').unwrap_or(0));
    });
    paths.sort();
    paths
}

fn gate(tree: &Tree, unit: &str) -> Option<String> {
    tree.text(&format!("etc/systemd/system/{unit}.d/10-time-sync.conf"))
}

#[test]
fn only_a_unit_that_exists_gets_a_drop_in() {
    let tree = debian13();
    tree.remove(SCYLLA);
    tree.put(CONFIG, "[gate]\nunits = [\"influxdb.service\"]\n");
    let told = tell(&tree, &["plan"]);
    assert!(told.contains("note: influxdb.service in gate.units is not installed"), "{told}");
    tell(&tree, &["apply"]);
    assert_eq!(gated(&tree), [""; 0]);
    assert!(tell(&tree, &["verify"]).contains("nothing waits: influxdb.service is not installed"));
    // An image's builder installs the database later.
    tree.put(SCYLLA, "[Service]\nExecStart=/bin/true\n");
    assert!(tell(&tree, &["verify", "--only", "gate-drop-in"]).starts_with("wrong"));
    tell(&tree, &["apply"]);
    assert_eq!(gated(&tree), ["scylla-server.service"]);
}

#[test]
fn every_way_to_be_a_unit_counts() {
    let service = "[Service]\nExecStart=/bin/true\n";
    for (path, unit) in [
        ("etc/systemd/system/dse.service", "dse.service"),
        ("usr/local/lib/systemd/system/cockroach.service", "cockroach.service"),
        ("lib/systemd/system/cockroachdb.service", "cockroachdb.service"),
        ("run/systemd/system/influxdb.service", "influxdb.service"),
        ("run/systemd/generator.late/cassandra.service", "cassandra.service"),
        ("usr/lib/systemd/system/postgresql@.service", "postgresql@17-main.service"),
    ] {
        let tree = debian13();
        tree.remove(SCYLLA);
        tree.put(CONFIG, "[gate]\nunits = [\"influxdb.service\", \"postgresql@17-main.service\"]\n");
        tree.put(path, service);
        tell(&tree, &["apply"]);
        assert_eq!(gated(&tree), [unit], "{path}");
    }
}

/// No Before= of this package's units can name these.
#[test]
fn a_database_is_gated_by_its_pattern_or_as_an_instance() {
    let (tree, service) = (debian13(), "[Service]\nExecStart=/bin/true\n");
    for path in [
        "etc/systemd/system/pd-2379.service",
        "etc/systemd/system/tikv-20160.service",
        "etc/systemd/system/pd-agent.service",
        "usr/lib/systemd/system/ydbd-storage.service",
        "usr/lib/systemd/system/cassandra@.service",
    ] {
        tree.put(path, service);
    }
    tree.link(
        "/usr/lib/systemd/system/cassandra@.service",
        "etc/systemd/system/multi-user.target.wants/cassandra@prod.service",
    );
    tell(&tree, &["apply"]);
    let found = [
        "cassandra@prod.service",
        "pd-2379.service",
        "scylla-server.service",
        "tikv-20160.service",
        "ydbd-storage.service",
    ];
    assert_eq!(gated(&tree), found);
    for unit in found {
        let names_gate = gate(&tree, unit).expect("it is gated").contains("After=cloud-timesync-gate.target");
        assert_eq!(names_gate, unit != "scylla-server.service", "{unit}");
    }
    tree.remove("etc/systemd/system/multi-user.target.wants/cassandra@prod.service");
    tell(&tree, &["apply"]);
    assert!(!gated(&tree).contains(&"cassandra@prod.service".to_owned()), "its drop-in outlives it");
}

#[test]
fn a_masked_database_and_an_odd_name_are_none() {
    let tree = debian13();
    tree.link("/dev/null", "etc/systemd/system/cockroachdb.service");
    for name in ["ydbd-a b.service", "ydbd-$(x).service", "ydbd-a\nb.service"] {
        tree.put(&format!("etc/systemd/system/{name}"), "[Service]\nExecStart=/bin/true\n");
    }
    tell(&tree, &["apply"]);
    assert_eq!(gated(&tree), ["scylla-server.service"]);
    let conf = tree.text("etc/chrony/chrony.conf").expect("it is written");
    assert!(conf.contains("\nmakestep 1.0 -1\n"), "{conf}");
}

#[test]
fn a_drop_in_goes_with_its_unit_and_with_its_setting() {
    let tree = debian13();
    let before = paths(&tree);
    tree.put(CONFIG, "[gate]\nunits = [\"influxdb.service\"]\ntimeout = 30\n");
    tree.put("usr/lib/systemd/system/influxdb.service", "[Service]\nExecStart=/bin/true\n");
    tell(&tree, &["apply"]);
    assert_eq!(gated(&tree), ["(wait)", "influxdb.service", "scylla-server.service"]);

    tree.put(CONFIG, "");
    let told = tell(&tree, &["apply", "--verbose"]);
    assert_eq!(gated(&tree), ["scylla-server.service"], "{told}");
    for folder in ["influxdb.service.d", "chrony-wait.service.d"] {
        assert!(!tree.at("etc/systemd/system").join(folder).exists(), "{folder} is left");
    }
    assert_eq!(tell(&tree, &["plan"]), "Nothing to do.\n");

    let scylla = tree.text(SCYLLA).expect("the base has it");
    tree.remove(SCYLLA);
    tell(&tree, &["apply"]);
    assert_eq!(gated(&tree), [""; 0]);

    tree.put(SCYLLA, &scylla);
    tell(&tree, &["apply"]);
    assert_eq!(gated(&tree), ["scylla-server.service"], "it is installed again");
    tree.remove("usr/lib/systemd/system/influxdb.service");
    tell(&tree, &["undo"]);
    assert_eq!(paths(&tree), before);
}

#[test]
fn a_drop_in_that_was_edited_stays_with_its_setting_gone() {
    let tree = debian13();
    tree.put(CONFIG, "[gate]\ntimeout = 30\n");
    tell(&tree, &["apply"]);
    tree.put(WAIT, "[Service]\nTimeoutStartSec=40\n");
    tree.put(CONFIG, "");
    let told = tell(&tree, &["apply"]);
    assert!(told.contains("10-cloud-timesync.conf is needed no more, but was edited and stays"), "{told}");
    assert_eq!(gated(&tree), ["(wait)", "scylla-server.service"]);
    tell(&tree, &["apply", "--force"]);
    assert_eq!(gated(&tree), ["scylla-server.service"]);
}

#[test]
fn a_builders_own_drop_in_is_given_back_when_the_unit_goes() {
    let tree = debian13();
    let theirs = "[Unit]\nAfter=time-sync.target\n";
    tree.put("etc/systemd/system/scylla-server.service.d/10-time-sync.conf", theirs);
    tell(&tree, &["apply"]);
    assert_ne!(gate(&tree, "scylla-server.service").as_deref(), Some(theirs));
    tree.remove(SCYLLA);
    tell(&tree, &["apply"]);
    assert_eq!(gate(&tree, "scylla-server.service").as_deref(), Some(theirs));
    assert_eq!(tell(&tree, &["plan"]), "Nothing to do.\n");
}

#[test]
fn hold_and_start_replace_each_other() {
    let tree = debian13();
    tell(&tree, &["apply"]);
    let start = gate(&tree, "scylla-server.service");
    tree.put(CONFIG, "[gate]\nat_timeout = \"hold\"\n");
    tell(&tree, &["apply"]);
    let hold = gate(&tree, "scylla-server.service").expect("it is gated");
    for key in ["After", "Wants"] {
        let line = format!("\n{key}=time-sync.target chrony-wait.service cloud-timesync-wait.service\n");
        assert!(hold.contains(&line), "{hold}");
    }
    assert!(!hold.contains("\nRequires="), "{hold}");
    tree.put(CONFIG, "");
    tell(&tree, &["apply"]);
    assert_eq!(gate(&tree, "scylla-server.service"), start);
}
