//! Jobs that systemd gets once the files are written: momentary changes. An image has none.

use std::fmt;

use serde::Serialize;

/// One request to systemd, by the unit that it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "job", content = "unit", rename_all = "kebab-case")]
pub enum Job {
    Reload,
    Stop(String),
    Start(String),
    TryRestart(String),
    /// Has systemd count a unit's starts anew: one that it has given up can be started.
    ResetFailed(String),
}

/// Change of a unit's links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitChange {
    Enable,
    Disable,
    Mask,
}

impl fmt::Display for UnitChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UnitChange::Enable => "enable",
            UnitChange::Disable => "disable",
            UnitChange::Mask => "mask",
        })
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Reload => f.write_str("reload the units"),
            Job::Stop(unit) => write!(f, "stop {unit}"),
            Job::Start(unit) => write!(f, "start {unit}"),
            Job::TryRestart(unit) => write!(f, "restart {unit} if it runs"),
            Job::ResetFailed(unit) => write!(f, "forget that {unit} failed"),
        }
    }
}
