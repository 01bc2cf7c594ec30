//! The promise itself: no database starts on a clock that nobody set.

use std::fmt;

use test_support::{Entry, Evidence};

/// chrony-wait lets 0.1 s pass; the rest is what measuring it under emulation costs.
const CLOCK_TOLERANCE_S: f64 = 0.5;

/// Why a boot did not keep the promise.
#[derive(Debug, PartialEq)]
pub enum Ungated {
    DatabaseNeverStarted,
    NobodyWaited,
    StartedBeforeTheWaitEnded { started: f64, ended: f64 },
    WaitFailed(String),
    ClockWrongBy(f64),
    ClockUnknown,
}

impl fmt::Display for Ungated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ungated::DatabaseNeverStarted => write!(f, "scylla-server never started"),
            Ungated::NobodyWaited => write!(f, "scylla-server started and chrony-wait never ran"),
            Ungated::StartedBeforeTheWaitEnded { started, ended } => {
                write!(f, "scylla-server started at {started:.3} s, before chrony-wait ended at {ended:.3} s")
            }
            Ungated::WaitFailed(result) => write!(f, "chrony-wait ended with {result}"),
            Ungated::ClockWrongBy(seconds) => {
                write!(f, "the clock was {seconds:.3} s off when scylla-server started")
            }
            Ungated::ClockUnknown => {
                write!(f, "scylla-server left no record of the clock that it started on")
            }
        }
    }
}

/// Did the database wait until the clock was right?
pub fn gated(evidence: &Evidence) -> Result<(), Ungated> {
    waited(evidence)?;
    let result = evidence.wait_ended().map_or("", |entry| entry.field("JOB_RESULT"));
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
    let started = evidence.database_started().ok_or(Ungated::DatabaseNeverStarted)?.at();
    let ended = evidence.wait_ended().ok_or(Ungated::NobodyWaited)?.at();
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
    assert_eq!(evidence.ordering_cycle().map(Entry::message), None, "an ordering cycle");
    assert_eq!(evidence.denial().map(Entry::message), None, "AppArmor denied something");
    assert_eq!(evidence.unfinished_jobs(), "", "jobs were left");
}
