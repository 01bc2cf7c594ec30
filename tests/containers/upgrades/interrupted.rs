//! Starts of the agent that end early, and a boot without a journal.

use std::fs;
use std::os::unix::fs::symlink;

use super::{assert_told, boot};
use crate::container::Container;
use test_support::bench::Release;

/// Nobody answers on the bus, and the time limit of the unit is shorter than the agent's patience with it.
#[test]
fn a_start_that_times_out_leaves_no_lock() {
    let container = Container::of(Release::Debian13);
    container.drop_in("dbus.service", "[Service]\nType=exec\nExecStart=\nExecStart=sleep infinity\n");
    container.drop_in("cloud-timesync.service", "[Service]\nTimeoutStartSec=2s\n");
    // It waits for the bus, and would hold the boot up.
    mask(&container, "systemd-logind.service");
    // The gate is closed without the agent, and the image's own servers answer nobody.
    container.write("etc/chrony/conf.d/10-cloud.conf", "server 169.254.169.123 iburst\n");
    let script = "
        systemctl show cloud-timesync.service --property Result --value
        remember
        does cloud-timesync apply
        database | cmp - /tmp/database && echo the database is untouched
        does cloud-timesync plan --exit-code
    ";
    let evidence = boot(&container, script);
    assert_told(
        &evidence,
        &[
            "timeout",
            "cloud-timesync apply exits with 0",
            "the database is untouched",
            "cloud-timesync plan exits with 0",
        ],
    );
    let said = evidence.look();
    assert!(!said.contains("another run"), "the lock is left: {said}");
    assert_eq!(evidence.failed_units(), ["cloud-timesync.service"]);
}

const JOURNALD: [&str; 4] = [
    "systemd-journald.service",
    "systemd-journald.socket",
    "systemd-journald-dev-log.socket",
    "systemd-journald-audit.socket",
];

/// Row 53. What only the journal knows is not known.
#[test]
fn without_a_journal_the_boot_waits_all_the_same() {
    let container = Container::of(Release::Debian13);
    JOURNALD.iter().for_each(|unit| mask(&container, unit));
    // The bench reads a journal, and gets what is left of the boot.
    let script = "
        systemctl show cloud-timesync.service --property Result,ExecMainStatus
        systemctl is-active systemd-journald.service
        does cloud-timesync plan --exit-code
        waited
        does cloud-timesync verify --skip chronyd-options --skip chronyd-command-line
        cd /etc/systemd/system && rm systemd-journald* && systemctl daemon-reload
        systemctl start systemd-journald.socket systemd-journald.service && echo done | systemd-cat
        journalctl --flush
    ";
    let evidence = boot(&container, script);
    assert_told(
        &evidence,
        &[
            "Result=success",
            "ExecMainStatus=0",
            "inactive",
            "cloud-timesync plan exits with 0",
            "the database waited",
            "cloud-timesync verify exits with 3",
            "1 of 50 checks could not run.",
        ],
    );
}

/// Stopped, not ended: what is sent there is not read.
#[test]
fn a_journal_that_hangs_holds_nothing_up() {
    let container = Container::of(Release::Debian13);
    container.drop_in("cloud-timesync.service", "[Service]\nExecStartPre=+pkill -STOP systemd-journal\n");
    let script = "
        ps -o stat= -C systemd-journald | cut -c1
        systemctl show cloud-timesync.service --property Result,ExecMainStatus
        waited
        pkill -CONT systemd-journal
        journalctl --sync
        does cloud-timesync plan --exit-code
        does cloud-timesync verify --skip chronyd-options --skip chronyd-command-line
    ";
    let evidence = boot(&container, script);
    assert_told(
        &evidence,
        &[
            "T",
            "Result=success",
            "ExecMainStatus=0",
            "the database waited",
            "cloud-timesync plan exits with 0",
            "cloud-timesync verify exits with 0",
        ],
    );
}

fn mask(container: &Container, unit: &str) {
    let link = container.root().join("etc/systemd/system").join(unit);
    fs::create_dir_all(link.parent().expect("below the root")).expect("making a directory");
    symlink("/dev/null", link).expect("masking a unit");
}
