//! Each copy has a place of its own, whatever lies in set-aside/ and whatever the receipt knows of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cloud_timesync::apply::apply;
use cloud_timesync::config::Config;
use cloud_timesync::decide::decide;
use cloud_timesync::observe::{Ask, identify, observe};
use cloud_timesync::plan::plan;
use cloud_timesync::platform::Platform;
use cloud_timesync::root::Root;

use super::namespaces::in_namespaces;
use test_support::{STATE, Tree, difference, has_namespaces, said};

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

/// A file that everybody may read is closed where its directory is.
#[test]
fn backups_are_closed_to_all_but_root() {
    let tree = Tree::of("aws-debian13");
    let mode = || {
        fs::metadata(tree.at(&format!("{STATE}/set-aside"))).expect("it is there").permissions().mode()
            & 0o7777
    };
    tree.well(&["apply"], "at first");
    assert_eq!(mode(), 0o700);
    tree.put("etc/chrony/chrony.conf", "# key 1 is hunter2\n");
    fs::set_permissions(tree.at(&format!("{STATE}/set-aside")), fs::Permissions::from_mode(0o755))
        .expect("chmod");
    tree.well(&["undo"], "what was edited is saved");
    assert_eq!(mode(), 0o700, "one that an earlier version left open");
}

/// Everybody may read the receipt.
#[test]
fn the_receipt_tells_nothing_of_a_file_that_is_closed() {
    const SETTINGS: &str = "etc/default/instance_configs.cfg";
    const CLOSED: &str = "[Accounts]\n# proxy password: hunter2\n";
    let tree = Tree::of("gce-debian12-skew");
    tree.put(SETTINGS, CLOSED);
    fs::set_permissions(tree.at(SETTINGS), fs::Permissions::from_mode(0o600)).expect("chmod");
    let before = tree.machine();
    tree.well(&["apply"], "with a closed file");
    assert_ne!(tree.text(SETTINGS).as_deref(), Some(CLOSED), "the setting is made");
    let receipt = tree.text(&format!("{STATE}/receipt.json")).expect("a receipt");
    assert!(receipt.contains(SETTINGS) && !receipt.contains("hunter2"), "{receipt}");
    tree.well(&["plan", "--exit-code"], "nothing is left to do");
    tree.copy().well(&["undo"], "nothing was edited");
    let edited = format!("{}# mine\n", tree.text(SETTINGS).expect("it is there"));
    tree.put(SETTINGS, &edited);
    let undone = said(&tree.agent(&["undo"]));
    assert!(undone.contains("instance_configs.cfg had local edits; saved as "), "{undone}");
    assert!(holds(&tree, &edited), "{undone}");
    assert_eq!(difference(&tree.machine(), &before), [""; 0], "{undone}");
}

/// An image whose /var was made anew.
#[test]
fn an_edit_is_an_edit_where_the_receipt_was_gone() {
    let tree = Tree::of("aws-debian13");
    tree.well(&["apply"], "by the maker of the image");
    let platform = || {
        let receipt = tree.text(&format!("{STATE}/receipt.json")).expect("a receipt");
        receipt
            .lines()
            .find(|line| line.contains("written_for"))
            .map(|line| line.trim_end_matches(',').to_owned())
    };
    let written_for = platform();
    assert!(written_for.is_some());
    fs::remove_dir_all(tree.at(STATE)).expect("it is there");
    let image = tree.machine();
    tree.well(&["apply"], "in the first boot");
    assert_eq!(difference(&tree.machine(), &image), [""; 0], "nothing is to be done but the record");
    assert_eq!(platform(), written_for);
    tree.well(&["plan", "--exit-code"], "nothing is left to do");
    tree.copy().well(&["undo"], "nothing was edited");
    tree.put("etc/chrony/chrony.conf", "server ntp.corp.example iburst\n");
    tree.well(&["apply"], "in the next boot");
    assert_eq!(tree.text("etc/chrony/chrony.conf").as_deref(), Some("server ntp.corp.example iburst\n"));
    tree.well(&["undo"], "the image's text comes back");
    assert_eq!(difference(&tree.machine(), &image), [""; 0]);
}

/// The state directory of a machine that forgets its /var, and whose /etc stays.
#[test]
fn nothing_is_moved_to_a_place_that_lasts_shorter() {
    if !has_namespaces() {
        return;
    }
    let tree = Tree::of("aws-debian13").on_disk();
    let before = tree.text("etc/chrony/chrony.conf");
    let output = in_namespaces(&tree, "mount -t tmpfs none var/lib; $AGENT apply --root .");
    let why = "error: backing up /etc/chrony/chrony.conf: /var/lib/cloud-timesync is in memory, and a copy there would not \
               outlast this boot: it stays";
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains(why), "{}", said(&output));
    assert_eq!(tree.text("etc/chrony/chrony.conf"), before, "{}", said(&output));
    assert!(tree.at("etc/chrony/conf.d/10-vendor.conf").exists(), "it has its fragments: {}", said(&output));
    assert!(
        tree.at("etc/systemd/system/scylla-server.service.d/10-time-sync.conf").exists(),
        "{}",
        said(&output)
    );
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
