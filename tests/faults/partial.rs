//! Undo when something cannot be restored: the rest is, and the agent is off.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use test_support::{STATE, Tree, difference, said};

const VENDOR: &str = "etc/chrony/conf.d/10-vendor.conf";
const AGENT_LINK: &str = "etc/systemd/system/multi-user.target.wants/cloud-timesync.service";
const AGENT_UNIT: &str = "usr/lib/systemd/system/cloud-timesync.service";

fn copy_of(path: &str) -> String {
    format!("{STATE}/set-aside/{path}")
}

/// With the agent's unit enabled, as the package has it.
fn installed(image: Tree) -> Tree {
    image.put(AGENT_UNIT, "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    let link = image.at(AGENT_LINK);
    fs::create_dir_all(link.parent().expect("below the tree")).expect("a directory");
    symlink(format!("/{AGENT_UNIT}"), link).expect("a link");
    image
}

fn entries(tree: &Tree) -> Vec<Value> {
    let receipt = tree.text(&format!("{STATE}/receipt.json")).expect("a receipt");
    let receipt: Value = serde_json::from_str(&receipt).expect("JSON");
    receipt["entries"].as_array().expect("entries").clone()
}

#[test]
fn undo_restores_all_that_it_can_and_can_be_repeated() {
    let image = installed(Tree::of("aws-debian13"));
    let tree = image.copy();
    tree.well(&["apply"], "at first");
    let copy = tree.text(&copy_of(VENDOR)).expect("a copy");
    fs::remove_file(tree.at(&copy_of(VENDOR))).expect("it is removed");
    for again in [false, true] {
        let undone = tree.agent(&["undo"]);
        let said = said(&undone);
        assert_eq!(undone.status.code(), Some(1), "{said}");
        let why = format!("error: restoring /{VENDOR}: copying /{}: it is gone", copy_of(VENDOR));
        assert!(said.contains(&why), "{said}");
        assert!(again || said.contains("disabled cloud-timesync.service"), "{said}");
        assert!(
            !tree.at(AGENT_LINK).exists() && fs::symlink_metadata(tree.at(AGENT_LINK)).is_err(),
            "{said}"
        );
        let left: Vec<String> = difference(&tree.machine(), &image.machine());
        let is_known = |line: &String| line.starts_with(VENDOR) || line.starts_with("etc/systemd/system");
        assert!(left.iter().all(is_known), "{left:?}");
        let entries = entries(&tree);
        assert!(
            entries.len() == 1 && entries[0]["set_aside"]["path"] == format!("/{VENDOR}"),
            "{entries:#?}"
        );
    }
    tree.put(&copy_of(VENDOR), &copy);
    tree.well(&["undo"], "with the copy");
    assert!(tree.at(VENDOR).exists() && !tree.at(STATE).exists(), "all is restored");
}

#[test]
fn undo_says_each_failure_in_json() {
    let tree = Tree::of("aws-debian13");
    tree.put("etc/chrony/conf.d/a.conf", "server 10.0.0.1\n");
    tree.well(&["apply"], "at first");
    for path in [VENDOR, "etc/chrony/conf.d/a.conf"] {
        fs::remove_file(tree.at(&copy_of(path))).expect("it is removed");
    }
    let undone = tree.agent(&["undo", "--json"]);
    assert_eq!(undone.status.code(), Some(1), "{}", said(&undone));
    let object: Value = serde_json::from_slice(&undone.stdout).expect("JSON");
    let failed = object["failed"].as_array().expect("a list");
    assert_eq!(failed.len(), 2, "{object:#}");
    assert!(
        failed.iter().all(|why| why.as_str().is_some_and(|why| why.ends_with("it is gone"))),
        "{object:#}"
    );
    assert!(object["error"].as_str().is_some_and(|why| why.matches("it is gone").count() == 2), "{object:#}");
    let done = object["done"].as_array().expect("a list");
    assert!(done.iter().any(|line| line == "restored /etc/chrony/chrony.conf"), "{object:#}");
}

#[test]
fn a_receipt_that_cannot_be_read_leaves_the_agent_disabled() {
    let tree = installed(Tree::of("aws-debian13"));
    tree.put(&format!("{STATE}/receipt.json"), "");
    let undone = tree.agent(&["undo"]);
    assert_eq!(undone.status.code(), Some(1), "{}", said(&undone));
    assert!(said(&undone).contains("receipt.json: EOF while parsing"), "{}", said(&undone));
    assert!(fs::symlink_metadata(tree.at(AGENT_LINK)).is_err(), "{}", said(&undone));
    assert_eq!(tree.text(&format!("{STATE}/receipt.json")).as_deref(), Some(""));
}

#[test]
fn an_undo_that_fails_again_and_again_keeps_an_edit_once() {
    let tree = Tree::of("aws-debian13");
    tree.well(&["apply"], "at first");
    tree.put("etc/chrony/chrony.conf", "server 10.1.2.3\n");
    fs::remove_file(tree.at(&copy_of("etc/chrony/chrony.conf"))).expect("it is removed");
    for _ in 0..3 {
        assert_eq!(tree.agent(&["undo"]).status.code(), Some(1));
    }
    let edited: Vec<_> =
        tree.all().into_keys().filter(|path| path.to_string_lossy().contains(".edited")).collect();
    assert_eq!(edited.len(), 1, "{edited:?}");
    assert_eq!(tree.text("etc/chrony/chrony.conf").as_deref(), Some("server 10.1.2.3\n"));
}

/// The image's chrony.conf names none; its fragment did.
#[test]
fn undo_without_the_fragment_of_sources_leaves_the_agents() {
    // An image that keeps its sources in a fragment, as Amazon's do.
    let tree = Tree::of("aws-debian13");
    tree.edit("/etc/chrony/chrony.conf", "pool 2.debian.pool.ntp.org iburst\n", "");
    let is_source =
        |text: &str| text.lines().any(|line| line.starts_with("server ") || line.starts_with("pool "));
    tree.well(&["apply"], "at first");
    fs::remove_file(tree.at(&copy_of(VENDOR))).expect("it is removed");
    let undone = tree.agent(&["undo"]);
    let why = "error: restoring /etc/chrony/chrony.conf: it names no time source";
    assert!(said(&undone).contains(why), "{}", said(&undone));
    assert!(is_source(&tree.text("etc/chrony/chrony.conf").expect("it is there")), "{}", said(&undone));
}

/// Two texts of one file: the older one is what undo owes, and the newer one is not lost when it fails.
#[test]
fn what_fails_is_given_back_before_what_is_older() {
    let image = Tree::of("aws-debian13");
    let tree = image.copy();
    tree.well(&["apply"], "at first");
    tree.put("etc/chrony/chrony.conf", "server 10.1.2.3\n");
    tree.well(&["apply", "--force"], "over an edit");
    let copy = format!("{}.2", copy_of("etc/chrony/chrony.conf"));
    let text = tree.text(&copy).expect("the edit is set aside");
    fs::remove_file(tree.at(&copy)).expect("it is removed");
    let undone = tree.agent(&["undo"]);
    assert_eq!(undone.status.code(), Some(1), "{}", said(&undone));
    assert_eq!(difference(&tree.machine(), &image.machine()), [""; 0], "{}", said(&undone));
    assert!(!said(&undone).contains("edited"), "{}", said(&undone));
    tree.put(&copy, &text);
    tree.well(&["undo"], "with the copy");
    assert_eq!(difference(&tree.machine(), &image.machine()), [""; 0]);
}
