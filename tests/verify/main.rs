//! `verify` on trees: right after apply, and each check wrong for its own reason.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

const CONF: &str = "etc/chrony/chrony.conf";
const DROP_IN: &str = "etc/systemd/system/scylla-server.service.d/10-time-sync.conf";

mod breaks;
mod words;

use test_support::Tree;

/// What the tests of `verify` do with a tree.
trait Verify {
    /// A fixture machine of tests/machines, applied.
    fn applied(machine: &str) -> Tree;

    /// The agent's exit code, and what it prints on stdout and then on stderr.
    fn says(&self, arguments: &[&str]) -> (i32, String);

    fn verify(&self, more: &[&str]) -> (i32, Value);

    /// The checks that are not right.
    fn complaints(&self) -> BTreeMap<String, String> {
        complaints(&self.verify(&[]).1)
    }
}

impl Verify for Tree {
    fn applied(machine: &str) -> Tree {
        let tree = Tree::of(machine);
        tree.well(&["apply"], machine);
        tree
    }

    fn says(&self, arguments: &[&str]) -> (i32, String) {
        let (code, out, err) = self.run(arguments);
        (code, out + &err)
    }

    fn verify(&self, more: &[&str]) -> (i32, Value) {
        let (code, out, err) = self.run(&[&["verify", "--json"], more].concat());
        (code, serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}{err}")))
    }
}

fn complaints(report: &Value) -> BTreeMap<String, String> {
    let checks = report["checks"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let complaints = checks.iter().filter(|check| check["verdict"] != "right");
    complaints.map(|check| (text(&check["name"]), text(&check["verdict"]))).collect()
}

/// As examples/ prepares it: nothing tells the platform, and the first boot is going to.
#[test]
fn a_prepared_image_passes() {
    for machine in ["aws-debian13", "azure-ubuntu2404-smi", "kvm-sles15", "oci-rhel9-tag"] {
        for platform in [&[] as &[&str], &["--platform", "azure"]] {
            let tree = Tree::of(machine);
            fs::remove_dir_all(tree.at("sys")).expect("it tells the platform");
            tree.well(&[&["apply"], platform].concat(), machine);
            let (code, report) = tree.verify(&[]);
            assert_eq!((code, complaints(&report)), (0, BTreeMap::new()), "{machine} {platform:?}");
        }
    }
}

#[test]
fn one_broken_line_is_one_failed_check_with_one_thing_to_do() {
    let tree = Tree::applied("aws-debian13");
    tree.edit(CONF, "makestep 1.0 -1\n", "");
    let (code, out) = tree.says(&["verify"]);
    assert_eq!(code, 1);
    let next = "cloud-timesync apply --force replaces the edited file and keeps a copy; or keep it: chrony_conf = \"keep\"";
    let wrong = format!(
        "wrong    chrony-conf              local edits: /{CONF} lacks makestep 1.0 -1\n\
         {0:32}  wanted: cloud-timesync's text\n\
         {0:32}  next: {next}\n",
        ""
    );
    assert!(out.contains(&wrong), "{out}");
    assert_eq!(
        (out.matches("next: ").count(), out.lines().last()),
        (1, Some("1 of 25 checks failed.")),
        "{out}"
    );
    tree.says(&["apply", "--force"]);
    assert_eq!(tree.complaints(), BTreeMap::new());
}

/// `apply` mends it without `--force`, and nothing says otherwise.
#[test]
fn a_machine_that_was_never_touched_needs_no_force() {
    let tree = Tree::of("aws-ubuntu2404-smi");
    let (_, report) = tree.verify(&["--skip", "driftfile"]);
    let wrong: Vec<(&str, &str)> = report["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|check| check["verdict"] == "wrong")
        .map(|check| (check["name"].as_str().unwrap_or_default(), check["next"].as_str().unwrap_or_default()))
        .collect();
    let names = ["chrony-conf", "cloud-init-leaves-ntp", "gate-drop-in"];
    assert_eq!(wrong, names.map(|name| (name, "cloud-timesync apply")));
}

#[test]
fn what_is_wrong_says_found_wanted_and_next() {
    let tree = Tree::applied("aws-debian13");
    tree.mode(DROP_IN, 0o600);
    let (code, out) = tree.says(&["verify", "--only", "gate-mode", "--only", "makestep"]);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        format!(
            "right    makestep                 chrony-conf compares the whole file\n\
             wrong    gate-mode                /{DROP_IN} has mode 0600\n\
             {0:32}  wanted: write /{DROP_IN} (0644)\n\
             {0:32}  next: cloud-timesync apply\n\
             1 of 2 checks failed.\n",
            ""
        )
    );
    let (_, report) = tree.verify(&["--only", "gate-mode"]);
    assert_eq!(report["checks"][0]["next"], "cloud-timesync apply");
    assert_eq!(tree.verify(&["--only", "makestep"]).1["checks"][0]["next"], Value::Null);
}

#[test]
fn the_report_keeps_the_servers_that_a_displaced_daemon_asked() {
    let (_, report) = Tree::applied("kvm-rhel9-ntpd").verify(&[]);
    let server = |name: &str| serde_json::json!({"name": name, "pool": false, "daemon": "ntpd", "file": "/etc/ntp.conf"});
    assert_eq!(
        report["foreign_servers"],
        serde_json::json!([server("ntp1.site.example"), server("192.0.2.7")])
    );
    let (_, report) = Tree::applied("aws-debian13-keep").verify(&[]);
    assert_eq!(report["foreign_servers"], serde_json::json!([]), "who is kept is not displaced");
}

#[test]
fn what_is_skipped_is_not_judged() {
    let tree = Tree::applied("aws-debian13");
    tree.mode(DROP_IN, 0o600);
    let (code, report) = tree.verify(&["--skip", "gate-mode", "--skip", "plan-is-empty"]);
    assert_eq!((code, complaints(&report)), (0, BTreeMap::new()));
    let (_, report) = tree.verify(&["--skip", "gate-mode"]);
    let rest = BTreeMap::from([("plan-is-empty".to_owned(), "wrong".to_owned())]);
    assert_eq!(complaints(&report), rest, "nothing else names the edit");
}

#[test]
fn unknown_checks_and_those_of_a_live_machine_are_usage_errors() {
    let tree = Tree::applied("aws-debian13");
    let nothing = ["verify", "--only", "gate-mode", "--skip", "gate-mode"];
    let wanted = "error: no check is left to make: --skip takes all of them away\n";
    assert_eq!(tree.says(&nothing), (2, wanted.to_owned()));
    for (arguments, wanted) in [
        (["verify", "--only", "frob"], "error: no check is called frob: --list names them\n"),
        (["verify", "--skip", "frob"], "error: no check is called frob: --list names them\n"),
        (["verify", "--only", "offset"], "error: checking offset: an image cannot show it\n"),
    ] {
        assert_eq!(tree.says(&arguments), (2, wanted.to_owned()));
    }
}

#[test]
fn the_list_names_every_check_in_one_form() {
    let tree = Tree::applied("aws-debian13");
    let (code, out) = tree.says(&["verify", "--list"]);
    assert_eq!(code, 0);
    let mut names: Vec<&str> = out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 35, "{out}");
    for name in &names {
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), out.lines().count(), "a name is there twice");
}
