//! The installed chronyd has the last word on a configuration. Here it is Debian 12's own, which
//! `make target/chrony` unpacks and nothing starts: `chronyd -p` only parses.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod asking;
mod elsewhere;
mod strangers;

use std::fs;
use std::path::Path;
use std::process::Command;

use cloud_timesync::apply::candidate::check;
use cloud_timesync::error::Result;
use cloud_timesync::root::Root;
use test_support::{Tree, chronyd, has, is_root, repository, run};

const OLD: &str = "pool 2.debian.pool.ntp.org iburst\n";

/// What the unpacked chronyd says of a file.
fn ask(chronyd: &Path, conf: &Path) -> Result<()> {
    let root = Root::open(Path::new("/")).expect("the machine's root");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(check(
        &root,
        Some(chronyd),
        Path::new("/etc/chrony/chrony.conf"),
        conf,
    ))
}

#[test]
fn every_chrony_conf_that_is_written_is_accepted() {
    let Some(chronyd) = chronyd() else { return };
    let machines = repository().join("tests/machines");
    let mut asked = 0;
    for machine in fs::read_dir(machines).expect("tests/machines is there") {
        let expected = machine.expect("it can be listed").path().join("expected/etc");
        for conf in ["chrony/chrony.conf", "chrony.conf"].map(|path| expected.join(path)) {
            if conf.exists() {
                assert_eq!(ask(&chronyd, &conf), Ok(()), "{}", conf.display());
                asked += 1;
            }
        }
    }
    assert!(asked > 10, "only {asked} configurations were found");
}

#[test]
fn a_refusal_is_told_in_chronyds_own_words() {
    let Some(chronyd) = chronyd() else { return };
    let dir = tempfile::tempdir().expect("a temporary directory");
    let conf = dir.path().join("chrony.conf");
    fs::write(&conf, "makestep 1.0 3\nfrobnicate 7\n").expect("a file");
    let error = ask(&chronyd, &conf).expect_err("it is refused").to_string();
    let path = conf.display();
    assert!(
        error.starts_with("checking the new /etc/chrony/chrony.conf: chronyd -p refuses it: "),
        "{error}"
    );
    assert!(error.ends_with(&format!("directive at line 2 in file {path}; the old one stays")), "{error}");
}

/// An AWS image with a fragment.
fn image() -> Tree {
    let tree = Tree::empty();
    for unit in ["chrony", "chrony-wait", "scylla-server"] {
        let unit = format!("usr/lib/systemd/system/{unit}.service");
        tree.put(&unit, "[Install]\nWantedBy=multi-user.target\n");
    }
    tree.put("etc/chrony/chrony.conf", OLD);
    tree.put("etc/chrony/conf.d/10-vendor.conf", "server 10.0.0.1\n");
    tree.put("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
    fs::create_dir_all(tree.at("usr/sbin")).expect("a directory");
    tree.mode("", 0o755);
    tree
}

/// A program that runs without libraries, as the tree's chronyd. Only root's agent runs it.
fn stand_in(tree: &Tree, main: &str) -> bool {
    if !has("cc") || !is_root() {
        return false;
    }
    tree.put("chronyd.c", &format!("#include <stdio.h>\nint main(int argc) {{ {main} }}\n"));
    run(Command::new("cc")
        .arg("-static")
        .arg(tree.at("chronyd.c"))
        .arg("-o")
        .arg(tree.at("usr/sbin/chronyd")));
    true
}

/// chronyd and its libraries, at their own paths, so that it runs in the tree.
fn install(chronyd: &Path, tree: &Tree) {
    let listing = run(Command::new("ldd").arg(chronyd));
    for library in listing.split_whitespace().filter(|word| word.starts_with('/')) {
        let to = tree.at(library);
        fs::create_dir_all(to.parent().expect("below the tree")).expect("a directory");
        fs::copy(library, to).expect("a library");
    }
    fs::copy(chronyd, tree.at("usr/sbin/chronyd")).expect("chronyd");
}

#[test]
fn an_images_own_chronyd_is_asked() {
    let Some(chronyd) = chronyd() else { return };
    let tree = image();
    install(&chronyd, &tree);
    tree.well(&["apply"], "with chronyd");
    let conf = tree.text("etc/chrony/chrony.conf").expect("it is there");
    assert!(conf.contains("\nserver 169.254.169.123 "), "{conf}");
}

#[test]
fn a_source_with_a_bad_option_is_left_out() {
    let Some(chronyd) = chronyd().filter(|_| is_root()) else { return };
    let tree = image();
    install(&chronyd, &tree);
    let source = |name: &str, options: &str| {
        format!("[[source]]\nserver = \"{name}\"\noptions = \"{options}\"\nbeside = true\n")
    };
    let sources = source("a", "iburst key")
        + &source("b", "iburst key 7 maxpoll 9")
        + "[chrony]\nextra = [\"port 0\", \"prot 0\"]\n";
    tree.put("etc/cloud-timesync/config.toml.d/x.toml", &sources);
    for _ in 1..=2 {
        let (code, _, log) = tree.run(&["apply"]);
        assert_eq!(code, 2, "{log}");
        let said = "error: the source server a of /etc/cloud-timesync/config.toml.d/x.toml, line 1 is left out: chronyd \
                    refuses `server a iburst key`: Could not parse server directive\n";
        assert!(log.contains(said), "{log}");
        let said = "error: `prot 0` of [chrony] extra in /etc/cloud-timesync/config.toml.d/x.toml, line 10 is left out: ";
        assert!(log.contains(said), "{log}");
        let conf = tree.text("etc/chrony/chrony.conf").expect("it is there");
        assert!(
            conf.contains("\nserver b iburst key 7 maxpoll 9\n") && conf.contains("\nport 0\n"),
            "{conf}"
        );
        assert!(!conf.contains("\nserver a ") && conf.contains("\nserver 169.254.169.123 "), "{conf}");
    }
    let (_, plan, _) = tree.run(&["plan", "--json"]);
    assert!(plan.contains("\"edits\":[]"), "{plan}");
}

#[test]
fn a_refused_configuration_leaves_the_old_one_in_force() {
    let tree = image();
    // No chronyd at hand refuses our text: a program that tells its version and nothing else stands in for one.
    if !stand_in(&tree, "puts(\"Fatal error : no\"); return argc != 2;") {
        return;
    }
    let (code, _, log) = tree.run(&["apply"]);
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("chronyd -p refuses it: Fatal error : no; the old one stays"), "{log}");
    assert_eq!(tree.text("etc/chrony/chrony.conf").as_deref(), Some(OLD));
    assert_eq!(tree.text("etc/chrony/conf.d/10-vendor.conf").as_deref(), Some("server 10.0.0.1\n"));
    let entries = fs::read_dir(tree.at("etc/chrony")).expect("it is there").count();
    assert_eq!(entries, 2, "a candidate is left behind");
    let gate = tree.text("etc/systemd/system/scylla-server.service.d/10-time-sync.conf");
    assert!(gate.is_some_and(|text| text.contains("chrony-wait")));
}
