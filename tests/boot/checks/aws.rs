//! A right machine, on which one thing at a time is broken.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::*;
use super::{Break, assert_each_changes, complaints, script};

const BREAKS: &[Break] = &[
    ("nothing", "", "", &[]),
    (
        "chrony stopped",
        "systemctl stop chrony",
        "systemctl start chrony chrony-wait",
        &[
            "chrony-running",
            "chronyd-command-line?",
            "leap-status?",
            "no-other-source?",
            "offset?",
            "reference?",
            "root-distance?",
            "sources-agree?",
            "stratum?",
        ],
    ),
    (
        "the clock set 5 s off while chrony is stopped",
        "systemctl stop chrony; date -s '+5 seconds'",
        "systemctl start chrony chrony-wait",
        &[
            "chrony-running",
            "chronyd-command-line?",
            "leap-status?",
            "no-other-source?",
            "offset?",
            "reference?",
            "root-distance?",
            "rtc",
            "sources-agree?",
            "stratum?",
        ],
    ),
    ("an edit", "echo '# mine' >> /etc/chrony/chrony.conf", "give_back chrony.conf", &["chrony-conf"]),
    (
        "a fragment",
        "echo 'server 169.254.7.98' > /etc/chrony/sources.d/x.sources",
        "rm /etc/chrony/sources.d/x.sources",
        &["no-fragments"],
    ),
    ("a DHCP source that nobody reads", "dhcp", "rm -r /run/chrony-dhcp", &[]),
    (
        "a DHCP source that chronyd would read",
        "dhcp; echo sourcedir /run/chrony-dhcp >> /etc/chrony/chrony.conf",
        "rm -r /run/chrony-dhcp; give_back chrony.conf",
        &["no-dhcp-sources?", "one-configuration-file"],
    ),
    (
        "a source that was added",
        "chronyc add server 169.254.7.98",
        "chronyc delete 169.254.7.98",
        &["no-other-source"],
    ),
    (
        "a clock that is not there",
        "echo 'refclock PHC /dev/ptp9 poll 3' >> /etc/chrony/chrony.conf",
        "give_back chrony.conf",
        &["chrony-conf", "ptp-clock?"],
    ),
    (
        "no drop-in",
        "rm /etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
        "give_back 10-time-sync.conf",
        &["gate-drop-in"],
    ),
    (
        "the drop-in's mode",
        "chmod 0600 /etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
        "chmod 0644 /etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
        &["gate-mode"],
    ),
    (
        "chrony-wait disabled",
        "systemctl disable chrony-wait",
        "systemctl enable chrony-wait",
        &["chrony-wait-enabled"],
    ),
    (
        "chrony-wait masked",
        "systemctl mask chrony-wait",
        "systemctl unmask chrony-wait",
        &["chrony-wait-enabled"],
    ),
    (
        "a wait without an end",
        "in_run chrony-wait '[Service]\\nTimeoutStartSec=infinity\\n'",
        "rm -r /run/systemd/system/chrony-wait.service.d; systemctl daemon-reload",
        &["chrony-wait-timeout"],
    ),
    (
        "a wait that fails",
        "in_run chrony-wait '[Service]\\nExecStart=\\nExecStart=/bin/false\\n'; systemctl restart chrony-wait",
        "rm -r /run/systemd/system/chrony-wait.service.d; systemctl daemon-reload; systemctl restart chrony-wait",
        // Our own wait has seen the clock right in this boot.
        &["chrony-wait-enabled"],
    ),
    (
        "a drop-in that systemd has not read",
        "mv /etc/systemd/system/scylla-server.service.d /tmp/aside; systemctl daemon-reload; \
         mv /tmp/aside /etc/systemd/system/scylla-server.service.d",
        "systemctl daemon-reload",
        &["gate-in-force"],
    ),
    (
        "a target that is not reached",
        "systemctl stop time-sync.target",
        "systemctl restart chrony-wait",
        &["time-sync-reached"],
    ),
    (
        // The next start would read that file, which `apply` writes.
        "DAEMON_OPTS",
        "echo 'DAEMON_OPTS=\"-F 1 -f /etc/chrony/other.conf\"' > /etc/default/chrony",
        "give_back chrony",
        &["chrony-conf", "no-dhcp-sources?"],
    ),
    (
        "a chronyd that runs on another file",
        "cp /etc/chrony/chrony.conf /etc/chrony/other.conf; \
         echo 'DAEMON_OPTS=\"-F 1 -f /etc/chrony/other.conf\"' > /etc/default/chrony; \
         systemctl restart chrony; systemctl start chrony-wait; give_back chrony",
        "rm /etc/chrony/other.conf; systemctl restart chrony; systemctl start chrony-wait",
        &["chronyd-command-line"],
    ),
    (
        "timesyncd enabled",
        "timesyncd; systemctl enable systemd-timesyncd",
        "systemctl disable systemd-timesyncd",
        &["no-other-daemon-enabled"],
    ),
    (
        "timesyncd running",
        "systemctl start systemd-timesyncd",
        "systemctl stop systemd-timesyncd",
        &["no-other-daemon-enabled", "no-other-daemon-running?"],
    ),
    (
        "sources that are forgotten",
        "chronyc offline; chronyc reset sources",
        "chronyc online; chronyc burst 4/4; until_selected",
        &["leap-status", "offset?", "reference", "root-distance?", "stratum?"],
    ),
    (
        "the clock set 5 s off under a running chronyd",
        // Few updates after a restart it would step by itself, and be right again; and with what it measured before the
        // jump it follows nobody until that is forgotten.
        "chronyc makestep 1 0; date -s '+5 seconds'; chronyc reset sources; chronyc burst 4/4; until_offset large",
        "chronyc makestep; until_offset small",
        &["offset"],
    ),
    (
        "a chronyd that is too old",
        "printf '#!/bin/sh\\necho \"chronyd (chrony) version 3.5 (+CMDMON)\"\\n' > /tmp/old; chmod 0755 /tmp/old; \
         mount --bind /tmp/old /usr/sbin/chronyd",
        "umount /usr/sbin/chronyd",
        &["chrony-version"],
    ),
    (
        "a chronyd that nobody can run",
        "chmod a-x /usr/sbin/chronyd",
        "chmod a+x /usr/sbin/chronyd",
        &["chrony-version?"],
    ),
    (
        "a journal that nobody can read",
        "chmod a-x /usr/bin/journalctl",
        "chmod a+x /usr/bin/journalctl",
        &["database-waited?", "no-ordering-cycle?", "no-step-under-database?"],
    ),
    ("nothing any more", "", "", &[]),
];

#[test]
fn each_check_goes_wrong_for_its_own_reason() {
    // A clock that is slewed is wrong for as long as a check takes.
    let disk = Disk::twisted(Release::Debian13, |root| {
        write(root, "etc/cloud-timesync/config.toml", "step_policy = \"plan\"\n");
    });
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws()).look(&script(BREAKS));
    let evidence = boot.looking_for(Duration::from_secs(600)).run();

    assert_gated(&evidence);
    let verdict = evidence.agent().into_iter().find(|entry| entry.says("this boot is"));
    let verdict = verdict.unwrap_or_else(|| panic!("nobody judged the boot\n{}", evidence.timeline()));
    assert!(verdict.message().starts_with("this boot is right: All "), "{}", evidence.timeline());
    let started = evidence.start_of("scylla-server.service").expect("it is gated").at();
    assert!(verdict.at() > started, "the boot was judged before the database was up");
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report");
    assert_eq!(complaints(&report), BTreeSet::new());
    assert_each_changes(BREAKS, &[], &evidence.look());
}
