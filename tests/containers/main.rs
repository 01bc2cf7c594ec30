//! First boots in containers: systemd-nspawn with the distribution's own systemd, D-Bus and chronyd (which sets no clock
//! there, `-x`), seconds each. container.rs has the bench. It needs root.

#![allow(clippy::disallowed_methods)] // the bench reads, writes and runs what containers are made of

mod agent;
mod alarm;
mod bus;
mod cloud_init;
mod container;
mod cost;
mod daemon;
mod delays;
mod full;
mod gate;
mod hold;
mod images;
mod program;
mod restarts;
mod silent;
mod upgrades;
mod vmclock;

use container::Container;
use test_support::bench::{Release, overlay, say};
use test_support::{Evidence, run};

const AWS_SOURCES: [&str; 2] =
    ["server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4", "pool time.aws.com iburst maxpoll 6"];

/// Did the database wait until chrony-wait had ended? If not, why.
fn order(evidence: &Evidence) -> Result<(), String> {
    let (started, result) = evidence.started("scylla-server.service").ok_or("the database did not start")?;
    let (ended, wait) = evidence.started("chrony-wait.service").ok_or("nobody waited for the clock")?;
    if started < ended {
        return Err(format!("the database started at {started:.3} s, chrony-wait ended at {ended:.3} s"));
    }
    if (result, wait) != ("done", "done") {
        return Err(format!("the database's start: {result}, chrony-wait's: {wait}"));
    }
    Ok(())
}

/// The same, and did nothing else go wrong? An ordering cycle shows in this, too: systemd breaks it before there is a journal,
/// by dropping a job.
fn waited(evidence: &Evidence) -> Result<(), String> {
    order(evidence)?;
    let (failed, jobs) = (evidence.failed_units(), evidence.text("jobs"));
    if failed.is_empty() && jobs.is_empty() {
        Ok(())
    } else {
        Err(format!("failed units: {failed:?}; jobs left: {jobs:?}"))
    }
}

#[test]
fn a_first_boot_waits_and_is_judged_right() {
    let container = Container::of(Release::Debian13);
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    let report = evidence.report();
    assert_eq!(report["verdict"], "right", "{report:#}\n{}", evidence.timeline());
    // Where no configuration says otherwise.
    assert_eq!(evidence.property("chrony-wait.service", "TimeoutStartUSec"), "3min");
    // The plan's own test, and when it came true: nothing waited for it.
    let after = evidence.property("scylla-server.service", "After");
    assert!(after.contains("time-sync.target") && after.contains("chrony-wait.service"), "{after}");
    let (chronyd, _) = evidence.started("chrony.service").expect("chronyd");
    assert!(matches!(evidence.reloads_at()[..], [once] if once > chronyd), "{}", evidence.timeline());
}

/// A client of the cluster's may still be named as one of its servers when the network is up: that is looked at once.
#[test]
fn a_client_of_the_cluster_is_right_once_it_has_looked_again() {
    let container = Container::of(Release::Debian13);
    container.configure("[cluster]\nservers = [\"core1\", \"core2\"]\nallow = [\"169.254.0.0/16\"]\n");
    container.write("etc/hosts", "127.0.0.1 localhost\n169.254.169.123 core1 core2\n");
    let evidence = container.boot_looking("cloud-timesync plan --exit-code");
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert_eq!(evidence.started("cloud-timesync-online.service").map(|(_, result)| result), Some("done"));
    assert_eq!(evidence.report()["verdict"], "right", "{}\n{}", evidence.look(), evidence.timeline());
}

// The controls: could these two not be told from a boot that is gated, no other test here would show anything.

#[test]
fn a_gate_that_queues_no_wait_is_seen_to_fail() {
    let container = Container::bare(Release::Debian13);
    container.write(
        "etc/systemd/system/control-agent.service",
        "[Unit]\nBefore=chrony.service chrony-wait.service scylla-server.service\n[Service]\nType=oneshot\n\
         ExecStart=mkdir -p /etc/systemd/system/scylla-server.service.d\n\
         ExecStart=cp /etc/control.conf /etc/systemd/system/scylla-server.service.d/10-time-sync.conf\n\
         ExecStart=systemctl enable chrony-wait.service\nExecStart=systemctl daemon-reload\n\
         [Install]\nWantedBy=multi-user.target\n",
    );
    let units = "time-sync.target chrony-wait.service";
    container.write("etc/control.conf", &format!("[Unit]\nWants={units}\nAfter={units}\n"));
    run(container.chroot("systemctl").args(["enable", "control-agent.service"]));
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Err("nobody waited for the clock".to_owned()), "{}", evidence.timeline());
}

#[test]
fn a_wait_without_the_ordering_is_seen_to_fail() {
    let container = Container::bare(Release::Debian13);
    run(container.chroot("systemctl").args(["enable", "chrony-wait.service"]));
    let source = "server 169.254.169.123 iburst\n";
    container.write("etc/chrony/chrony.conf", source);
    let evidence = container.boot();
    let why = waited(&evidence).expect_err("the database started by itself");
    assert!(why.starts_with("the database started at"), "{why}\n{}", evidence.timeline());
}

/// PID 1 forgets what nothing names. To be asked about it then, it loads it, tells the bus of it and of all that it names, and
/// forgets it again: milliseconds of each pass.
#[test]
fn what_the_agent_asks_about_stays_in_memory() {
    let container = Container::of(Release::Debian13);
    let listed = "systemctl list-units --all --plain --no-legend cloud-timesync-wait.service cloud-timesync-online.service";
    let evidence = container.boot_looking(listed);
    let seen = evidence.look();
    assert_eq!(seen.matches(" loaded inactive dead ").count(), 2, "{seen}");
}
