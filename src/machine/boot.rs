//! This boot, as the journal recorded it: plain data. All times are monotonic, since the kernel's
//! start, so that a step of the clock does not move them.

use std::time::Duration;

use crate::names::{CHRONY_WAIT, HOLD_UNIT, TIME_SYNC};

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

/// What had become of the wait for the clock when a unit began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The clock was right.
    Over,
    /// chrony-wait gave up, and nothing held the unit beyond it.
    Failed,
    /// chrony-wait had not ended.
    Open,
    /// chrony-wait gave up, and the hold had not ended.
    Held,
    /// It had not begun: chrony-wait is masked, or nothing pulled it in.
    Never,
}

impl Boot {
    /// When `what` first happened to `unit`. The first: a restart of chronyd runs the wait again.
    pub fn first(&self, unit: &str, what: What) -> Option<Duration> {
        let is_it = |event: &&UnitEvent| event.unit == unit && event.what == what;
        self.events.iter().find(is_it).map(|event| event.at)
    }

    /// When the start of this unit began; None if it did not start in this boot.
    pub fn began(&self, unit: &str) -> Option<Duration> {
        [What::Starting, What::Started].into_iter().filter_map(|what| self.first(unit, what)).min()
    }

    /// When the clock was right: chrony-wait or the hold had ended well, and time-sync.target was reached.
    pub fn clock_was_right(&self) -> Option<Duration> {
        let waits = [CHRONY_WAIT, HOLD_UNIT].into_iter().filter_map(|unit| self.first(unit, What::Started));
        Some(waits.min()?.max(self.first(TIME_SYNC, What::Started)?))
    }

    /// Judges whether this unit waited: what had become of the wait when it began, or by now if it has not.
    pub fn wait_of(&self, unit: &str) -> Wait {
        let began = self.began(unit);
        let is_before = |at: Duration| began.is_none_or(|began| at <= began);
        if self.clock_was_right().is_some_and(is_before) {
            return Wait::Over;
        }
        let waits = |event: &&UnitEvent| [CHRONY_WAIT, HOLD_UNIT].contains(&event.unit.as_str());
        let last = self.events.iter().rfind(|event| waits(event) && is_before(event.at));
        match last.map(|event| (event.what, event.unit.as_str())) {
            None => Wait::Never,
            Some((What::Failed | What::Stopped, _)) => Wait::Failed,
            Some((What::Starting | What::Started, HOLD_UNIT)) => Wait::Held,
            Some((What::Starting | What::Started, _)) => Wait::Open,
        }
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
