//! A stranger's tree: its chronyd is run, and gets nothing of the builder.

use std::process::Command;
use std::time::{Duration, Instant};

use test_support::{Tree, agent, has, is_root, repository, run, said};

use super::{image, stand_in};

/// A builder with open files, in whose tree others' file systems are mounted.
const BUILD: &str = "mount --bind /proc proc; exec 7<. 150</etc/shadow; \
                     export BUILDER_TOKEN=s3cret; exec \"$0\" apply --root . </etc/passwd";

fn build(tree: &Tree) -> String {
    let mut builder = Command::new("unshare");
    builder.args(["--mount", "--net", "bash", "-euc", BUILD]).arg(agent()).current_dir(tree.path());
    said(&builder.output().expect("unshare runs"))
}

#[test]
fn a_strangers_chronyd_gets_nothing_of_the_builder() {
    if !has("cc") || !is_root() {
        return;
    }
    let tree = image();
    let source = repository().join("tests/chronyd/stranger.c");
    run(Command::new("cc").arg("-static").arg(source).arg("-o").arg(tree.at("usr/sbin/chronyd")));
    for directory in ["open", "proc"] {
        tree.put(&format!("{directory}/in-the-tree"), "");
    }
    tree.mode("open", 0o777);
    run(Command::new("mknod").args(["--mode=666", "device", "c", "1", "5"]).current_dir(tree.path()));
    let log = build(&tree);
    let refused = "Operation not permitted";
    for (what, wanted) in [
        ("uid", "65534 65534"),
        ("gid", "65534 65534"),
        ("groups", "0"),
        ("environment", ""),
        ("descriptors", "0 1 2 "),
        ("stdin", "0"),
        ("capabilities", "0"),
        ("no new privileges", "1"),
        ("become root", refused),
        ("leave by chroot", refused),
        ("mount", refused),
        ("a user namespace", refused),
        ("write", "Read-only file system"),
        ("make a device", "Read-only file system"),
        ("open a device", "Permission denied"),
        ("signal others", "No such process"),
        ("processes", "in-the-tree "),
    ] {
        assert!(log.contains(&format!("{what}={wanted}; ")), "{what} is not {wanted:?}: {log}");
    }
    assert!(!log.contains("traced=") && log.contains("the end; the old one stays"), "{log}");
    let above = log.split("above=").nth(1).expect("its root").split(';').next().expect("a list");
    let mut above: Vec<&str> = above.split_whitespace().collect();
    above.sort();
    // The run's own lock is below /var.
    assert_eq!(above, ["device", "etc", "open", "proc", "sys", "usr", "var"], "{log}");
}

#[test]
fn a_strangers_chronyd_neither_floods_nor_stays() {
    // Each is asked for its version, too. The second one leaves a process behind, which has its output.
    for main in [
        "for (;;) puts(\"flood\");",
        "extern int fork(void); extern unsigned sleep(unsigned); if (!fork()) sleep(30); return 1;",
    ] {
        let tree = image();
        if !stand_in(&tree, main) {
            return;
        }
        let began = Instant::now();
        let (code, _, log) = tree.run(&["apply"]);
        assert!(code == 0 && log.contains("cannot be run here"), "{code}: {log}");
        assert!(began.elapsed() < Duration::from_secs(8), "{main}: {:?}", began.elapsed());
    }
}

#[test]
fn what_a_strangers_chronyd_prints_steers_no_terminal() {
    let tree = image();
    if stand_in(&tree, "puts(\"\\33[2J\\33]0;title\\7no\"); return argc != 2;") {
        let (code, _, log) = tree.run(&["apply"]);
        assert!(code == 1 && log.contains("refuses it: \\u{1b}[2J\\u{1b}]0;title\\u{7}no;"), "{code}: {log}");
    }
}

/// Without the power to make namespaces, without nobody, without a place for the view; and in a tree that is closed to all.
#[test]
fn a_program_that_cannot_be_confined_is_not_run() {
    let tree = image();
    if !stand_in(&tree, "puts(\"it ran\"); return argc != 2;") {
        return;
    }
    for builder in [
        "setpriv --bounding-set=-sys_admin \"$0\" apply --root .",
        "unshare --map-root-user \"$0\" apply --root .",
        "umount --lazy /proc; \"$0\" apply --root .",
        "chmod 700 .; \"$0\" apply --root .",
    ] {
        let tree = tree.copy();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "sh", "-euc", builder]).arg(agent()).current_dir(tree.path());
        let output = command.output().expect("unshare runs");
        let log = said(&output);
        assert_eq!(output.status.code(), Some(0), "{builder}: {log}");
        assert_eq!(log.matches("cannot be run here (").count(), 1, "{builder}: {log}");
        assert!(!log.contains("it ran"), "{builder}: {log}");
    }
}
