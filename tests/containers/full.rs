//! A /run that is full, or nearly, when the agent starts. What is in the way there is systemd.

use std::fs;

use super::agent::said_of_the_reload;
use super::*;

/// Before the agent starts, this is done to /run, of which `$used` KiB and `$inodes` inodes are in use.
fn before_the_agent(container: &Container, script: &str) {
    container.write(
        "usr/lib/containers/fill",
        &format!(
            "used=$(df --output=used /run | tail -1)\ninodes=$(df --output=iused /run | tail -1)\n{script}\ndf /run\n"
        ),
    );
    container.write(
        "etc/systemd/system/bench-full.service",
        "[Unit]\nAfter=dbus.service systemd-logind.service\nBefore=cloud-timesync.service\n\
         [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -eu /usr/lib/containers/fill\n\
         [Install]\nWantedBy=multi-user.target\n",
    );
    run(container.chroot("systemctl").args(["enable", "bench-full.service"]));
}

fn assert_configured(container: &Container, evidence: &Evidence) {
    let conf = container.read("etc/chrony/chrony.conf").expect("a chrony.conf");
    assert!(conf.contains("server 169.254.169.123 "), "{conf}\n{}", evidence.timeline());
    assert!(container.read("etc/systemd/system/scylla-server.service.d/10-time-sync.conf").is_some());
}

/// systemd keeps 16 MiB for itself: with less, it reloads nothing.
#[test]
fn too_little_room_for_a_reload_costs_no_gate() {
    for release in [Release::Debian12, Release::Debian13] {
        let container = Container::of(release);
        before_the_agent(&container, "mount -o remount,size=$((used + 8192))k /run");
        let evidence = container.boot();
        assert!(said_of_the_reload(&evidence, "not enough space"), "{}", evidence.timeline());
        assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
        assert_configured(&container, &evidence);
        for (check, verdict) in [("gate-in-force", "wrong"), ("database-waited", "right")] {
            assert_eq!(evidence.found(check).0, verdict, "{check}\n{}", evidence.timeline());
        }
    }
}

/// chronyd cannot write down its number then, and systemd waits for that as long as a start may take.
#[test]
fn no_room_at_all_holds_the_database_until_chronyd_failed() {
    let container = Container::of(Release::Debian13);
    container.drop_in("chrony.service", "[Service]\nTimeoutStartSec=6\n");
    before_the_agent(
        &container,
        "mount -o remount,size=$((used + 64))k /run; dd if=/dev/zero of=/run/filler || dd if=/dev/zero of=/run/rest || true",
    );
    let evidence = container.boot();
    assert_configured(&container, &evidence);
    let started = |unit| evidence.started(unit).unwrap_or_else(|| panic!("{unit}\n{}", evidence.timeline()));
    let ((chronyd, failed), (database, result)) =
        (started("chrony.service"), started("scylla-server.service"));
    assert_eq!((failed, result), ("failed", "done"), "{}", evidence.timeline());
    assert!(chronyd <= database, "{}", evidence.timeline());
}

/// Neither the agent nor chronyd is started by systemd without an inode for their folders and mounts.
#[test]
fn no_inodes_cost_no_database_and_the_next_boot_is_gated() {
    for release in [Release::Debian12, Release::Debian13] {
        let container = Container::of(release);
        let before = container.read("etc/chrony/chrony.conf");
        before_the_agent(
            &container,
            "mkdir /run/filler; mount -o remount,nr_inodes=$((inodes + 50)) /run
             for n in $(seq 300); do (: > /run/filler/$n) || break; done 2> /dev/null",
        );
        let full = container.boot();
        let failed = full.failed_units();
        assert!(failed.contains(&"cloud-timesync.service"), "{failed:?}\n{}", full.timeline());
        assert_eq!(full.started("chrony.service").map(|(_, result)| result), Some("failed"));
        assert_eq!(full.started("scylla-server.service").map(|(_, result)| result), Some("done"));
        assert_eq!(container.read("etc/chrony/chrony.conf"), before, "{}", full.timeline());
        let link = container.root().join("etc/systemd/system/multi-user.target.wants/bench-full.service");
        fs::remove_file(link).expect("no more of that");
        let next = container.boot();
        assert_eq!(waited(&next), Ok(()), "{}", next.timeline());
        assert_configured(&container, &next);
    }
}
