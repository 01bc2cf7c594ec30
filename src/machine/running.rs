//! Data that `verify` looks at besides a Machine. No plan follows from it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Boot, ClockSource, LiveUnit, Tracking, UnitFile};
use crate::platform::Evidence;

/// Result of a look, or the reason why there was none.
pub type Seen<T> = Result<T, String>;

/// Files around a Machine.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The agent's own unit; None where it has none.
    pub agent: Seen<Option<UnitFile>>,
    /// The directory that the driftfile lies in is there.
    pub has_drift_dir: bool,
    /// Change that makes chrony-wait another wait than chrony's own.
    pub change_of_wait: Seen<Option<String>>,
    /// Enabled units that may be time daemons and are in no table: "x.service is not known, and conflicts with chronyd".
    pub strangers: Seen<Vec<String>>,
    /// None for an image.
    pub running: Option<Running>,
}

/// Data that only a running machine shows.
#[derive(Clone, Debug)]
pub struct Running {
    /// "4.6.1"
    pub version: Seen<String>,
    /// Other time daemons, and time-sync.target.
    pub units: Seen<BTreeMap<String, LiveUnit>>,
    /// Limit of chrony-wait; None where it has none.
    pub wait_timeout: Seen<Option<Duration>>,
    /// None where it does not run.
    pub chronyd: Seen<Option<Process>>,
    pub tracking: Seen<Tracking>,
    /// Sources by the names that chrony.conf has for them.
    pub sources: Seen<Vec<ClockSource>>,
    /// Seconds by which the real-time clock is ahead of the system's; None where there is none.
    pub rtc: Seen<Option<f64>>,
    pub drift_written: Seen<bool>,
    /// Proof of the metadata service; None where it proves nothing or was not asked.
    pub imds: Seen<Option<Evidence>>,
    pub boot: Seen<Boot>,
}

/// A service as its processes show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub arguments: Vec<String>,
    pub age: Duration,
}

/// Properties that a service has and other units have not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// 0 where there is no process.
    pub main_pid: u32,
    /// Time of its last start, of CLOCK_MONOTONIC; None where it was not in this boot.
    pub began: Option<Duration>,
    /// None for ever.
    pub start_timeout: Option<Duration>,
}
