//! Whose a file is, after runs that wrote the receipt and not the file.

use std::fs;
use std::os::unix::fs::symlink;

use super::tracer::{self, Fault};
use test_support::{Tree, difference, said};

const CONF: &str = "etc/chrony/chrony.conf";

/// A run whose new chrony.conf does not get its name.
fn fails(tree: &Tree, arguments: &[&str]) {
    let calls = tracer::calls(tree.copy().path(), arguments);
    let is_name =
        |call: &tracer::Call| call.name.starts_with("rename") && call.shown.contains("\"chrony.conf\"");
    let k = calls.iter().position(is_name).unwrap_or_else(|| panic!("no rename in {calls:#?}"));
    let output = tracer::run(tree.path(), arguments, &calls, k, Fault::Fails("EIO"));
    let why = "error: writing /etc/chrony/chrony.conf: input/output error";
    assert!(said(&output).contains(why), "{}", said(&output));
}

fn is_finished_by_the_next_run(image: &Tree) {
    let tree = image.copy();
    fails(&tree, &["apply"]);
    assert_eq!(fs::symlink_metadata(tree.at(CONF)).ok().map(|meta| meta.is_symlink()), {
        Some(image.at(CONF).is_symlink())
    });
    tree.well(&["apply"], "after a run that failed");
    let conf = tree.text(CONF).unwrap_or_default();
    assert!(conf.starts_with("# Written by cloud-timesync"), "{conf}");
    tree.well(&["undo"], "after both");
    assert_eq!(difference(&tree.machine(), &image.machine()), [""; 0]);
    assert!(!tree.at(test_support::STATE).exists(), "undo leaves nothing");
}

#[test]
fn after_a_failed_run_a_chrony_conf_of_bytes_is_no_edit() {
    let image = Tree::of("aws-debian13");
    let mut bytes = b"# heure \xe0 jour\n".to_vec();
    bytes.extend(fs::read(image.at(CONF)).expect("the image has one"));
    fs::write(image.at(CONF), bytes).expect("a file");
    is_finished_by_the_next_run(&image);
}

#[test]
fn after_a_failed_run_a_chrony_conf_that_is_a_link_is_no_edit() {
    let image = Tree::of("aws-debian13");
    fs::rename(image.at(CONF), image.at("etc/chrony/site.conf")).expect("it has another name");
    symlink("site.conf", image.at(CONF)).expect("a link");
    is_finished_by_the_next_run(&image);
}

#[test]
fn a_text_stays_the_agents_whatever_it_meant_to_write_since() {
    let tree = Tree::of("aws-debian13");
    tree.well(&["apply"], "at first");
    let ours = tree.text(CONF);
    for platform in ["azure", "gce", "oci"] {
        fails(&tree, &["apply", "--platform", platform]);
        assert_eq!(tree.text(CONF), ours, "{platform}");
    }
    let applied = tree.agent(&["apply", "--platform", "gce"]);
    assert!(!said(&applied).contains("was edited"), "{}", said(&applied));
    assert!(tree.text(CONF).unwrap_or_default().contains("metadata.google.internal"), "{}", said(&applied));
}
