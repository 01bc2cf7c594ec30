//! Each copy has a place of its own, whatever lies in set-aside/ and whatever the receipt knows of it.

use std::fs;

use cloud_timesync::apply::apply;
use cloud_timesync::config::Config;
use cloud_timesync::decide::decide;
use cloud_timesync::observe::{Ask, identify, observe};
use cloud_timesync::plan::plan;
use cloud_timesync::platform::Platform;
use cloud_timesync::root::Root;

use test_support::{STATE, Tree, difference};

fn holds(tree: &Tree, text: &str) -> bool {
    tree.all().values().any(|what| what.ends_with(text))
}

#[test]
fn two_fragments_never_get_the_same_place() {
    let tree = Tree::of("aws-debian13");
    let before = tree.machine();
    tree.put("etc/chrony/conf.d/a.conf", "server 10.0.0.1\n");
    tree.well(&["apply"], "the first a.conf");
    tree.put("etc/chrony/conf.d/a.conf", "server 10.0.0.2\n");
    tree.put("etc/chrony/conf.d/a.conf.2", "server 10.0.0.3\n");
    tree.well(&["apply"], "the second one, and one that has the name of its copy");
    for text in ["server 10.0.0.1\n", "server 10.0.0.2\n", "server 10.0.0.3\n"] {
        assert!(holds(&tree, text), "nowhere any more: {text}");
    }
    tree.well(&["undo"], "all three");
    assert_eq!(tree.text("etc/chrony/conf.d/a.conf").as_deref(), Some("server 10.0.0.1\n"));
    assert_eq!(tree.text("etc/chrony/conf.d/a.conf.2").as_deref(), Some("server 10.0.0.3\n"));
    assert!(holds(&tree, "server 10.0.0.2\n"), "the second a.conf was in the way of the first");
    fs::remove_file(tree.at("etc/chrony/conf.d/a.conf")).expect("it is there");
    fs::remove_file(tree.at("etc/chrony/conf.d/a.conf.2")).expect("it is there");
    assert_eq!(difference(&tree.machine(), &before), [""; 0]);
}

#[test]
fn a_receipt_that_is_gone_costs_no_copy() {
    let tree = Tree::of("aws-debian13");
    let conf = tree.text("etc/chrony/chrony.conf").expect("the image has one");
    tree.well(&["apply"], "at first");
    fs::remove_file(tree.at(&format!("{STATE}/receipt.json"))).expect("it is there");
    tree.well(&["apply", "--platform", "azure"], "without a receipt");
    let copy = tree.text(&format!("{STATE}/set-aside/etc/chrony/chrony.conf"));
    assert_eq!(copy, Some(conf), "the only copy of the image's chrony.conf");
    tree.well(&["undo"], "what the second receipt has");
    assert!(tree.at(&format!("{STATE}/set-aside/etc/chrony/chrony.conf")).exists(), "nothing else has it");
}

#[test]
fn what_lies_in_a_copys_place_stays_there() {
    let tree = Tree::of("aws-debian13");
    let before = tree.machine();
    let place = format!("{STATE}/set-aside/etc/chrony/conf.d/10-vendor.conf");
    tree.put(&place, "a stranger's\n");
    for arguments in [&["apply"][..], &["undo"]] {
        tree.well(arguments, "beside a stranger's file");
        assert_eq!(tree.text(&place).as_deref(), Some("a stranger's\n"), "{arguments:?}");
    }
    assert_eq!(difference(&tree.machine(), &before), [""; 0]);
}

/// Whoever put it there did so after the agent had looked.
#[tokio::test]
async fn a_copy_whose_place_is_taken_is_not_made_or_swept_away() {
    let tree = Tree::of("aws-debian13");
    let root = Root::open(tree.path()).expect("the tree opens");
    let config = Config::default();
    let ask = Ask { told: Some(Platform::Aws), ..Ask::default() };
    let machine =
        observe(&root, &config, identify(&root, &config, &ask).await, &ask).await.expect("it is looked at");
    let plan = plan(&machine, &decide(&machine, &config, false));
    let place = format!("{STATE}/set-aside/etc/chrony/conf.d/10-vendor.conf");
    tree.put(&place, "a stranger's\n");
    let failed = apply(&plan, &machine, &root, None).await.failed;
    let why = format!("copying /etc/chrony/conf.d/10-vendor.conf: something is at /{place} already");
    assert_eq!(failed.iter().map(ToString::to_string).collect::<Vec<_>>(), [why]);
    assert_eq!(tree.text(&place).as_deref(), Some("a stranger's\n"));
    assert!(tree.at("etc/chrony/conf.d/10-vendor.conf").exists(), "it has no copy");
    tree.well(&["apply"], "another place is free");
    assert!(!tree.at("etc/chrony/conf.d/10-vendor.conf").exists(), "it has one");
}
