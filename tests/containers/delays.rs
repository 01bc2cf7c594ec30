//! First boots in which units take their time: whatever comes late, the database comes later.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use fastrand::Rng;

use super::*;

/// What may be late: everything that the agent, chronyd and the wait have to do with.
const UNITS: [&str; 9] = [
    "cloud-timesync.service",
    "cloud-timesync-online.service",
    "cloud-timesync-cloud-init.service",
    "chrony.service",
    "chrony-wait.service",
    "scylla-server.service",
    "dbus.service",
    "bench-network.service",
    "bench-time-server.service",
];
const CLOUD_INIT: [&str; 5] = [
    "cloud-init-local.service",
    "cloud-init.service",
    "cloud-init-network.service",
    "cloud-config.service",
    "cloud-final.service",
];
const RELEASES: [Release; 4] =
    [Release::Debian12, Release::Debian12CloudInit, Release::Debian13, Release::Debian13CloudInit];

/// Every second unit is late by up to this.
const DELAY_MS: u64 = 1500;
/// One bus in eight is so late that the agent has gone on without it.
const LATE_BUS_MS: u64 = 6000;

/// One boot, all of which follows from its seed.
struct Plan {
    seed: u64,
    release: Release,
    delays: Vec<(&'static str, u64)>,
}

impl Plan {
    fn of(seed: u64) -> Plan {
        let mut rng = Rng::with_seed(seed);
        // In turn, so that few boots have all of them.
        let release = RELEASES[(seed % 4) as usize];
        let mut delays = Vec::new();
        for unit in UNITS.iter().chain(CLOUD_INIT.iter().filter(|_| release.has_cloud_init())) {
            if rng.bool() {
                delays.push((*unit, rng.u64(0..DELAY_MS)));
            }
        }
        if rng.u8(0..8) == 0 {
            delays.retain(|(unit, _)| *unit != "dbus.service");
            delays.push(("dbus.service", LATE_BUS_MS));
        }
        Plan { seed, release, delays }
    }

    /// What the boot lacked, and how long it took.
    fn boot(&self) -> (Result<(), String>, String) {
        let container = Container::of(self.release);
        for (unit, ms) in &self.delays {
            let seconds = *ms as f64 / 1000.0;
            container.drop_in(unit, &format!("[Service]\nExecStartPre=/usr/bin/sleep {seconds}\n"));
        }
        let evidence = container.boot();
        let result = waited(&evidence).and_then(|()| self.cloud_init_ended(&evidence));
        let mut story = format!("{self}: {:.1} s", evidence.took.as_secs_f64());
        if result.is_err() {
            let _ = write!(story, "\n{}", evidence.timeline());
        }
        (result, story)
    }

    fn cloud_init_ended(&self, evidence: &Evidence) -> Result<(), String> {
        match evidence.started("cloud-final.service") {
            Some((_, "done")) => Ok(()),
            None if !self.release.has_cloud_init() => Ok(()),
            other => Err(format!("cloud-init did not come to its end: {other:?}")),
        }
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seed {}, {}", self.seed, self.release.name())?;
        self.delays
            .iter()
            .try_for_each(|(unit, ms)| write!(f, ", {} +{ms} ms", unit.trim_end_matches(".service")))
    }
}

/// Boots one container for each seed, several at once: most of a boot is chronyd's wait for its server.
fn boot_all(first: u64, count: u64) {
    let began = Instant::now();
    let plans: Vec<Plan> = (first..first + count).map(Plan::of).collect();
    let next = AtomicUsize::new(0);
    let at_once = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
            // A boot that hangs ends in a panic, which does not know its seed.
            let (result, story) = catch_unwind(AssertUnwindSafe(|| plan.boot()))
                .unwrap_or_else(|_| (Err("the boot has no end, see above".to_owned()), plan.to_string()));
            say(&story);
            wrong.extend(result.err().map(|why| format!("{why}\n{story}")));
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.min(plans.len())).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    let seconds = began.elapsed().as_secs();
    say(&format!(
        "{count} first boots from seed {first} in {seconds} s: {} in which something is wrong",
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{} of {count} boots:\n{}", wrong.len(), wrong.join("\n"));
}

/// One of these has the bus that comes too late.
#[test]
fn eight_first_boots_wait_whatever_is_late() {
    boot_all(1029, 8);
}

/// With SEED=n it begins at that seed, and BOOTS=1 repeats the one.
#[test]
#[ignore = "make soak"]
fn soak_a_hundred_first_boots_wait_whatever_is_late() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    boot_all(
        number("SEED").unwrap_or_else(|| fastrand::u64(0..1_000_000_000)),
        number("BOOTS").unwrap_or(100),
    );
}
