//! File systems that are really full or read-only.

use std::fs;
use std::path::Path;

use super::namespaces::{in_namespaces, live};
use test_support::{Tree, difference, has_namespaces, is_root, said};

const CONF: &str = "/etc/chrony/chrony.conf";
const DROP_IN: &str = "/etc/systemd/system/scylla-server.service.d/10-time-sync.conf";
const OURS: &str = "# Written by cloud-timesync";

fn starts(tree: &Tree, path: &str, with: &str) -> bool {
    tree.text(path).is_some_and(|text| text.starts_with(with))
}

/// Row 1, on a real file system that has room for some of it.
#[test]
fn too_little_room_leaves_the_old_configuration_or_the_new_one() {
    if !is_root() || !has_namespaces() {
        return;
    }
    let (mut kept, mut done) = (0, 0);
    for (inodes, kib) in (0..56).step_by(3).map(|n| (n, 4096)).chain((0..80).step_by(4).map(|n| (4096, n))) {
        let image = Tree::of("aws-debian13");
        let (old, result) = (image.machine(), Tree::of("kvm-debian13"));
        fs::create_dir(image.at("small")).expect("a directory");
        // What is there already takes its room first.
        let output = in_namespaces(
            &image,
            &format!(
                "mount -t tmpfs none small; cp -a etc usr sys var small
                 used=$(df --output=used small | tail -1); inodes=$(df --output=iused small | tail -1)
                 mount -o remount,size=$((used + {kib}))k,nr_inodes=$((inodes + {inodes})) small
                 code=0; $AGENT apply --root small || code=$?
                 ls -A small/etc/chrony small/var/lib small/var/lib/cloud-timesync 2>/dev/null || true
                 mount -o remount,size=64m,nr_inodes=9999 small
                 cp -a small {result}; $AGENT apply --root small; $AGENT undo --root small
                 cp -a small {result}/undone
                 exit $code",
                result = result.path().display()
            ),
        );
        let (said, when) = (said(&output), format!("room for {inodes} files and {kib} KiB"));
        let conf = fs::read_to_string(result.at("small/etc/chrony/chrony.conf")).expect("it is there");
        match output.status.code() {
            Some(0) => done += 1,
            Some(1) => {
                kept += 1;
                assert!(said.contains(": no space left on device"), "{when}: {said}");
            }
            code => panic!("{when}: exit {code:?}: {said}"),
        }
        assert!(!said.contains(".cloud-timesync\n"), "{when}: something is left on its way: {said}");
        if !conf.starts_with(OURS) {
            assert!(old.values().any(|what| what.ends_with(&conf)), "{when}: {conf}");
            assert!(result.at("small/etc/chrony/conf.d/10-vendor.conf").exists(), "{when}: {said}");
        }
        let mut undone = test_support::Snapshot::new();
        test_support::walk(&result.at("undone"), Path::new(""), &mut undone);
        assert_eq!(difference(&undone, &old), [""; 0], "{when}: {said}");
    }
    assert!(kept > 5 && done > 5, "{kept} kept, {done} done");
    println!("{kept} times there was too little room, {done} times enough");
}

/// Rows 2 and 54.
#[test]
fn a_full_run_directory_costs_neither_gate_nor_sources() {
    if !has_namespaces() {
        return;
    }
    let tree = Tree::of("aws-debian13");
    let output = live(
        &tree,
        "mount -t tmpfs -o size=4k,nr_inodes=4 none run; mkdir -p run/systemd/system; touch run/full; flock --no-fork . sleep 300 &
         sleep 0.3; live apply",
    );
    let said = said(&output);
    assert!(starts(&tree, CONF, OURS) && starts(&tree, DROP_IN, OURS), "{:?}: {said}", output.status.code());
}

/// Row 3.
#[test]
fn a_read_only_etc_is_said_and_nothing_is_half_done() {
    if !has_namespaces() {
        return;
    }
    let tree = Tree::of("aws-debian13");
    let before = tree.machine();
    let output =
        in_namespaces(&tree, "mount --bind etc etc; mount -o remount,ro,bind etc; $AGENT apply --root .");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error: writing /etc/chrony/chrony.conf: read-only file system\n"), "{said}");
    assert_eq!(difference(&tree.machine(), &before), [""; 0], "{said}");
    tree.well(&["undo"], "read-only");
    assert_eq!(difference(&tree.all(), &before), [""; 0]);
    let output = in_namespaces(
        &tree,
        "mount --bind . .; mount -o remount,ro,bind .; cd .; $AGENT undo --root \"$PWD\"",
    );
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"Nothing to undo.\n".as_slice()));
}
