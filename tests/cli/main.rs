//! The command line as a user meets it: words, exit codes, JSON.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod completions;
mod configuration;
mod results;

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use test_support::{Tree, agent};

fn run(arguments: &[&str]) -> Output {
    Command::new(agent()).args(arguments).output().expect("the agent runs")
}

/// A tree with Debian's chrony and, if it is told, a DMI vendor.
fn tree(vendor: Option<&str>) -> Tree {
    let tree = Tree::empty();
    let put = |path: &str, text: &str| tree.put(path, text);
    put("usr/lib/systemd/system/chrony.service", "[Install]\nWantedBy=multi-user.target\n");
    put("usr/lib/systemd/system/chrony-wait.service", "[Install]\nWantedBy=multi-user.target\n");
    put("usr/lib/systemd/system/scylla-server.service", "[Service]\nExecStart=/bin/true\n");
    put("etc/chrony/chrony.conf", "pool 2.debian.pool.ntp.org iburst\n");
    if let Some(vendor) = vendor {
        put("sys/class/dmi/id/sys_vendor", vendor);
    }
    tree
}

#[test]
fn words_that_are_not_known_exit_with_2() {
    for arguments in [&["frobnicate"][..], &["apply", "--platform", "mars"], &[], &["plan", "--root"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let text = String::from_utf8(run(&["apply", "--platform", "mars"]).stderr).expect("UTF-8");
    assert!(text.contains("invalid value 'mars'") && text.contains("aws, gce, azure, oci"), "{text}");
}

#[test]
fn help_names_every_verb_and_the_exit_status() {
    let text = String::from_utf8(run(&["--help"]).stdout).expect("UTF-8");
    for word in ["apply", "plan", "detect", "verify", "status", "undo", "completions", "Exit status: 0"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_root_that_is_not_there_is_a_usage_error() {
    let output = run(&["plan", "--root", "/no/such/tree"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(text, "error: opening the root /no/such/tree: no such file or directory\n");
}

#[test]
fn detect_says_what_it_knows_in_the_contracts_json() {
    for (vendor, wanted, code) in [
        (
            Some("Amazon EC2"),
            r#"{"schema":1,"platform":"aws","strength":"strong","evidence":["sys_vendor is Amazon EC2"]}"#,
            0,
        ),
        (None, r#"{"schema":1,"platform":"unknown","strength":null,"evidence":[]}"#, 3),
    ] {
        let (found, out, _) = tree(vendor).run(&["detect", "--json"]);
        let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert_eq!((found, json(&out)), (code, json(wanted)));
    }
}

#[test]
fn the_operators_word_is_evidence() {
    let (code, out, _) = tree(Some("Amazon EC2")).run(&["detect", "--platform", "OCI"]);
    assert_eq!((code, out.as_str()), (0, "oci (told): --platform says oci\n"));
}

#[test]
fn a_plan_is_a_plain_diff() {
    let tree = tree(Some("Amazon EC2\n"));
    let (_, out, _) = tree.run(&["plan"]);
    assert!(out.contains("\n+server 169.254.169.123") && !out.contains('\x1b'), "{out}");
}

#[test]
fn plan_exits_with_1_only_when_asked_and_not_empty() {
    let tree = tree(Some("Amazon EC2"));
    assert_eq!(tree.run(&["plan"]).0, 0);
    assert_eq!(tree.run(&["plan", "--exit-code"]).0, 1);
    assert_eq!(tree.run(&["apply"]).0, 0);
    let (code, out, _) = tree.run(&["plan", "--exit-code", "--json"]);
    assert_eq!(code, 0);
    let plan: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (&plan["schema"], &plan["edits"], &plan["jobs"]),
        (&1.into(), &Value::Array(vec![]), &Value::Array(vec![]))
    );
}

#[test]
fn a_run_by_hand_names_a_unit_that_undo_has_disabled() {
    let tree = tree(Some("Amazon EC2"));
    let install = "[Install]\nWantedBy=multi-user.target\n";
    tree.put("usr/lib/systemd/system/cloud-timesync.service", install);
    tree.link(
        "/usr/lib/systemd/system/cloud-timesync.service",
        "etc/systemd/system/multi-user.target.wants/cloud-timesync.service",
    );
    let (code, _, says) = tree.run(&["apply"]);
    assert!(code == 0 && !says.contains("is disabled"), "{code}: {says}");
    tree.expect(&["undo"], 0);
    let (code, _, says) = tree.run(&["apply"]);
    assert!(
        code == 0 && says.contains(" enable cloud-timesync.service") && says.contains("is disabled"),
        "{says}"
    );
}

#[test]
fn an_old_file_does_not_steer_the_terminal_that_shows_the_plan() {
    let tree = tree(Some("Amazon EC2"));
    tree.put("etc/chrony/chrony.conf", "pool\t\u{1b}[2J\u{7}x\n");
    let (_, out, _) = tree.run(&["plan"]);
    assert!(out.contains("\n-pool\t\\u{1b}[2J\\u{7}x\n"), "{out:?}");
}

#[test]
fn without_chrony_nothing_is_touched_and_apply_exits_with_1() {
    let empty = Tree::empty();
    let (code, _, err) = empty.run(&["plan"]);
    assert!(code == 2 && err.contains("it holds no system"), "{code}: {err}");
    fs::create_dir(empty.at("etc")).expect("a directory");
    let (code, out, err) = empty.run(&["apply", "--json"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("chrony is not installed"), "{err}");
    assert!(out.contains("\"error\":\"chrony is not installed"), "{out}");
    assert_eq!(fs::read_dir(empty.path()).expect("it is there").count(), 1);
    assert_eq!(fs::read_dir(empty.at("etc")).expect("it is there").count(), 0);
}

/// systemctl link, or an administrator's own unit.
#[test]
fn a_chrony_unit_that_is_a_link_to_its_own_file_is_chronys() {
    let tree = tree(Some("Amazon EC2"));
    tree.link("/usr/lib/systemd/system/chrony.service", "etc/systemd/system/chrony.service");
    let (code, _, err) = tree.run(&["apply"]);
    assert!(code == 0 && err.contains("wrote /etc/chrony/chrony.conf"), "{code}: {err}");
}

#[test]
fn what_was_left_alone_is_said_by_a_run_with_nothing_to_do_too() {
    let tree = tree(Some("Amazon EC2"));
    assert_eq!(tree.run(&["apply"]).0, 0);
    let (_, _, right) = tree.run(&["apply"]);
    assert!(right.starts_with("nothing to do on aws"), "{right}");
    tree.put("etc/chrony/chrony.conf", "server 10.1.2.3\n");
    let (_, _, err) = tree.run(&["apply"]);
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines[0].starts_with("warning: /etc/chrony/chrony.conf was edited"), "{err}");
    assert!(lines[1].starts_with("nothing to do on aws") && !lines[1].contains("edited"), "{err}");
}

#[test]
fn an_unreadable_receipt_stops_the_run_before_anything_is_lost() {
    let tree = tree(Some("Amazon EC2"));
    tree.put("var/lib/cloud-timesync/receipt.json", "{");
    let (code, _, err) = tree.run(&["apply"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("error: reading /var/lib/cloud-timesync/receipt.json: "), "{err}");
    assert_eq!(tree.text("var/lib/cloud-timesync/receipt.json").as_deref(), Some("{"));
}
