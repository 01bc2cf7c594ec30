//! An agent that fails, and a systemd that does not do what it asks for.

use super::*;

const CRASH: &str = "[Service]\nExecStart=\nExecStart=/bin/sh -c 'kill -SEGV $$$$'\n";

/// A later boot, that is: tests/containers/gate.rs has the first one.
#[test]
fn an_agent_that_crashes_leaves_the_gate_of_an_earlier_boot() {
    let container = Container::of(Release::Debian13);
    let good = container.boot();
    assert_eq!(waited(&good), Ok(()), "{}", good.timeline());
    container.drop_in("cloud-timesync.service", CRASH);
    let crashed = container.boot();
    assert_eq!(order(&crashed), Ok(()), "{}", crashed.timeline());
    assert_eq!(crashed.failed_units(), ["cloud-timesync.service"]);
}

/// journald looks at who speaks when it reads what was said: by then the agent may be gone.
#[test]
fn what_the_agent_said_last_is_found_by_its_unit() {
    let journald = "+systemctl kill --kill-whom=main systemd-journald.service --signal";
    let late = format!("[Service]\nExecStartPre={journald}=STOP\nExecStartPost={journald}=CONT\n");
    for release in [Release::Debian12, Release::Debian13] {
        let container = Container::of(release);
        container.drop_in("cloud-timesync.service", &late);
        let evidence = container
            .boot_looking("journalctl --boot --unit cloud-timesync.service --identifier cloud-timesync");
        assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
        assert!(evidence.look().contains("]: done in "), "{}\n{}", evidence.look(), evidence.timeline());
    }
}

/// It would read the same file again, and its samples would be gone.
#[test]
fn a_chrony_conf_that_cannot_be_written_restarts_no_chronyd() {
    let container = Container::of(Release::Debian13);
    let look = "exec 2>&1; pid() { systemctl show --property MainPID --value chrony.service; }; before=$(pid)
printf '[[source]]\nserver = \"127.0.0.1\"\nbeside = true\n' > /etc/cloud-timesync/config.toml.d/more.toml
mount --bind /etc/chrony/chrony.conf /etc/chrony/chrony.conf
cloud-timesync apply; echo exit $?; ls /run/cloud-timesync
[ $before = $(pid) ] && echo the same chronyd
umount /etc/chrony/chrony.conf
cloud-timesync apply; for try in $(seq 50); do [ $before = $(pid) ] || break; sleep 0.2; done
[ $before = $(pid) ] || echo another chronyd";
    let evidence = container.boot_looking(look);
    let told = evidence.look();
    assert!(told.contains("error: writing /etc/chrony/chrony.conf: ") && told.contains("exit 1\n"), "{told}");
    assert!(!told.contains("restart-owed"), "{told}");
    assert!(told.contains("the same chronyd\n") && told.contains("another chronyd\n"), "{told}");
}

/// The first is still queued when an operator takes everything back, the second one is started afterwards.
#[test]
fn no_queued_run_takes_back_what_was_undone() {
    let container = Container::of(Release::Debian13);
    container.configure("[cluster]\nservers = [\"core1\", \"core2\"]\nallow = [\"169.254.0.0/16\"]\n");
    container.write("etc/hosts", "127.0.0.1 localhost\n169.254.169.123 core1 core2\n");
    container.write(
        "etc/systemd/system/operator.service",
        "[Unit]\nAfter=cloud-timesync.service dbus.service\nWants=dbus.service\nBefore=network-online.target\n\
         [Service]\nType=oneshot\nExecStart=sh -c 'systemctl list-jobs; cloud-timesync undo && head -1 /etc/chrony/chrony.conf'\n\
         ExecStart=systemctl list-jobs\nExecStart=systemctl --no-block start cloud-timesync-online.service\n\
         [Install]\nWantedBy=multi-user.target\n",
    );
    run(container.chroot("systemctl").args(["enable", "operator.service"]));
    let look = "journalctl --boot --unit operator.service --output cat
ls /etc/systemd/system/scylla-server.service.d; echo and by hand
cloud-timesync apply; head -1 /etc/chrony/chrony.conf; ls /run/cloud-timesync";
    let evidence = container.boot_looking(look);
    let told = evidence.look();
    let (in_the_boot, by_hand) = told.split_once("and by hand").expect("both");
    let (before, after) =
        in_the_boot.split_once("disabled cloud-timesync.service").expect("undo's last line");
    let queued = "cloud-timesync-online.service";
    assert!(before.contains(queued) && !after.contains(queued), "it is still queued: {told}");
    assert!(evidence.said("undone in this boot"), "{told}\n{}", evidence.timeline());
    assert!(after.contains("scylla-server.service.d': No such file"), "the gate is back: {told}");
    let is_ours = |text: &str| text.contains("# Written by cloud-timesync");
    assert!(!is_ours(in_the_boot) && is_ours(by_hand) && !by_hand.contains("undone"), "{told}");
}

/// systemd 252 has no such limit.
#[test]
fn a_refused_reload_is_named_and_the_database_waits() {
    let container = Container::of(Release::Debian13);
    let limit = "[Manager]\nReloadLimitIntervalSec=1h\nReloadLimitBurst=1\n";
    container.write("etc/systemd/system.conf.d/reload.conf", limit);
    container.drop_in("cloud-timesync.service", "[Service]\nExecStartPre=+systemctl daemon-reload\n");
    let refused = container.boot();
    assert_eq!(waited(&refused), Ok(()), "{}", refused.timeline());
    assert!(said_of_the_reload(&refused, "rejected due to rate limit"), "{}", refused.timeline());
    for (check, verdict) in [("gate-in-force", "wrong"), ("database-waited", "right")] {
        assert_eq!(refused.found(check).0, verdict, "{check}\n{}", refused.timeline());
    }
    let next = container.boot();
    assert_eq!(waited(&next), Ok(()), "{}", next.timeline());
    assert_eq!(next.report()["verdict"], "right", "{}", next.timeline());
}

/// systemctl's own words. It may be gone before journald looks whose unit it is of.
pub fn said_of_the_reload(evidence: &Evidence, words: &str) -> bool {
    let is_its = |unit: &str| ["cloud-timesync-reload.service", ""].contains(&unit);
    evidence.journal.iter().any(|entry| is_its(entry.unit()) && entry.says(words))
}

/// A generator keeps PID 1 from everything else: in the reload of all units it is waited for.
fn slow_reload(container: &Container, seconds: u32) {
    let generator = "etc/systemd/system-generators/slow";
    container.write(
        generator,
        &format!("#!/bin/sh\nif [ -e /run/slow ]; then sleep {seconds}; fi\ntouch /run/slow\n"),
    );
    run(container.chroot("chmod").args(["755", generator]));
}

#[test]
fn a_slow_reload_is_waited_for() {
    let container = Container::of(Release::Debian12);
    slow_reload(&container, 8);
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(!evidence.said("systemctl"), "{}", evidence.timeline());
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
}
