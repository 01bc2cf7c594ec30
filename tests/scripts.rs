//! The packages' scripts: what they touch, and what they stop.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::process::Command;

use test_support::{Tree, difference, has_namespaces, repository, run};

const STATE: [&str; 3] = [
    "var/lib/cloud-timesync/machine",
    "run/cloud-timesync/report.json",
    "etc/udev/rules.d/84-cloud-timesync-kept.rules",
];

fn script(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// A builder that has what a removal takes away, and in `target` a tree with the same: dpkg --force-script-chrootless.
fn builder() -> Tree {
    let tree = Tree::empty();
    for below in ["", "target/"] {
        STATE.iter().for_each(|path| tree.put(&format!("{below}{path}"), "of a run"));
        tree.put(&format!("{below}etc/chrony/chrony.conf"), "refclock PHC /dev/ptp_ena poll 0\n");
        tree.put(&format!("{below}lib/udev/rules.d/84-cloud-timesync-links.rules"), below);
    }
    tree.put("run/systemd/system/made-by-systemd", "");
    tree.put("target/var/lib/cloud-timesync/receipt.json", "{}");
    for name in ["prerm", "postinst", "postrm"] {
        tree.put(name, &script(&format!("debian/cloud-timesync.{name}")));
    }
    // Whatever would be told to systemd is told here.
    for name in ["systemctl", "deb-systemd-invoke", "deb-systemd-helper"] {
        tree.put(&format!("stand-ins/{name}"), "#!/bin/sh\necho \"$DPKG_ROOT $0 $*\" >> /told\n");
        tree.mode(&format!("stand-ins/{name}"), 0o755);
    }
    tree
}

fn runs(tree: &Tree, words: &str) -> String {
    let prepare = "for dir in usr bin lib64 dev; do mkdir -p $dir; mount --rbind /$dir $dir; done
                   for dir in /lib/*-linux-gnu; do mkdir -p .$dir; mount --rbind $dir .$dir; done";
    let script = format!("{prepare}; exec /usr/sbin/chroot . env PATH=/stand-ins:/usr/bin:/bin sh {words}");
    let mut shell = Command::new("unshare");
    run(shell.args(["--map-root-user", "--mount", "sh", "-euc", &script]).current_dir(tree.path()))
}

#[test]
fn under_dpkg_root_the_builder_stays_as_it_is() {
    if !has_namespaces() {
        return;
    }
    let tree = builder();
    let of_the_builder = |tree: &Tree| {
        let mut all = tree.all();
        all.retain(|path, _| STATE.iter().any(|kept| path.starts_with(kept)));
        all
    };
    let before = of_the_builder(&tree);
    for words in ["prerm remove", "postinst configure", "postrm remove", "postrm purge"] {
        runs(&tree, &format!("-c 'DPKG_ROOT=/target sh /{words}'"));
        assert_eq!(difference(&of_the_builder(&tree), &before), [""; 0], "{words}");
        let kept = tree.text("target/etc/udev/rules.d/84-cloud-timesync-kept.rules");
        match words {
            "prerm remove" => assert_eq!(kept.as_deref(), Some("target/")),
            _ => assert_eq!(kept, None, "{words}"),
        }
    }
    assert!(!tree.at("target/run/cloud-timesync").exists());
    assert!(tree.at("target/var/lib/cloud-timesync/receipt.json").exists(), "undo needs it");
    assert_eq!(tree.text("told"), None, "the builder's systemd was told something");
    tree.remove("target/var/lib/cloud-timesync/receipt.json");
    runs(&tree, "-c 'DPKG_ROOT=/target sh /postrm purge'");
    assert!(!tree.at("target/var/lib/cloud-timesync").exists());
    assert_eq!(difference(&of_the_builder(&tree), &before), [""; 0]);
}

/// The scriptlet of the rpm, as rpmbuild leaves it.
fn preun() -> String {
    let spec =
        script("rpm/cloud-timesync.spec").replace("%{_sysconfdir}", "/etc").replace("%{_bindir}", "/usr/bin");
    let spec = spec.replace("%{_localstatedir}", "/var").replace("%{name}", "cloud-timesync");
    let spec = spec.replace("%{_udevrulesdir}", "/lib/udev/rules.d");
    let preun = spec.split("%preun\n").nth(1).and_then(|rest| rest.split("\n%systemd_preun").next());
    preun.expect("%preun").to_owned()
}

/// The program is gone then, and chrony-wait would fail at once. One that says no more than a timeout stays.
#[test]
fn a_wait_that_runs_our_program_goes_with_the_package() {
    if !has_namespaces() {
        return;
    }
    const DROP_IN: &str = "etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf";
    let of_machine = |machine: &str| script(&format!("tests/machines/{machine}/expected/{DROP_IN}"));
    let (by_socket, timeout) = (of_machine("aws-rhel9-hardened"), of_machine("aws-debian13-wait"));
    for (text, words, goes) in [
        (&by_socket, "/prerm remove", true),
        (&by_socket, "/prerm upgrade 0.2.0", false),
        (&timeout, "/prerm remove", false),
        (&by_socket, "/preun 0", true),
        (&by_socket, "/preun 1", false),
        (&timeout, "/preun 0", false),
    ] {
        let tree = builder();
        tree.put("preun", &preun());
        tree.put(DROP_IN, text);
        runs(&tree, words);
        assert_eq!(tree.at(DROP_IN).exists(), !goes, "{words}: {text}");
    }
    let tree = builder();
    let target = format!("target/{DROP_IN}");
    [DROP_IN, &target].iter().for_each(|path| tree.put(path, &by_socket));
    runs(&tree, "-c 'DPKG_ROOT=/target sh /prerm remove'");
    assert!(tree.at(DROP_IN).exists() && !tree.at(&target).exists(), "the builder's is another's");
}

#[test]
fn the_clock_of_another_chrony_conf_keeps_its_link() {
    if !has_namespaces() {
        return;
    }
    const KEPT: &str = "etc/udev/rules.d/84-cloud-timesync-kept.rules";
    const RECEIPT: &str =
        "{\n  \"entries\": [\n    {\n      \"wrote\": {\n        \"path\": \"/etc/site/chrony.conf\",\n";
    for (words, conf) in [("/prerm remove", "etc/chrony/chrony.conf"), ("/preun 0", "etc/chrony.conf")] {
        let tree = builder();
        tree.remove(KEPT);
        tree.put("preun", &preun());
        tree.put(conf, "pool 2.debian.pool.ntp.org\n");
        tree.put("var/lib/cloud-timesync/receipt.json", RECEIPT);
        for (line, is_kept) in [("server a\n", false), ("refclock PHC /dev/ptp_ena poll 0\n", true)] {
            tree.put("etc/site/chrony.conf", line);
            runs(&tree, words);
            assert_eq!(tree.at(KEPT).exists(), is_kept, "{words}: {line}");
        }
    }
}

#[test]
fn a_removal_stops_the_passes_that_are_queued() {
    if !has_namespaces() {
        return;
    }
    let tree = builder();
    runs(&tree, "/prerm remove");
    let told = tree.text("told").unwrap_or_default();
    let units: Vec<&str> = told.split_whitespace().filter(|word| word.ends_with(".service")).collect();
    assert_eq!(
        units,
        [
            "cloud-timesync.service",
            "cloud-timesync-online.service",
            "cloud-timesync-cloud-init.service",
            "cloud-timesync-adopt.service",
            "cloud-timesync-vmclock.service"
        ]
    );
    let spec = script("rpm/cloud-timesync.spec").replace("%{name}", "cloud-timesync");
    let preun =
        spec.split("%preun\n").nth(1).and_then(|rest| rest.split("\n%postun").next()).expect("%preun");
    for unit in units {
        let stops = |line: &&str| {
            line.contains(unit) && (line.contains("systemctl stop") || line.starts_with("%systemd_preun"))
        };
        assert!(preun.lines().any(|line| stops(&line)), "{unit} is not stopped: {preun}");
    }
}
