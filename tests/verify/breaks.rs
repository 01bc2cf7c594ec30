//! The table: one thing in a tree is broken, and these checks change.

use std::fs;

use test_support::Tree;

use super::{CONF, DROP_IN};

const WAIT: &str = "etc/systemd/system/multi-user.target.wants/chrony-wait.service";

/// What is broken, how, and which checks change: "?" marks one that could not be made.
type Break = (&'static str, fn(&Tree), &'static [&'static str]);

pub const BREAKS: &[Break] = &[
    ("nothing", |_| (), &[]),
    (
        "chrony's unit is gone",
        |tree| tree.remove("usr/lib/systemd/system/chrony.service"),
        &[
            "chrony-conf?",
            "chrony-enabled?",
            "chrony-installed",
            "chrony-wait-enabled?",
            "chronyd-options?",
            "driftfile?",
            "makestep?",
            "one-configuration-file?",
            "one-time-scale?",
            "plan-is-empty?",
            "rtcsync?",
            "serves-only-the-cluster?",
            "source-directives?",
        ],
    ),
    (
        "neither chrony's unit nor a gate",
        |tree| ["usr/lib/systemd/system/chrony.service", DROP_IN].iter().for_each(|path| tree.remove(path)),
        &[
            "chrony-conf?",
            "chrony-enabled?",
            "chrony-installed",
            "chrony-wait-enabled?",
            "chronyd-options?",
            "driftfile?",
            "gate-drop-in?",
            "makestep?",
            "one-configuration-file?",
            "one-time-scale?",
            "plan-is-empty?",
            "rtcsync?",
            "serves-only-the-cluster?",
            "source-directives?",
        ],
    ),
    ("a comment in chrony.conf", |tree| tree.edit(CONF, "# Let", "# Mine: let"), &["chrony-conf"]),
    ("chrony.conf's mode", |tree| tree.mode(CONF, 0o600), &["chrony-conf", "plan-is-empty"]),
    (
        "no chrony.conf",
        |tree| tree.remove(CONF),
        &[
            "chrony-conf",
            "driftfile?",
            "makestep?",
            "one-configuration-file?",
            "one-time-scale?",
            "plan-is-empty",
            "rtcsync?",
            "serves-only-the-cluster?",
            "source-directives?",
        ],
    ),
    (
        "a second source",
        |tree| tree.edit(CONF, "rtcsync", "server 10.1.2.3\nrtcsync"),
        &["chrony-conf", "one-time-scale?", "source-directives"],
    ),
    (
        "a server for everybody",
        |tree| tree.edit(CONF, "rtcsync", "allow\nrtcsync"),
        &["chrony-conf", "serves-only-the-cluster"],
    ),
    (
        "a source that does not smear",
        |tree| tree.edit(CONF, "rtcsync", "pool 2.debian.pool.ntp.org\nrtcsync"),
        &["chrony-conf", "one-time-scale", "source-directives"],
    ),
    (
        "a leap second table",
        |tree| tree.edit(CONF, "rtcsync", "leapseclist /x\nrtcsync"),
        &["chrony-conf", "one-time-scale"],
    ),
    (
        "a directory of fragments",
        |tree| tree.edit(CONF, "rtcsync", "confdir /etc/chrony/conf.d\nrtcsync"),
        &["chrony-conf", "one-configuration-file"],
    ),
    ("no step", |tree| tree.edit(CONF, "makestep 1.0 -1", ""), &["chrony-conf", "makestep"]),
    (
        "a late step",
        |tree| tree.edit(CONF, "makestep 1.0 -1", "makestep 10 -1"),
        &["chrony-conf", "makestep"],
    ),
    (
        "another step policy",
        |tree| tree.edit(CONF, "makestep 1.0 -1", "makestep 1.0 3"),
        &["chrony-conf", "makestep"],
    ),
    ("the same in other words", |tree| tree.edit(CONF, "makestep 1.0 -1", "makestep 1 -1"), &["chrony-conf"]),
    ("measurements that are kept", |tree| tree.edit(CONF, "maxsamples 4", ""), &["chrony-conf", "makestep"]),
    ("no bound on the jitter", |tree| tree.edit(CONF, "maxjitter 0.03", ""), &["chrony-conf", "makestep"]),
    ("no rtcsync", |tree| tree.edit(CONF, "\nrtcsync", ""), &["chrony-conf", "rtcsync"]),
    (
        "a relative driftfile",
        |tree| tree.edit(CONF, "driftfile /var", "driftfile var"),
        &["chrony-conf", "driftfile"],
    ),
    (
        "a driftfile nowhere",
        |tree| tree.edit(CONF, "/lib/chrony/", "/lib/chronie/"),
        &["chrony-conf", "driftfile"],
    ),
    ("a closed drift directory", |tree| tree.mode("var/lib/chrony", 0o750), &["driftfile"]),
    ("no users", |tree| tree.remove("etc/passwd"), &["driftfile?"]),
    (
        "a fragment",
        |tree| tree.put("etc/chrony/sources.d/x.sources", "server 10.1.2.3\n"),
        &["no-fragments", "plan-is-empty"],
    ),
    (
        "cloud-init's NTP",
        |tree| tree.remove("etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg"),
        &["cloud-init-leaves-ntp", "plan-is-empty"],
    ),
    (
        "chrony disabled",
        |tree| tree.remove("etc/systemd/system/multi-user.target.wants/chrony.service"),
        &["chrony-enabled", "plan-is-empty"],
    ),
    (
        "chrony masked",
        |tree| tree.link("/dev/null", "etc/systemd/system/chrony.service"),
        &["chrony-enabled"],
    ),
    ("the wait disabled", |tree| tree.remove(WAIT), &["chrony-wait-enabled", "plan-is-empty"]),
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
        &["no-other-daemon-enabled", "plan-is-empty"],
    ),
    ("timesyncd, not enabled", |tree| tree.put("usr/lib/systemd/system/systemd-timesyncd.service", ""), &[]),
    (
        "DAEMON_OPTS",
        |tree| tree.put("etc/default/chrony", "DAEMON_OPTS=\"-F 1 -f /run/x.conf\"\n"),
        &["chronyd-options"],
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
            let unit = include_str!("../../systemd/cloud-timesync.service");
            tree.put("usr/lib/systemd/system/cloud-timesync.service", unit);
        },
        &["agent-enabled"],
    ),
    ("no drop-in", |tree| tree.remove(DROP_IN), &["gate-drop-in", "plan-is-empty"]),
    ("another drop-in", |tree| tree.put(DROP_IN, "[Unit]\nAfter=time-sync.target\n"), &["gate-drop-in"]),
    ("the drop-in's mode", |tree| tree.mode(DROP_IN, 0o600), &["gate-mode", "plan-is-empty"]),
    (
        "no firmware",
        |tree| fs::remove_dir_all(tree.at("sys/class/dmi")).expect("it was there"),
        &["platform-known?"],
    ),
];

/// What breaks on another machine than the others.
pub const ELSEWHERE: &[(&str, Break)] = &[
    (
        "gce-debian12-skew",
        (
            "Google's clock skew daemon",
            |tree| tree.put("etc/default/instance_configs.cfg", "[Daemons]\nclock_skew_daemon = true\n"),
            &["skew-daemon-off"],
        ),
    ),
    ("aws-debian13-units", ("a name in gate.units that no unit has", |_| (), &["named-units-installed"])),
    ("aws-debian13-beside", ("a source of another time scale", |_| (), &["sources-accepted"])),
];
