//! Names that are no text, and names as long as names can be.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use test_support::{STATE, Tree, difference, said};

fn latin1(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}

/// With a fragment whose name the receipt cannot hold, and others that have such bytes in them.
fn machine() -> Tree {
    let tree = Tree::of("aws-debian13");
    let conf_d = tree.at("etc/chrony/conf.d");
    fs::write(conf_d.join(latin1(b"caf\xe9.conf")), "server 10.0.0.1\n").expect("a file");
    fs::create_dir(conf_d.join("dir")).expect("a directory");
    for name in [latin1(b"\xfe"), latin1(b"\xff"), latin1(b"text")] {
        fs::write(conf_d.join("dir").join(name), "server 10.0.0.2\n").expect("a file");
    }
    symlink(latin1(b"/nowhere/\xe9"), conf_d.join("link.conf")).expect("a link");
    tree
}

fn goes_and_comes_back(tree: &Tree, fragments: &[PathBuf]) {
    let before = tree.machine();
    let planned = tree.agent(&["plan", "--json"]);
    assert_eq!(planned.status.code(), Some(0), "{}", said(&planned));
    tree.well(&["apply"], "such names");
    for path in fragments {
        assert!(fs::symlink_metadata(path).is_err(), "{} is set aside", path.display());
    }
    tree.well(&["plan", "--exit-code"], "after apply there is nothing to do");
    tree.well(&["undo"], "such names");
    assert_eq!(difference(&tree.machine(), &before), [""; 0]);
    assert!(!tree.at(STATE).exists(), "undo leaves nothing");
}

#[test]
fn a_name_that_is_not_utf_8_stays_and_is_named() {
    let tree = machine();
    let before = tree.machine();
    let stays = r"error: moving /etc/chrony/conf.d/caf\xe9.conf: its name is not UTF-8, so it stays";
    for _ in 0..2 {
        let applied = tree.agent(&["apply"]);
        assert_eq!(applied.status.code(), Some(1), "{}", said(&applied));
        assert_eq!(said(&applied).matches("error: moving").count(), 1, "{}", said(&applied));
        assert!(said(&applied).contains(stays), "{}", said(&applied));
        let left = fs::read_dir(tree.at("etc/chrony/conf.d")).expect("a directory").count();
        assert_eq!(left, 2, "the others go, and a directory stays: {}", said(&applied));
    }
    let planned = said(&tree.agent(&["plan"]));
    assert!(planned.contains(r"set aside /etc/chrony/conf.d/caf\xe9.conf"), "{planned}");
    tree.well(&["undo"], "such names");
    assert_eq!(difference(&tree.machine(), &before), [""; 0]);
    assert!(!tree.at(STATE).exists(), "undo leaves nothing");
}

/// Two links that differ in a byte which is no text are two.
#[test]
fn a_link_that_is_no_text_is_not_taken_for_its_copy() {
    let tree = machine();
    fs::remove_file(tree.at("etc/chrony/conf.d").join(latin1(b"caf\xe9.conf"))).expect("it is there");
    let link = tree.at("etc/chrony/conf.d/link.conf");
    tree.well(&["apply"], "the first link");
    symlink(latin1(b"/nowhere/\xe8"), &link).expect("another link");
    tree.well(&["apply"], "the second link");
    let copies = tree.at(&format!("{STATE}/set-aside/etc/chrony/conf.d"));
    let targets: Vec<OsString> = ["link.conf", "link.conf.2"]
        .map(|name| fs::read_link(copies.join(name)).expect("a copy").into_os_string())
        .into();
    assert_eq!(targets, [latin1(b"/nowhere/\xe9"), latin1(b"/nowhere/\xe8")]);
}

#[test]
fn the_longest_names_go_and_come_back() {
    let tree = Tree::of("aws-debian13");
    let conf_d = tree.at("etc/chrony/conf.d");
    let paths: Vec<PathBuf> = [200, 238, 239, 254, 255]
        .map(|length| conf_d.join("x".repeat(length - ".conf".len()) + ".conf"))
        .into();
    for path in &paths {
        fs::write(path, "server 10.0.0.1\n").expect("a file");
    }
    goes_and_comes_back(&tree, &paths);
    // A second text of the same name needs a second place, and is in the first one's way.
    tree.well(&["apply"], "the first texts");
    for (n, path) in paths.iter().enumerate() {
        fs::write(path, format!("server 10.0.1.{n}\n")).expect("a file");
    }
    tree.well(&["apply"], "the second texts");
    tree.well(&["undo"], "both texts");
    let all = tree.all();
    for (n, path) in paths.iter().enumerate() {
        assert_eq!(fs::read_to_string(path).ok().as_deref(), Some("server 10.0.0.1\n"), "{}", path.display());
        assert!(
            all.values().any(|what| what.ends_with(&format!("server 10.0.1.{n}\n"))),
            "{}",
            path.display()
        );
    }
}
