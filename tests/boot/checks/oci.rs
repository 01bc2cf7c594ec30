//! A machine that is wrong from its boot on: on OCI by its firmware, before a metadata service of AWS, with a time server
//! that vouches for little, and with somebody who starts the database by hand.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::super::*;
use super::{Break, assert_each_changes, complaints, script};

/// Without an answer from its only server chronyd knows nothing.
const BREAKS: &[Break] = &[
    ("a metadata service of another cloud", "until_proved", "filter 'tcp dport 80 reject'", &["imds-agrees"]),
    ("a metadata service that does not answer", "", "", &[]),
    (
        "a filter that drops, and a server that answers",
        "filter 'udp dport 123 accept'; filter 'udp dport 123 drop'",
        "nft flush chain inet bench output; filter 'tcp dport 80 reject'",
        &[],
    ),
    (
        "a filter in the way",
        "filter 'udp dport 123 drop'; chronyc reset sources",
        "nft flush chain inet bench output; filter 'tcp dport 80 reject'; chronyc burst 4/4; until_selected",
        &["firewall", "leap-status", "offset?", "reference", "root-distance?", "stratum?"],
    ),
    ("a chronyd that is two hours old", "two_hours_later", "", &["drift-written", "root-distance"]),
    ("the same with a driftfile", "touch /var/lib/chrony/drift", "umount /proc/uptime", &["root-distance"]),
    ("an ordering cycle", "cycle", "", &["no-ordering-cycle"]),
];

const TOOLS: &str = r#"
nft add table inet bench
nft add chain inet bench output '{ type filter hook output priority 0; }'
filter() { nft add rule inet bench output $1; }
# The service gets 2 s, which a busy host's guest may not have.
until_proved() {
    local try
    for try in $(seq 20); do
        cloud-timesync verify --only imds-agrees
        [ $? != 1 ] || return
    done
}
# Each after the other. systemd says so when it is asked to start them.
cycle() {
    printf '[Unit]\nWants=bench-b.service\nAfter=bench-b.service\n[Service]\nExecStart=true\n' \
        > /run/systemd/system/bench-a.service
    printf '[Unit]\nAfter=bench-a.service\n[Service]\nExecStart=true\n' > /run/systemd/system/bench-b.service
    systemctl daemon-reload
    systemctl start bench-a
    journalctl --sync
}
"#;

/// A unit that starts the database without asking what it waits for.
const IMPATIENT: &str = "[Unit]\nAfter=cloud-timesync.service\nBefore=chrony-wait.service\n[Service]\nType=oneshot\n\
    ExecStart=systemctl start --no-block --job-mode=ignore-dependencies scylla-server.service\n";

fn with_an_impatient_operator(root: &Path) {
    write(root, "usr/lib/systemd/system/bench-impatient.service", IMPATIENT);
    let wants = root.join("etc/systemd/system/multi-user.target.wants/bench-impatient.service");
    std::os::unix::fs::symlink("/usr/lib/systemd/system/bench-impatient.service", wants)
        .expect("enabling the impatient unit");
}

#[test]
fn a_boot_that_is_wrong_is_judged_wrong() {
    let disk = Disk::twisted(Release::Debian13, with_an_impatient_operator);
    let cloud = Cloud::new(Some(imds::aws), &[METADATA]).vague();
    let evidence = Boot::of(&disk, Machine::Oci, cloud)
        .look(&format!("{TOOLS}{}", script(BREAKS)))
        .looking_for(Duration::from_secs(600))
        .run();

    let early = gated(&evidence);
    assert!(
        matches!(early, Err(Ungated::StartedBeforeTheWaitEnded { .. })),
        "{early:?}\n{}",
        evidence.timeline()
    );
    let judged = evidence.agent().into_iter().any(|entry| entry.says("this boot is wrong: "));
    assert!(judged, "{}", evidence.timeline());
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report");
    // The clock is nine years off until chronyd steps it, and the database runs by then.
    let wrong = ["database-waited", "no-step-under-database"];
    assert_eq!(complaints(&report), wrong.map(str::to_owned).into());
    assert_each_changes(BREAKS, &wrong, &evidence.look());
    let cycle = evidence.first(|entry| entry.says("ordering cycle")).map(|entry| entry.says("bench-"));
    assert_eq!(cycle, Some(true), "another cycle than the one that was made\n{}", evidence.timeline());
}

/// Waits until chronyd is older than that. Its start is this boot's: nothing restarts it.
const AFTER_13_MINUTES: &str = r#"
started=$(($(systemctl show --value -p ExecMainStartTimestampMonotonic chrony) / 1000000))
early="$(cloud-timesync verify --json --only root-distance)"
until [ "$(($(cut -d. -f1 /proc/uptime) - started))" -gt 780 ]; do sleep 5; done
echo "$early"
cloud-timesync verify --json --only root-distance --only rtc
"#;

#[test]
#[ignore = "make test-all"]
fn a_server_that_vouches_for_little_is_wrong_after_ten_minutes() {
    let disk = Disk::of(Release::Debian13);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws().vague());
    let evidence = boot.look(AFTER_13_MINUTES).looking_for(Duration::from_secs(900)).run();
    let reports: Vec<BTreeSet<String>> = evidence.look().lines().map(complaints).collect();
    let wrong = BTreeSet::from(["root-distance".to_owned()]);
    assert_eq!(reports, [BTreeSet::new(), wrong], "{}", evidence.look());
}
