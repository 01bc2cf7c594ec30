//! The image's own sources over several runs.

use std::fs;

use serde_json::{Value, json};
use test_support::{STATE, Tree, difference};

const SITE: &str = "vmware-rhel9-site";
const CONF: &str = "etc/chrony.conf";

fn applied() -> Tree {
    let tree = Tree::of(SITE);
    tree.expect(&["apply"], 0);
    tree
}

fn edits(tree: &Tree) -> Vec<Value> {
    tree.json(&["plan"])["edits"].as_array().expect("a list of edits").clone()
}

/// The receipt is written before the file.
#[test]
fn a_run_that_was_killed_finds_the_images_sources_again() {
    let image = Tree::of(SITE);
    let tree = image.copy();
    tree.expect(&["apply"], 0);
    let ours = tree.machine();
    tree.put(CONF, &image.text(CONF).expect("it is there"));
    tree.expect(&["apply"], 0);
    assert_eq!(difference(&tree.machine(), &ours), [""; 0]);
    tree.expect(&["undo"], 0);
    assert_eq!(difference(&tree.machine(), &image.machine()), [""; 0], "undone");
}

#[test]
fn the_images_sources_outlive_a_receipt_that_is_lost() {
    let tree = applied();
    let ours = tree.machine();
    fs::remove_dir_all(tree.at(STATE)).expect("what is remembered goes");
    tree.expect(&["apply"], 0);
    assert_eq!(difference(&tree.machine(), &ours), [""; 0]);
    assert_eq!(edits(&tree), [] as [Value; 0]);
    tree.put("etc/cloud-timesync/config.toml", "step_policy = \"plan\"\n");
    tree.expect(&["apply"], 0);
    let conf = tree.text(CONF).expect("it is there");
    assert!(
        conf.contains("\nserver ntp1.corp.example iburst key 1\n") && conf.contains("makestep 1.0 3"),
        "{conf}"
    );
}

#[test]
fn the_images_sources_come_back_from_a_cloud_and_from_force() {
    let image = Tree::of(SITE);
    let tree = image.copy();
    tree.expect(&["apply", "--platform", "aws"], 0);
    let receipt: Value =
        serde_json::from_str(&tree.text(&format!("{STATE}/receipt.json")).expect("a receipt")).expect("JSON");
    let named = json!({"directive": "server ntp1.corp.example iburst key 1", "place": "/etc/chrony.conf, line 2", "role": "source"});
    assert_eq!(receipt["image"][0], named);
    tree.expect(&["apply"], 0);
    let direct = applied().machine();
    assert_eq!(difference(&tree.machine(), &direct), [""; 0], "back from AWS");
    tree.put(CONF, "server 10.0.0.1\n");
    tree.expect(&["apply"], 0);
    assert_eq!(tree.text(CONF).as_deref(), Some("server 10.0.0.1\n"), "an operator's edit stays");
    tree.expect(&["apply", "--force"], 0);
    assert_eq!(difference(&tree.machine(), &direct), [""; 0], "forced");
    tree.expect(&["undo"], 0);
    assert_eq!(difference(&tree.machine(), &image.machine()), [""; 0], "undone");
}

#[test]
fn what_is_replaced_is_named_once() {
    let tree = Tree::of("aws-rhel9-site");
    let named = |log: &str| {
        log.contains("warning: replaced time sources: server ntp1.corp.example iburst key 1 (/etc/chrony.conf, line 2), ")
    };
    let (_, _, log) = tree.run(&["apply"]);
    assert!(named(&log) && log.contains("warning: left out of the new chrony.conf: hwtimestamp * "), "{log}");
    let (_, _, log) = tree.run(&["apply"]);
    assert!(!log.contains("ntp1.corp.example"), "{log}");
}

#[test]
fn no_setting_is_advised_that_would_be_refused() {
    let tree = Tree::of("kvm-debian13");
    let conf = "etc/chrony/chrony.conf";
    tree.put(conf, &(tree.text(conf).expect("it is there") + "local stratum 10\nport 0\n"));
    let plan = tree.expect(&["plan"], 0);
    let note = |start: &str, end: &str| plan.lines().any(|line| line.contains(start) && line.contains(end));
    assert!(note("chrony.conf: local stratum 10 (", "); cloud-timesync decides it"), "{plan}");
    assert!(note("chrony.conf: port 0 (", "); to keep a line, name it in [chrony] extra"), "{plan}");
}

#[test]
fn sources_that_are_closed_to_others_are_told_to_nobody() {
    let tree = Tree::of(SITE);
    tree.mode(CONF, 0o600);
    tree.expect(&["apply"], 0);
    assert_eq!(tree.text(CONF), Tree::of(SITE).text(CONF), "chrony.conf stays");
    let (_, _, log) = tree.run(&["apply", "--platform", "aws"]);
    let receipt = tree.text(&format!("{STATE}/receipt.json")).expect("a receipt");
    assert!(!log.contains("corp.example") && !receipt.contains("corp.example"), "{log}{receipt}");
    assert!(log.contains("lines that not every user may read (/etc/chrony.conf)"), "{log}");
}
