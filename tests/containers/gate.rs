//! The gate of the boot's first transaction: it stands without the agent, and where it is not wanted it is open.

use std::fs;
use std::thread;

use test_support::repository;

use super::*;

const GATE: &str = "cloud-timesync-gate.target";

/// A source that answers, in a configuration that is not the agent's.
fn give_a_source(container: &Container) {
    container.write("etc/chrony/conf.d/10-cloud.conf", "server 169.254.169.123 iburst\n");
}

fn agent_runs(command: &str) -> String {
    format!("[Service]\nExecStart=\nExecStart={command}\nTimeoutStartSec=3\n")
}

/// The drop-in of the database is not there: nothing but the gate holds it.
#[test]
fn a_first_boot_whose_agent_fails_is_gated() {
    let agents = [
        (Release::Debian12, "/bin/false"),
        (Release::Debian13, "/bin/false"),
        (Release::Debian12, "/bin/sleep 60"),
        (Release::Debian13, "/bin/sh -c 'kill -SEGV $$$$'"),
    ];
    thread::scope(|scope| {
        for (release, agent) in agents {
            scope.spawn(move || {
                let container = Container::of(release);
                give_a_source(&container);
                container.drop_in("cloud-timesync.service", &agent_runs(agent));
                let evidence = container.boot();
                assert_eq!(order(&evidence), Ok(()), "{agent}\n{}", evidence.timeline());
                let after = evidence.property("scylla-server.service", "After");
                assert!(!after.contains("chrony-wait.service"), "{agent}: the agent has run: {after}");
                assert!(!evidence.journal.iter().any(|entry| entry.says("ordering cycle")), "{agent}");
            });
        }
    });
}

/// Debian's alias chronyd.service is missing then, by which chrony-wait pulls chronyd in.
#[test]
fn a_first_boot_with_a_disabled_chrony_is_gated() {
    for release in [Release::Debian12, Release::Debian13] {
        let container = Container::of(release);
        run(container.chroot("systemctl").args(["disable", "chrony.service"]));
        let evidence = container.boot();
        assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    }
}

#[test]
fn an_agent_that_is_masked_leaves_the_gate_of_an_earlier_boot() {
    let container = Container::of(Release::Debian13);
    let first = container.boot();
    assert_eq!(waited(&first), Ok(()), "{}", first.timeline());
    run(container.chroot("systemctl").args(["mask", "cloud-timesync.service"]));
    let second = container.boot_looking(&format!("systemctl is-active {GATE}"));
    assert_eq!(waited(&second), Ok(()), "{}", second.timeline());
    assert_eq!(second.look(), "inactive\n", "the agent's gate is in this boot");
}

#[test]
fn the_boot_after_undo_has_no_gate() {
    let container = Container::of(Release::Debian13);
    let first = container.boot_looking("cloud-timesync undo");
    assert_eq!(order(&first), Ok(()), "{}", first.timeline());
    let second = container.boot_looking(&format!("systemctl is-active {GATE}"));
    assert_eq!(order(&second), Err("nobody waited for the clock".to_owned()), "{}", second.timeline());
    assert_eq!(second.look(), "inactive\n");
}

#[test]
fn a_masked_wait_opens_the_gate_and_every_boot_says_so() {
    let container = Container::of(Release::Debian13);
    run(container.chroot("systemctl").args(["mask", "chrony-wait.service"]));
    for _ in 0..2 {
        let evidence = container.boot();
        assert_eq!(order(&evidence), Err("nobody waited for the clock".to_owned()));
        assert_eq!(evidence.started("scylla-server.service").map(|(_, result)| result), Some("done"));
        let said = "chrony-wait.service is masked: the gate is open";
        assert!(evidence.said(said), "{}", evidence.timeline());
        assert_eq!(evidence.failed_units(), [""; 0], "{}", evidence.timeline());
    }
}

#[test]
fn without_chrony_the_gate_is_open_and_no_unit_fails() {
    let container = Container::of(Release::Debian13);
    run(container.chroot("dpkg").args(["--purge", "--force-depends", "chrony"]));
    let evidence = container.boot();
    assert_eq!(evidence.started("scylla-server.service").map(|(_, result)| result), Some("done"));
    assert!(evidence.said("chrony is not installed: the gate is open"), "{}", evidence.timeline());
    // The cloud's server is a chronyd, too.
    assert_eq!(evidence.failed_units(), ["bench-time-server.service"], "{}", evidence.timeline());
}

/// No time server answers: one that is waited for would be seen.
#[test]
fn a_prepared_image_as_a_container_waits_for_nobody() {
    for release in [Release::Debian12, Release::Debian13] {
        let container = Container::of(release);
        let prepare = "mount --bind / /mnt && exec cloud-timesync apply --root /mnt";
        run(container.chroot("unshare").args(["--mount", "--propagation", "unchanged", "sh", "-c", prepare]));
        assert!(
            container.read("etc/systemd/system/scylla-server.service.d/10-time-sync.conf").is_some(),
            "it is prepared"
        );
        let units = container.root().join("etc/systemd/system");
        for entry in fs::read_dir(&units).expect("the units").flatten() {
            // What makes a machine of this container.
            let _ = fs::remove_file(entry.path().join("container.conf"));
        }
        container.drop_in("chrony.service", "[Unit]\nConditionCapability=\n");
        container.drop_in("bench-time-server.service", "[Service]\nExecStart=\nExecStart=sleep infinity\n");
        let evidence = container.boot();
        assert_eq!(evidence.started("scylla-server.service").map(|(_, result)| result), Some("done"));
        assert_eq!(evidence.property("chrony-wait.service", "ConditionResult"), "no");
        assert_eq!(evidence.text("jobs"), "", "{}", evidence.timeline());
        assert_eq!(evidence.failed_units(), [""; 0], "{}", evidence.timeline());
        assert!(evidence.took.as_secs() < 40, "{:?}\n{}", evidence.took, evidence.timeline());
    }
}

/// Could a gate that lacks one of its lines not be told from a whole one, no other test here would show anything.
#[test]
fn a_gate_that_lacks_a_line_is_seen_to_fail() {
    let text = fs::read_to_string(repository().join("systemd").join(GATE)).expect("the gate");
    let without = |key: &str, value: &str| {
        let lines = text
            .lines()
            .map(|line| if line.starts_with(key) { line.replace(value, "") } else { line.to_owned() });
        lines.collect::<Vec<_>>().join("\n")
    };
    let broken = [
        (without("Wants=", "chrony-wait.service"), "nobody waited for the clock"),
        // systemd orders a target after what it wants, if it is not told otherwise.
        (
            without("After=", "chrony-wait.service cloud-timesync-wait.service")
                .replace("[Unit]", "[Unit]\nDefaultDependencies=no"),
            "the database started at",
        ),
        (without("Before=", "scylla-server.service"), "the database started at"),
    ];
    thread::scope(|scope| {
        for (gate, wanted) in &broken {
            scope.spawn(move || {
                let container = Container::of(Release::Debian13);
                give_a_source(&container);
                container.drop_in("cloud-timesync.service", &agent_runs("/bin/false"));
                container.write(&format!("etc/systemd/system/{GATE}"), gate);
                let evidence = container.boot();
                let why = order(&evidence).expect_err("the gate is open");
                assert!(why.starts_with(wanted), "{why}\n{gate}\n{}", evidence.timeline());
            });
        }
    });
}

const SLEEPS: &str = "[Service]\nExecStart=sleep infinity\n[Install]\nWantedBy=multi-user.target\n";

/// No Before= has their names, and no drop-in of the agent's is read before they start.
#[test]
fn databases_without_a_fixed_name_wait_in_the_first_boot() {
    let container = Container::of(Release::Debian13);
    container.write("etc/systemd/system/tikv-20160.service", SLEEPS);
    container.write("etc/systemd/system/cassandra@.service", SLEEPS);
    container.write(
        "etc/systemd/system/dbs.target",
        "[Unit]\nWants=cassandra@w.service\n[Install]\nWantedBy=multi-user.target\n",
    );
    run(container.chroot("systemctl").args(["enable", "tikv-20160.service", "dbs.target"]));
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    let ended = evidence.started("chrony-wait.service").map(|(at, _)| at).expect("it ran");
    for unit in ["tikv-20160.service", "cassandra@w.service"] {
        let began = evidence.started(unit).map(|(at, _)| at);
        assert!(began.is_some_and(|began| began >= ended), "{unit}: {began:?}\n{}", evidence.timeline());
    }
}

/// As Debian's chrony does when it is upgraded.
#[test]
fn a_wait_that_is_stopped_does_not_open_the_gate() {
    let container = Container::of(Release::Debian13);
    container.drop_in("bench-time-server.service", "[Service]\nExecStartPre=sleep 10\n");
    let stops = "[Unit]\nAfter=chrony.service\n[Service]\nExecStart=sh -c 'sleep 2; systemctl stop chrony-wait'\n\
                 [Install]\nWantedBy=multi-user.target\n";
    container.write("etc/systemd/system/stops.service", stops);
    run(container.chroot("systemctl").args(["enable", "stops.service"]));
    let evidence = container.boot();
    let (began, _) = evidence.started("scylla-server.service").expect("it starts");
    let (ended, result) = evidence.started("cloud-timesync-wait.service").expect("it waits");
    assert!(result == "done" && began >= ended, "{began} {ended} {result}\n{}", evidence.timeline());
    assert!(evidence.said("the clock is right after"), "{}", evidence.timeline());
}
