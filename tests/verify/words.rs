//! What `verify` says of what it found: true of this machine, and in one line.

use test_support::Tree;

use super::{CONF, DROP_IN, Verify};

const FIRMWARE: &str = "sys/class/dmi";

/// What a check found.
fn found(tree: &Tree, check: &str) -> String {
    let (_, report) = tree.verify(&["--only", check]);
    report["checks"][0]["found"].as_str().unwrap_or_default().to_owned()
}

/// All that look at what chrony.conf reads, and at who writes it.
const ITS_OWNERS: [&str; 4] =
    ["one-configuration-file", "no-fragments", "serves-only-the-cluster", "cloud-init-leaves-ntp"];

#[test]
fn a_prepared_image_says_whose_its_chrony_conf_is() {
    let tree = Tree::applied("aws-debian13");
    std::fs::remove_dir_all(tree.at(FIRMWARE)).expect("it was there");
    let why = "chrony.conf stays as it is: an image does not tell its platform, and this is for the one that it was \
               prepared for";
    assert_eq!(ITS_OWNERS.map(|check| found(&tree, check)), [why, why, why, ""]);
}

#[test]
fn a_chrony_conf_that_is_kept_is_not_called_the_distributions() {
    let tree = Tree::applied("aws-debian13");
    tree.put("etc/cloud-timesync/config.toml", "chrony_conf = \"keep\"\n");
    tree.remove("etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg");
    let why = "chrony.conf stays as it is: the configuration says chrony_conf = \"keep\"; its text is an earlier run's until \
               cloud-timesync undo";
    assert_eq!(ITS_OWNERS.map(|check| found(&tree, check)), [why; 4]);
}

#[test]
fn what_others_wrote_forges_no_line_and_steers_no_terminal() {
    let tree = Tree::applied("aws-debian13");
    tree.edit(CONF, "rtcsync", "server \u{1b}[2J10.1.2.3\nrtcsync");
    tree.put("etc/chrony/conf.d/a\nright    source-directives        all fine", "");
    let (_, told) = tree.says(&["verify"]);
    assert!(!told.lines().any(|line| line.starts_with("right    source-directives")), "{told}");
    assert!(!told.contains(|letter: char| letter.is_control() && letter != '\n'), "{told:?}");
    for (check, escaped) in [("source-directives", "\\u{1b}[2J10.1.2.3"), ("no-fragments", "a\\nright ")] {
        let found = found(&tree, check);
        assert!(found.contains(escaped), "{check}: {found:?}");
    }
}

#[test]
fn a_wrong_name_in_gate_units_is_the_finding() {
    let tree = Tree::applied("aws-debian13");
    tree.remove("usr/lib/systemd/system/scylla-server.service");
    assert_eq!(found(&tree, "gate-drop-in"), "no database is installed here");
    tree.put("usr/lib/systemd/system/postgresql.service", "[Service]\nExecStart=/bin/true\n");
    tree.put("etc/cloud-timesync/config.toml", "[gate]\nunits = [\"postgres.service\"]\n");
    assert_eq!(found(&tree, "gate-drop-in"), "nothing waits: postgres.service is not installed");
    let (code, told) = tree.says(&["verify", "--only", "named-units-installed"]);
    let lines: Vec<&str> = told.lines().map(str::trim_start).collect();
    let wanted = [
        "wrong    named-units-installed    postgres.service is not installed",
        "wanted: the name of a unit that is installed",
        "next: correct gate.units by systemctl list-unit-files, or install the unit; then cloud-timesync apply",
    ];
    assert_eq!((code, &lines[..3]), (1, &wanted[..]), "{told}");
    tree.put("etc/cloud-timesync/config.toml", "[gate]\nunits = [\"postgresql.service\"]\n");
    assert_eq!(tree.says(&["verify", "--only", "named-units-installed"]).0, 0);
}

#[test]
fn a_source_that_is_refused_is_told_with_its_reason() {
    let found = found(&Tree::applied("aws-debian13-beside"), "sources-accepted");
    assert!(found.starts_with("the source pool pool.ntp.org is left out: it does not smear"), "{found}");
}

#[test]
fn a_platform_without_sources_leaves_all_to_the_distribution() {
    let tree = Tree::applied("unknown-debian13-dell");
    let decides = "the distribution's chrony.conf decides";
    assert_eq!(
        ITS_OWNERS.map(|check| found(&tree, check)),
        [decides, decides, decides, "it is not installed"]
    );
}

#[test]
fn one_check_and_many_are_summed_up_in_a_sentence() {
    let tree = Tree::applied("aws-debian13");
    let summary = |names: &[&str]| {
        let only: Vec<&str> = names.iter().flat_map(|name| ["--only", name]).collect();
        let (_, told) = tree.says(&[&["verify"], &only[..]].concat());
        told.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(summary(&["gate-mode"]), "The check is right.");
    assert_eq!(summary(&["gate-mode", "makestep"]), "All 2 checks are right.");
    tree.mode(DROP_IN, 0o600);
    tree.remove("etc/passwd");
    assert_eq!(summary(&["gate-mode"]), "The check is wrong.");
    assert_eq!(summary(&["driftfile"]), "The check could not be made.");
    assert_eq!(summary(&["driftfile", "makestep"]), "1 of 2 checks could not be made, the other is right.");
    let three = ["driftfile", "makestep", "rtcsync"];
    assert_eq!(summary(&three), "1 of 3 checks could not be made, the others are right.");
    assert_eq!(summary(&["driftfile", "gate-mode"]), "1 of 2 checks is wrong, 1 could not be made.");
    std::fs::remove_dir_all(tree.at(FIRMWARE)).expect("it was there");
    assert_eq!(summary(&["driftfile", "platform-known"]), "2 of 2 checks could not be made.");
}
