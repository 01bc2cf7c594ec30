//! What breaks on another machine than AWS's.

use super::{Break, CONF, assert_changes};

/// A platform without sources of its own: chrony.conf is the distribution's, and each directive has its check.
const THEIRS: &str = "unknown-debian13-dell";

const WAIT_DROP_IN: &str = "etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf";

/// By the machine.
pub const ELSEWHERE: &[(&str, Break)] = &[
    (
        "aws-rhel9-hardened",
        ("a wait that asks the closed port", |tree| tree.remove(WAIT_DROP_IN), &["chrony-wait-drop-in"]),
    ),
    (
        "aws-rhel9-hardened",
        (
            "no socket either",
            |tree| {
                let extra = "extra = [\"port 0\", \"cmdport 0\", \"bindcmdaddress /\"]";
                tree.edit("etc/cloud-timesync/config.toml", "extra = [\"port 0\", \"cmdport 0\"]", extra);
                tree.well(&["apply"], "the hardened machine");
            },
            &["chrony-wait-drop-in"],
        ),
    ),
    (THEIRS, ("nothing", |_| (), &[])),
    (THEIRS, ("no step", |tree| tree.edit(CONF, "makestep 1 3", ""), &["makestep"])),
    (THEIRS, ("a late step", |tree| tree.edit(CONF, "makestep 1 3", "makestep 10 -1"), &["makestep"])),
    (THEIRS, ("no rtcsync", |tree| tree.edit(CONF, "\nrtcsync", ""), &["rtcsync"])),
    (
        THEIRS,
        ("a relative driftfile", |tree| tree.edit(CONF, "driftfile /var", "driftfile var"), &["driftfile"]),
    ),
    (
        THEIRS,
        ("a driftfile nowhere", |tree| tree.edit(CONF, "/lib/chrony/c", "/lib/chronie/c"), &["driftfile"]),
    ),
    (
        THEIRS,
        (
            "a source that smears next to a leap second table",
            |tree| tree.edit(CONF, "pool 2.debian.pool.ntp.org", "pool time.google.com"),
            &["one-time-scale"],
        ),
    ),
    (
        THEIRS,
        (
            "no source",
            |tree| tree.put(CONF, "makestep 1 3\nrtcsync\ndriftfile /var/lib/chrony/drift\n"),
            &["source-directives"],
        ),
    ),
    (
        THEIRS,
        (
            "directives in fragments",
            |tree| {
                tree.put(CONF, "confdir /etc/chrony/conf.d\nsourcedir /etc/chrony/sources.d\n");
                tree.put("etc/chrony/conf.d/a.conf", "makestep 1 3\nrtcsync\ninclude /etc/more.conf\n");
                tree.put("etc/more.conf", "driftfile /var/lib/chrony/drift\n");
                tree.put("etc/chrony/sources.d/a.sources", "server 10.0.0.1 iburst\n");
            },
            &[],
        ),
    ),
    (
        THEIRS,
        (
            "a fragment that takes the step away again",
            |tree| {
                tree.edit(CONF, "makestep 1 3", "makestep 1 3\nconfdir /etc/chrony/conf.d");
                tree.put("etc/chrony/conf.d/site.conf", "makestep 100 1\n");
            },
            &["makestep"],
        ),
    ),
    (
        THEIRS,
        (
            "an include of what is not there",
            |tree| tree.edit(CONF, "makestep 1 3", "makestep 1 3\ninclude /etc/none.conf"),
            &["one-configuration-file"],
        ),
    ),
    (
        THEIRS,
        (
            "an include of nothing",
            |tree| tree.edit(CONF, "makestep 1 3", "makestep 1 3\ninclude"),
            &["one-configuration-file"],
        ),
    ),
    (
        "gce-debian12-skew",
        (
            "Google's clock skew daemon, by an edit",
            |tree| tree.put("etc/default/instance_configs.cfg", "[Daemons]\nclock_skew_daemon = true\n"),
            &["skew-daemon-off"],
        ),
    ),
    ("aws-debian13-units", ("a name in gate.units that no unit has", |_| (), &["named-units-installed"])),
    (
        "aws-debian13-beside",
        (
            "a source of another time scale",
            |tree| tree.edit("etc/cloud-timesync/config.toml", "platforms = [\"kvm\"]", "beside = true"),
            &["sources-accepted"],
        ),
    ),
];

#[test]
fn each_check_goes_wrong_for_its_own_reason_elsewhere() {
    ELSEWHERE.iter().for_each(|(machine, broken)| assert_changes(machine, broken));
}
