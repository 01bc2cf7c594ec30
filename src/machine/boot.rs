//! This boot, as the journal recorded it: plain data. All times are monotonic, since the kernel's
//! start, so that a step of the clock does not move them.

use std::time::Duration;

/// journald stamps chronyd's lines when it reads them, and may read PID 1's first: a step that is
/// stamped this little after a start came before it.
pub const STAMPED_LATE: Duration = Duration::from_secs(1);

/// What happened in this boot, the earliest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boot {
    pub events: Vec<UnitEvent>,
    pub steps: Vec<Step>,
    /// PID 1's sentences about ordering cycles. It breaks a cycle by dropping a job of its choice.
    pub cycles: Vec<String>,
    /// chronyd's first clock update.
    pub update: Option<Update>,
}

/// Something happened to a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitEvent {
    pub unit: String,
    pub what: What,
    pub at: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Starting,
    /// Also the end of a oneshot, and a target that was reached.
    Started,
    Failed,
    Stopped,
}

/// chronyd stepped the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub at: Duration,
    pub seconds: f64,
}

/// chronyd selected a source, which it does when it first updates the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub at: Duration,
    /// As chronyd names it: "169.254.169.123", "PHC0".
    pub source: String,
}

impl Boot {
    /// When `what` first happened to `unit`. The first: a restart of chronyd runs the wait again.
    pub fn first(&self, unit: &str, what: What) -> Option<Duration> {
        let is_it = |event: &&UnitEvent| event.unit == unit && event.what == what;
        self.events.iter().find(is_it).map(|event| event.at)
    }

    /// The steps of the clock while this unit ran, or was starting.
    pub fn steps_under(&self, unit: &str) -> Vec<Step> {
        self.steps.iter().copied().filter(|step| self.runs_before(unit, step.at)).collect()
    }

    fn runs_before(&self, unit: &str, at: Duration) -> bool {
        let last = self.events.iter().rfind(|event| event.unit == unit && event.at + STAMPED_LATE < at);
        last.is_some_and(|event| matches!(event.what, What::Starting | What::Started))
    }
}
