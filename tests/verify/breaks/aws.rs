//! What breaks on AWS's machine.

use std::fs;

use test_support::Tree;

use super::{Break, CONF, DROP_IN, assert_changes};

const WAIT: &str = "etc/systemd/system/multi-user.target.wants/chrony-wait.service";

/// Enables a unit, by a file that may be a template.
fn enable(tree: &Tree, unit: &str, file: &str, text: &str) {
    let path = format!("usr/lib/systemd/system/{file}");
    tree.put(&path, text);
    tree.link(&format!("/{path}"), &format!("etc/systemd/system/multi-user.target.wants/{unit}"));
}

pub const BREAKS: &[Break] = &[
    ("nothing", |_| (), &[]),
    ("chrony's unit is gone", |tree| tree.remove("usr/lib/systemd/system/chrony.service"), WITHOUT_CHRONY),
    ("a comment in chrony.conf", |tree| tree.edit(CONF, "# Let", "# Mine: let"), &["chrony-conf"]),
    ("chrony.conf's mode", |tree| tree.mode(CONF, 0o600), &["chrony-conf"]),
    ("no chrony.conf", |tree| tree.remove(CONF), &["chrony-conf"]),
    ("a second source", |tree| tree.edit(CONF, "rtcsync", "server 10.1.2.3\nrtcsync"), &["chrony-conf"]),
    ("a leap second table", |tree| tree.edit(CONF, "rtcsync", "leapseclist /x\nrtcsync"), &["chrony-conf"]),
    ("no step", |tree| tree.edit(CONF, "makestep 1.0 -1", ""), &["chrony-conf"]),
    ("another step policy", |tree| tree.edit(CONF, "makestep 1.0 -1", "makestep 1.0 3"), &["chrony-conf"]),
    ("no rtcsync", |tree| tree.edit(CONF, "\nrtcsync", ""), &["chrony-conf"]),
    ("a relative driftfile", |tree| tree.edit(CONF, "driftfile /var", "driftfile var"), &["chrony-conf"]),
    (
        "a server for every network",
        |tree| tree.edit(CONF, "rtcsync", "allow\nrtcsync"),
        &["serves-only-the-cluster"],
    ),
    (
        "a directory of fragments",
        |tree| tree.edit(CONF, "rtcsync", "confdir /etc/chrony/conf.d\nrtcsync"),
        &["one-configuration-file"],
    ),
    (
        "a directory of fragments, and no rtcsync",
        |tree| tree.edit(CONF, "rtcsync", "confdir /etc/chrony/conf.d"),
        &["chrony-conf", "one-configuration-file"],
    ),
    (
        "no drift directory",
        |tree| std::fs::remove_dir_all(tree.at("var/lib/chrony")).expect("it is there"),
        &["driftfile"],
    ),
    ("a fragment", |tree| tree.put("etc/chrony/sources.d/x.sources", "server 10.1.2.3\n"), &["no-fragments"]),
    (
        "cloud-init's NTP",
        |tree| tree.remove("etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg"),
        &["cloud-init-leaves-ntp"],
    ),
    (
        "cloud-init's NTP, by an edit",
        |tree| tree.put("etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg", "ntp:\n  enabled: true\n"),
        &["cloud-init-leaves-ntp"],
    ),
    (
        "chrony disabled",
        |tree| tree.remove("etc/systemd/system/multi-user.target.wants/chrony.service"),
        &["chrony-enabled"],
    ),
    (
        "chrony masked",
        |tree| tree.link("/dev/null", "etc/systemd/system/chrony.service"),
        &["chrony-enabled"],
    ),
    ("the wait disabled", |tree| tree.remove(WAIT), &["chrony-wait-enabled"]),
    (
        "the wait masked",
        |tree| tree.link("/dev/null", "etc/systemd/system/chrony-wait.service"),
        &["chrony-wait-enabled"],
    ),
    (
        "timesyncd",
        |tree| {
            tree.put(
                "usr/lib/systemd/system/systemd-timesyncd.service",
                "[Install]\nWantedBy=sysinit.target\n",
            );
            let wants = "etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service";
            tree.link("/usr/lib/systemd/system/systemd-timesyncd.service", wants);
        },
        &["no-other-daemon-enabled"],
    ),
    (
        "a daemon that no table has, and that conflicts with chronyd",
        |tree| enable(tree, "x.service", "x.service", "[Unit]\nConflicts=chronyd.service\n"),
        &["no-other-daemon-enabled?"],
    ),
    (
        "one that may set the clock, by a timer",
        |tree| {
            tree.put("usr/lib/systemd/system/x.service", "[Service]\nAmbientCapabilities=CAP_SYS_TIME\n");
            enable(tree, "x.timer", "x.timer", "[Timer]\nOnBootSec=1min\n");
        },
        &["no-other-daemon-enabled?"],
    ),
    (
        "a card's clock, in this direction or the other",
        |tree| enable(tree, "phc2sys@eth0.service", "phc2sys@.service", "[Service]\n"),
        &["no-other-daemon-enabled?"],
    ),
    (
        "a unit that may do all but set the clock",
        |tree| {
            let bounds = "CapabilityBoundingSet=~CAP_SYS_BOOT CAP_SYS_TIME\n";
            enable(tree, "x.service", "x.service", &format!("[Service]\n{bounds}"));
        },
        &[],
    ),
    (
        "ClockBound 2, which stands next to chronyd",
        |tree| enable(tree, "clockbound.service", "clockbound.service", "[Service]\nUser=chrony\n"),
        &[],
    ),
    ("timesyncd, not enabled", |tree| tree.put("usr/lib/systemd/system/systemd-timesyncd.service", ""), &[]),
    (
        "DAEMON_OPTS",
        |tree| tree.put("etc/default/chrony", "DAEMON_OPTS=\"-F 1 -f /run/x.conf\"\n"),
        // What is in that file is not looked at.
        &[
            "chrony-conf?",
            "chronyd-options",
            "driftfile?",
            "makestep?",
            "one-time-scale?",
            "rtcsync?",
            "source-directives?",
        ],
    ),
    (
        "options by which chronyd sets no clock",
        |tree| tree.put("etc/default/chrony", "DAEMON_OPTS=\"-F 1 -4x\"\n"),
        &["chronyd-options"],
    ),
    (
        "a chrony-wait that waits for nothing",
        |tree| {
            let exec = "[Service]\nExecStart=\nExecStart=/bin/true\n";
            tree.put("etc/systemd/system/chrony-wait.service.d/x.conf", exec);
        },
        &["chrony-wait-enabled"],
    ),
    (
        "a chrony-wait with a condition",
        |tree| {
            let condition = "[Unit]\nConditionPathExists=/none\n";
            tree.put("etc/systemd/system/chrony-wait.service.d/x.conf", condition);
        },
        &["chrony-wait-enabled"],
    ),
    (
        "a chronyd that an empty file masks",
        |tree| tree.put("etc/systemd/system/chrony.service", ""),
        &["chrony-enabled"],
    ),
    (
        "a chrony-wait that is masked from where it lies",
        |tree| tree.link("../../../dev/null", "etc/systemd/system/chrony-wait.service"),
        &["chrony-wait-enabled"],
    ),
    ("harmless DAEMON_OPTS", |tree| tree.put("etc/default/chrony", "DAEMON_OPTS=\"-F 1\"\n"), &[]),
    (
        "a setting that is none",
        |tree| tree.put("etc/cloud-timesync/config.toml", "frobnicate = 1\n"),
        &["configuration"],
    ),
    (
        "an agent that is not enabled",
        |tree| {
            let unit = include_str!("../../../systemd/cloud-timesync.service");
            tree.put("usr/lib/systemd/system/cloud-timesync.service", unit);
        },
        &["agent-enabled"],
    ),
    ("no drop-in", |tree| tree.remove(DROP_IN), &["gate-drop-in"]),
    ("another drop-in", |tree| tree.put(DROP_IN, "[Unit]\nAfter=time-sync.target\n"), &["gate-drop-in"]),
    ("the drop-in's mode", |tree| tree.mode(DROP_IN, 0o600), &["gate-mode"]),
    (
        "the drop-in of a database that is gone",
        |tree| tree.remove("usr/lib/systemd/system/scylla-server.service"),
        &["gate-drop-in"],
    ),
    (
        "a timeout that is not set yet",
        |tree| tree.put("etc/cloud-timesync/config.toml", "[gate]\ntimeout = 30\n"),
        &["chrony-wait-drop-in"],
    ),
    ("a receipt that is lost", |tree| tree.remove("var/lib/cloud-timesync/receipt.json"), &["plan-is-empty"]),
    ("no firmware", |tree| fs::remove_dir_all(tree.at("sys/class/dmi")).expect("it was there"), &[]),
];

/// Nothing is planned, and the rest cannot be told.
const WITHOUT_CHRONY: &[&str] = &[
    "chrony-conf?",
    "chrony-enabled?",
    "chrony-installed",
    "chrony-wait-drop-in?",
    "chrony-wait-enabled?",
    "chronyd-options?",
    "cloud-init-leaves-ntp?",
    "driftfile?",
    "gate-drop-in?",
    "gate-mode?",
    "makestep?",
    "no-fragments?",
    "no-other-daemon-enabled?",
    "one-time-scale?",
    "plan-is-empty?",
    "rtcsync?",
    "skew-daemon-off?",
    "source-directives?",
];

#[test]
fn each_check_goes_wrong_for_its_own_reason() {
    BREAKS.iter().for_each(|broken| assert_changes("aws-debian13", broken));
}
