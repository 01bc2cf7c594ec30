//! The promise itself: no database starts on a clock that nobody set.

use test_support::{Entry, Evidence};

/// chrony-wait lets 0.1 s pass; the rest is what measuring it under emulation costs.
const CLOCK_TOLERANCE_S: f64 = 0.5;

/// Why a boot did not keep the promise.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Ungated {
    #[error("scylla-server never started")]
    DatabaseNeverStarted,
    #[error("scylla-server started and chrony-wait never ran")]
    NobodyWaited,
    #[error("scylla-server started at {started:.3} s, before chrony-wait ended at {ended:.3} s")]
    StartedBeforeTheWaitEnded { started: f64, ended: f64 },
    #[error("chrony-wait ended with {0}")]
    WaitFailed(String),
    #[error("the clock was {0:.3} s off when scylla-server started")]
    ClockWrongBy(f64),
    #[error("scylla-server left no record of the clock that it started on")]
    ClockUnknown,
}

/// The end of chrony-wait's start; of our own wait's where the agent found that chrony has none (Debian 11).
fn wait(evidence: &Evidence) -> Option<&Entry> {
    let has_none =
        evidence.agent().into_iter().any(|entry| entry.says("chrony-wait.service is not installed"));
    evidence.start_of(if has_none { "cloud-timesync-wait.service" } else { "chrony-wait.service" })
}

/// Did the database wait until the clock was right?
pub fn gated(evidence: &Evidence) -> Result<(), Ungated> {
    waited(evidence)?;
    let result = wait(evidence).map_or("", |entry| entry.field("JOB_RESULT"));
    if result != "done" {
        return Err(Ungated::WaitFailed(result.to_owned()));
    }
    match evidence.clock_error_at_start() {
        None => Err(Ungated::ClockUnknown),
        Some(error) if error.abs() > CLOCK_TOLERANCE_S => Err(Ungated::ClockWrongBy(error)),
        Some(_) => Ok(()),
    }
}

/// Did the database wait for chrony-wait's end, whatever that end was? Where no time can be had, this is all.
pub fn waited(evidence: &Evidence) -> Result<(), Ungated> {
    let started = evidence.start_of("scylla-server.service").ok_or(Ungated::DatabaseNeverStarted)?.at();
    let ended = wait(evidence).ok_or(Ungated::NobodyWaited)?.at();
    if started < ended { Err(Ungated::StartedBeforeTheWaitEnded { started, ended }) } else { Ok(()) }
}

/// What every scenario in which time can be had must show.
pub fn assert_gated(evidence: &Evidence) {
    if let Err(why) = gated(evidence) {
        panic!("{why}\n{}", evidence.timeline());
    }
    let step = evidence.clock_step();
    assert!(step.is_some(), "chronyd did not step the wrong clock\n{}", evidence.timeline());
    assert_eq!(evidence.failed_units(), [""; 0], "units failed\n{}", evidence.timeline());
    assert_sound(evidence);
}

/// What every boot must show, with or without time.
pub fn assert_sound(evidence: &Evidence) {
    // systemd says so early in a boot: to the kernel's log, which the journal has too.
    let cycle = evidence.first(|entry| entry.says("ordering cycle"));
    assert_eq!(cycle.map(Entry::message), None, "an ordering cycle");
    assert_eq!(evidence.denial().map(Entry::message), None, "AppArmor denied something");
    assert_eq!(evidence.text("jobs"), "", "jobs were left");
}
