//! The installed chronyd has the last word on a configuration. Here it is Debian 12's own, which
//! `make target/chrony` unpacks and nothing starts: `chronyd -p` only parses.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod elsewhere;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloud_timesync::apply::candidate::check;
use cloud_timesync::error::Result;
use cloud_timesync::machine::Chrony;
use cloud_timesync::root::Root;

const OLD: &str = "pool 2.debian.pool.ntp.org iburst\n";

fn chronyd() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/chrony/usr/sbin/chronyd");
    assert!(path.exists(), "there is no chronyd to ask: run make target/chrony first");
    path
}

fn ask(conf: &Path) -> Result<()> {
    let root = Root::open(Path::new("/")).expect("the machine's root");
    let chrony = Chrony {
        conf: "/etc/chrony/chrony.conf".into(),
        unit: "chrony.service".into(),
        chronyd: Some(chronyd()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(check(&root, &chrony, conf))
}

#[test]
fn every_chrony_conf_that_is_written_is_accepted() {
    let machines = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines");
    let mut asked = 0;
    for machine in fs::read_dir(machines).expect("tests/machines is there") {
        let expected = machine.expect("it can be listed").path().join("expected/etc");
        for conf in ["chrony/chrony.conf", "chrony.conf"].map(|path| expected.join(path)) {
            if conf.exists() {
                assert_eq!(ask(&conf), Ok(()), "{}", conf.display());
                asked += 1;
            }
        }
    }
    assert!(asked > 10, "only {asked} configurations were found");
}

#[test]
fn a_refusal_is_told_in_chronyds_own_words() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let conf = dir.path().join("chrony.conf");
    fs::write(&conf, "makestep 1.0 3\nfrobnicate 7\n").expect("a file");
    let error = ask(&conf).expect_err("it is refused").to_string();
    let path = conf.display();
    assert!(
        error.starts_with("checking the new /etc/chrony/chrony.conf: chronyd -p refuses it: "),
        "{error}"
    );
    assert!(error.ends_with(&format!("directive at line 2 in file {path}; the old one stays")), "{error}");
}

/// An AWS image with a fragment, and `chronyd` in it.
fn image() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a temporary directory");
    let put = |path: &str, text: &str| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
        fs::write(path, text).expect("a file");
    };
    for unit in ["chrony", "chrony-wait", "scylla-server"] {
        put(&format!("usr/lib/systemd/system/{unit}.service"), "[Install]\nWantedBy=multi-user.target\n");
    }
    put("etc/chrony/chrony.conf", OLD);
    put("etc/chrony/conf.d/10-vendor.conf", "server 10.0.0.1\n");
    put("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
    fs::create_dir_all(tree.path().join("usr/sbin")).expect("a directory");
    tree
}

/// A program that runs without libraries, as the tree's chronyd.
fn stand_in(tree: &Path, main: &str) {
    let source = tree.join("chronyd.c");
    fs::write(&source, format!("#include <stdio.h>\nint main(int argc) {{ {main} }}\n")).expect("a file");
    let built =
        Command::new("cc").arg("-static").arg(&source).arg("-o").arg(tree.join("usr/sbin/chronyd")).status();
    assert!(built.expect("cc runs").success());
}

fn agent(tree: &Path) -> Command {
    let mut agent = Command::new(env!("CARGO_BIN_EXE_cloud-timesync"));
    agent.arg("apply").arg("--root").arg(tree);
    agent
}

fn run(agent: &mut Command) -> (Option<i32>, String) {
    let output = agent.output().expect("the agent runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn apply(tree: &Path) -> (Option<i32>, String) {
    run(&mut agent(tree))
}

#[test]
fn an_images_own_chronyd_is_asked() {
    let tree = image();
    // The program and its libraries, at their own paths, so that it runs in the tree.
    let listing = Command::new("ldd").arg(chronyd()).output().expect("ldd runs").stdout;
    let listing = String::from_utf8(listing).expect("UTF-8");
    for library in listing.split_whitespace().filter(|word| word.starts_with('/')) {
        let to = tree.path().join(library.trim_start_matches('/'));
        fs::create_dir_all(to.parent().expect("below the tree")).expect("a directory");
        fs::copy(library, to).expect("a library");
    }
    fs::copy(chronyd(), tree.path().join("usr/sbin/chronyd")).expect("chronyd");
    let (code, log) = apply(tree.path());
    assert_eq!(code, Some(0), "{log}");
    let conf = fs::read_to_string(tree.path().join("etc/chrony/chrony.conf")).expect("it is there");
    assert!(conf.contains("\nserver 169.254.169.123 "), "{conf}");
}

#[test]
fn a_refused_configuration_leaves_the_old_one_and_its_fragments_in_force() {
    let tree = image();
    // No chronyd at hand refuses our text: a program that tells its version and nothing else stands in for one.
    stand_in(tree.path(), "puts(\"Fatal error : no\"); return argc != 2;");
    let (code, log) = apply(tree.path());
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("chronyd -p refuses it: Fatal error : no; the old one stays"), "{log}");
    let read = |path: &str| fs::read_to_string(tree.path().join(path)).unwrap_or_default();
    assert_eq!(read("etc/chrony/chrony.conf"), OLD);
    assert_eq!(read("etc/chrony/conf.d/10-vendor.conf"), "server 10.0.0.1\n");
    let entries = fs::read_dir(tree.path().join("etc/chrony")).expect("it is there").count();
    assert_eq!(entries, 2, "a candidate is left behind");
    assert!(read("etc/systemd/system/scylla-server.service.d/10-time-sync.conf").contains("chrony-wait"));
}
