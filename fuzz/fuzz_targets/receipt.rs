//! A receipt in a tree that a stranger made: undo never leaves the tree.
#![no_main]

mod tree;

use std::fs;

use cloud_timesync::undo::undo;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let tree = tree::Tree::new();
    let sentinel = tree.outside().join("sentinel");
    fs::write(&sentinel, "untouched").expect("a file");
    tree.write("etc/chrony/chrony.conf", b"pool 2.debian.pool.ntp.org iburst\n");
    tree.write("var/lib/cloud-timesync/set-aside/1/chrony.conf", b"server ntp.example.com\n");
    tree.write("var/lib/cloud-timesync/receipt.json", data);
    undo(&tree.root);
    assert_eq!(fs::read_to_string(&sentinel).expect("it is there"), "untouched");
    let beside = fs::read_dir(tree.outside()).expect("a folder").count();
    assert_eq!(beside, 2, "the tree and the sentinel");
});
