//! What `verify` says of what it found: true of this machine, and in one line.

use test_support::Tree;

use super::{CONF, DROP_IN, Verify};

const FIRMWARE: &str = "sys/class/dmi";

/// What a check found.
fn found(tree: &Tree, check: &str) -> String {
    let (_, report) = tree.verify(&["--only", check]);
    report["checks"][0]["found"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_image_prepared_for_a_platform_says_whose_its_conf_is() {
    let tree = Tree::applied("aws-debian13");
    std::fs::remove_dir_all(tree.at(FIRMWARE)).expect("it was there");
    let why = "chrony.conf stays as it is: an image does not tell its platform, and this is for the one that it was \
               prepared for";
    assert_eq!(found(&tree, "chrony-conf"), why);
    assert_eq!(found(&tree, "platform-known"), "decided by the first boot");
}

#[test]
fn a_kept_chrony_conf_is_not_called_the_distributions() {
    let tree = Tree::applied("aws-debian13");
    tree.put("etc/cloud-timesync/config.toml", "chrony_conf = \"keep\"\n");
    let why = "chrony.conf stays as it is: the configuration says chrony_conf = \"keep\"; its text is an earlier run's until \
               cloud-timesync undo";
    assert_eq!(found(&tree, "chrony-conf"), why);
}

#[test]
fn what_others_wrote_forges_no_line_and_steers_no_terminal() {
    let tree = Tree::applied("aws-debian13");
    tree.put("etc/chrony/conf.d/a\nright    chrony-conf              all fine", "");
    let (_, told) = tree.says(&["verify"]);
    assert!(!told.contains("\nright    chrony-conf              all fine"), "{told}");
    let fragments = found(&tree, "no-fragments");
    assert!(fragments.contains("a\\nright "), "{fragments:?}");
    tree.edit(CONF, "rtcsync", "server \u{1b}[2J10.1.2.3\nrtcsync");
    let (_, told) = tree.says(&["verify"]);
    assert!(!told.contains(|letter: char| letter.is_control() && letter != '\n'), "{told:?}");
    let conf = found(&tree, "chrony-conf");
    assert!(conf.contains("\\u{1b}[2J10.1.2.3"), "{conf:?}");
}

/// The report is for every user.
#[test]
fn a_closed_file_does_not_tell_its_lines() {
    let tree = Tree::applied("aws-debian13");
    tree.edit(CONF, "rtcsync", "server 10.1.2.3 key 7\nrtcsync");
    tree.mode(CONF, 0o640);
    let wanted = "local edits: /etc/chrony/chrony.conf has lines that not every user may read";
    assert_eq!(found(&tree, "chrony-conf"), wanted);
}

#[test]
fn a_wrong_name_in_gate_units_is_the_finding() {
    let tree = Tree::applied("aws-debian13");
    tree.remove("usr/lib/systemd/system/scylla-server.service");
    tree.says(&["apply"]);
    assert_eq!(found(&tree, "gate-drop-in"), "no database is installed here");
    tree.put("usr/lib/systemd/system/postgresql.service", "[Service]\nExecStart=/bin/true\n");
    tree.put("etc/cloud-timesync/config.toml", "[gate]\nunits = [\"postgres.service\"]\n");
    assert_eq!(found(&tree, "gate-drop-in"), "nothing waits: postgres.service is not installed");
    let (code, told) = tree.says(&["verify", "--only", "named-units-installed"]);
    let lines: Vec<&str> = told.lines().map(str::trim_start).collect();
    let wanted = [
        "wrong    named-units-installed    postgres.service",
        "wanted: the names of units that are installed",
        "next: correct gate.units by systemctl list-unit-files, or install the unit; then cloud-timesync apply",
    ];
    assert_eq!((code, &lines[..3]), (1, &wanted[..]), "{told}");
    tree.put("etc/cloud-timesync/config.toml", "[gate]\nunits = [\"postgresql.service\"]\n");
    assert_eq!(tree.says(&["verify", "--only", "named-units-installed"]).0, 0);
}

#[test]
fn a_source_that_is_refused_is_told_with_its_reason() {
    let tree = Tree::applied("aws-debian13-beside");
    tree.edit("etc/cloud-timesync/config.toml", "platforms = [\"kvm\"]", "beside = true");
    let says = "the source pool pool.ntp.org of /etc/cloud-timesync/config.toml, line 6 is left out: it does not smear";
    let found = found(&tree, "sources-accepted");
    assert!(found.starts_with(says), "{found}");
    let (code, plan, _) = tree.run(&["plan", "--json"]);
    assert!(code == 2 && plan.contains("line 6 is left out"), "{code}: {plan}");
}

#[test]
fn a_platform_without_sources_leaves_all_to_the_distribution() {
    let tree = Tree::applied("unknown-debian13-dell");
    assert_eq!(found(&tree, "chrony-conf"), "the distribution's chrony.conf decides");
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
    tree.put("etc/systemd/system/multi-user.target.wants/phc2sys@eth0.service", "");
    assert_eq!(summary(&["gate-mode"]), "1 of 1 checks failed.");
    assert_eq!(summary(&["no-other-daemon-enabled", "makestep"]), "1 of 2 checks could not run.");
    assert_eq!(summary(&["no-other-daemon-enabled", "gate-mode"]), "1 of 2 checks failed, 1 could not run.");
}
