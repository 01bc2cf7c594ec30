//! A PID 1 that answers nobody for a while: stopped from outside, and let go on later.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::bus::pause_in_the_middle;
use super::*;

/// The agent makes no move before PID 1 is stopped, and says with what it ended.
const WRAPPED: &str = "[Service]\nReadWritePaths=/bench\nExecStart=\nExecStart=/bin/sh -c 'touch /bench/now; \
                       for try in $$(seq 300); do [ -e /bench/now ] || break; sleep 0.1; done; \
                       cloud-timesync apply; code=$$?; echo $$code > /bench/exit; exit $$code'\n";

/// What TimeoutStartSec= gives the agent, which nobody enforces while PID 1 is stopped.
const BOUND: Duration = Duration::from_secs(90);

const CODE: &str = "systemctl show --property ExecMainStatus cloud-timesync.service";

/// A container's PID 1, as its parent namespace sees it: there it can be stopped. It goes on with the end of this.
struct Leader(Pid);

impl Leader {
    /// The child of this systemd-nspawn, once it is systemd.
    fn of(nspawn: u32) -> Leader {
        let is_systemd = |pid: &&str| {
            fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "systemd\n")
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let children =
                fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).expect("it runs");
            if let Some(pid) = children.split_whitespace().find(is_systemd) {
                return Leader(pid.parse().ok().and_then(Pid::from_raw).expect("a number"));
            }
            assert!(Instant::now() < deadline, "no PID 1 below the process {nspawn}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&self) {
        kill_process(self.0, Signal::STOP).expect("stopping PID 1");
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}

/// Whether the file appears in time.
fn appears(path: &Path, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        if path.exists() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

/// A first boot in which PID 1 is stopped between the agent's start and its first question, until `until` returns.
fn boot(container: &Container, until: impl FnOnce()) -> Evidence {
    container.drop_in("cloud-timesync.service", WRAPPED);
    boot_stopped(container, until)
}

/// The same, from the moment at which the agent waits for a file to go.
fn boot_stopped(container: &Container, until: impl FnOnce()) -> Evidence {
    let now = container.root().join("bench/now");
    container.boot_while(CODE, Duration::from_secs(200), |nspawn| {
        let leader = Leader::of(nspawn);
        assert!(appears(&now, Duration::from_secs(60)), "the agent did not start");
        leader.stop();
        fs::remove_file(&now).expect("letting the agent go on");
        until();
    })
}

#[test]
fn a_pid_1_that_is_late_is_waited_for_over_the_bus() {
    let container = Container::of(Release::Debian13);
    let evidence = boot(&container, || thread::sleep(Duration::from_secs(8)));
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(!evidence.said("systemctl"), "{}", evidence.timeline());
    assert_eq!(evidence.look(), "ExecMainStatus=0\n", "{}", evidence.timeline());
}

#[test]
fn a_pid_1_that_the_bus_does_not_outlast_is_asked_by_systemctl() {
    let container = Container::of(Release::Debian12);
    let evidence = boot(&container, || thread::sleep(Duration::from_secs(28)));
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(evidence.said("D-Bus has fallen silent, using systemctl: no answer within 20 s"));
    assert_eq!(evidence.look(), "ExecMainStatus=0\n", "{}", evidence.timeline());
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
}

/// Which of them PID 1 answers first is its own choice: the reload that the bus has passed on, or systemctl.
#[test]
fn a_pid_1_that_stops_in_the_middle_is_asked_by_systemctl() {
    let container = Container::of(Release::Debian13);
    container.drop_in("cloud-timesync.service", "[Service]\nReadWritePaths=/bench\n");
    pause_in_the_middle(&container, "/bench/now");
    let evidence = boot_stopped(&container, || thread::sleep(Duration::from_secs(28)));
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(evidence.said("D-Bus has fallen silent, using systemctl: no answer within 20 s"));
    assert_eq!(evidence.look(), "ExecMainStatus=0\n", "{}", evidence.timeline());
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
}

#[test]
#[ignore = "make soak"]
fn soak_a_silent_pid_1_is_given_up_in_time() {
    for release in [Release::Debian12, Release::Debian13] {
        let container = Container::of(release);
        let exit = container.root().join("bench/exit");
        let mut took = Duration::ZERO;
        let evidence = boot(&container, || {
            let began = Instant::now();
            assert!(appears(&exit, 2 * BOUND), "the agent has no end");
            took = began.elapsed();
        });
        assert!(took < BOUND, "{took:?}\n{}", evidence.timeline());
        println!("{}: given up after {} s", release.name(), took.as_secs());
        assert_eq!(evidence.look(), "ExecMainStatus=1\n", "{}", evidence.timeline());
        for said in [
            "D-Bus has fallen silent, using systemctl",
            "running systemctl daemon-reload: it did not end in time",
        ] {
            assert!(evidence.said(said), "nothing of {said:?}\n{}", evidence.timeline());
        }
        let conf = container.read("etc/chrony/chrony.conf").expect("a chrony.conf");
        assert!(conf.contains("server 169.254.169.123 "), "{conf}");
        // systemctl had gone away when PID 1 came to its question.
        assert_eq!(evidence.started("scylla-server.service").map(|(_, result)| result), Some("done"));
        let verdict = if order(&evidence).is_ok() { "right" } else { "wrong" };
        assert_eq!(evidence.found("database-waited").0, verdict, "{}", evidence.timeline());
        container.drop_in("cloud-timesync.service", "");
        let next = container.boot();
        assert_eq!(waited(&next), Ok(()), "{}", next.timeline());
    }
}
