//! Record of this boot, by the journal: plain data. All times are monotonic, since the kernel's
//! start, so that a step of the clock does not move them.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::names::{CHRONY_WAIT, TIME_SYNC, WAIT_UNIT};

/// journald stamps chronyd's lines when it reads them, and may read PID 1's first: a step that is
/// stamped this little after a start came before it.
pub const STAMPED_LATE: Duration = Duration::from_secs(1);

/// Events of this boot, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Boot {
    pub events: Vec<UnitEvent>,
    pub steps: Vec<Step>,
    pub moves: Vec<Move>,
    /// PID 1's sentences about ordering cycles. It breaks a cycle by dropping a job of its choice.
    pub cycles: Vec<String>,
    /// chronyd's first clock update.
    #[serde(rename = "first_update")]
    pub update: Option<Update>,
    /// Time when the agent's own wait first saw the clock right. It ends well, too, where it has looked at nothing.
    #[serde(skip)]
    pub seen_right: Option<Duration>,
}

/// Something happened to a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitEvent {
    pub unit: String,
    pub what: What,
    #[serde(rename = "at_ms", serialize_with = "as_milliseconds")]
    pub at: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    Starting,
    /// Also the end of a oneshot, and a target that was reached.
    Started,
    Failed,
    Stopped,
}

/// chronyd stepped the clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    #[serde(rename = "at_ms", serialize_with = "as_milliseconds")]
    pub at: Duration,
    pub seconds: f64,
}

/// The machine was moved to another host, or restored from a snapshot, and its VMClock said so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Move {
    /// Time when it was noticed.
    #[serde(rename = "at_ms", serialize_with = "as_milliseconds")]
    pub at: Duration,
    /// None while the clock has not been set anew.
    pub repair: Option<Repair>,
}

/// State of a clock after a move.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repair {
    /// Seconds by which it was slow.
    #[serde(rename = "slow_s")]
    pub slow: f64,
    /// Time from the notice of the move until the clock was right.
    #[serde(rename = "after_ms", serialize_with = "as_milliseconds")]
    pub after: Duration,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.slow < 0.0 { "fast" } else { "slow" };
        let (by, after) = (self.slow.abs(), self.after.as_secs_f64());
        write!(f, "the clock was {by:.3} s {direction}, and right after {after:.1} s")
    }
}

/// chronyd selected a source, which it does when it first updates the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    #[serde(rename = "at_ms", serialize_with = "as_milliseconds")]
    pub at: Duration,
    /// Name that chronyd gives it: "169.254.169.123", "PHC0".
    pub source: String,
}

/// Milliseconds, as `status --json` counts; null for None.
pub fn as_milliseconds<T, S>(length: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Copy + Into<Option<Duration>>,
    S: Serializer,
{
    let length: Option<Duration> = (*length).into();
    length.map(|length| u64::try_from(length.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}

/// State of the wait for the clock when a unit began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The clock was right.
    Over,
    /// The agent's own wait gave up, on the error bound too; or chrony-wait did, and the agent's had looked at nothing.
    Failed,
    /// chrony-wait had not ended.
    Open,
    /// chrony-wait had ended, and the agent's own wait had not.
    Held,
    /// Not begun: chrony-wait is masked, or nothing pulled it in.
    Never,
}

impl Boot {
    /// Finds when `what` first happened to `unit`. The first: a restart of chronyd runs the wait again.
    pub fn first(&self, unit: &str, what: What) -> Option<Duration> {
        let is_it = |event: &&UnitEvent| event.unit == unit && event.what == what;
        self.events.iter().find(is_it).map(|event| event.at)
    }

    /// Finds when the start of this unit began; None if it did not start in this boot.
    pub fn began(&self, unit: &str) -> Option<Duration> {
        [What::Starting, What::Started].into_iter().filter_map(|what| self.first(unit, what)).min()
    }

    /// Finds when the clock was right: chrony-wait had ended well or the agent's own wait had seen it, and time-sync.target
    /// was reached. A target that nothing is ordered before is reached before there is a journal.
    pub fn clock_was_right(&self) -> Option<Duration> {
        let waits = [self.first(CHRONY_WAIT, What::Started), self.seen_right].into_iter().flatten();
        Some(waits.min()?.max(self.first(TIME_SYNC, What::Started).unwrap_or_default()))
    }

    /// Judges whether this unit waited: what had become of the wait when it began, or by now if it has not.
    pub fn wait_of(&self, unit: &str) -> Wait {
        let began = self.began(unit);
        let is_before = |at: Duration| began.is_none_or(|began| at <= began);
        let last = |unit: &str| {
            let event = self.events.iter().rfind(|event| event.unit == unit && is_before(event.at));
            event.map(|event| event.what)
        };
        match (last(CHRONY_WAIT), last(WAIT_UNIT)) {
            (_, Some(What::Starting)) => Wait::Held,
            // It looks behind chrony-wait, and further: by the error bound.
            (Some(_), Some(What::Failed)) => Wait::Failed,
            _ if self.clock_was_right().is_some_and(is_before) => Wait::Over,
            (Some(What::Starting | What::Started), _) => Wait::Open,
            (Some(What::Failed | What::Stopped), _) | (None, Some(What::Failed | What::Stopped)) => {
                Wait::Failed
            }
            (None, _) => Wait::Never,
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

#[cfg(test)]
mod tests {
    use super::*;

    const DATABASE: &str = "scylla-server.service";

    /// The word of the agent's own wait.
    const SEEN_RIGHT: &str = "LET_GO";

    fn wait_of_database(events: &[(&str, What, u64)]) -> Wait {
        let event = |(unit, what, at): &(&str, What, u64)| UnitEvent {
            unit: (*unit).to_owned(),
            what: *what,
            at: Duration::from_secs(*at),
        };
        let events: Vec<UnitEvent> = events.iter().map(event).collect();
        let seen_right = events.iter().find(|event| event.unit == SEEN_RIGHT).map(|event| event.at);
        Boot { events, seen_right, ..Boot::default() }.wait_of(DATABASE)
    }

    #[test]
    fn a_wait_is_judged_by_what_was_over_when_the_database_began() {
        let (began, failed) = ((CHRONY_WAIT, What::Starting, 10), (CHRONY_WAIT, What::Failed, 30));
        let (ended, target) = ((CHRONY_WAIT, What::Started, 20), (TIME_SYNC, What::Started, 21));
        let (held, let_go) = ((WAIT_UNIT, What::Starting, 31), (WAIT_UNIT, What::Started, 40));
        let seen = (SEEN_RIGHT, What::Started, 39);
        let start = |at| (DATABASE, What::Started, at);
        // A restart of chronyd runs the wait again: the first success counts.
        let again = [(CHRONY_WAIT, What::Stopped, 50), (CHRONY_WAIT, What::Starting, 51)];
        for (events, wanted) in [
            (vec![], Wait::Never),
            (vec![start(5), began, ended, target], Wait::Never),
            (vec![began], Wait::Open),
            (vec![began, start(15), ended, target], Wait::Open),
            (vec![began, ended, start(20), target], Wait::Open),
            (vec![began, ended, target, start(21)], Wait::Over),
            (vec![began, ended, start(21)], Wait::Over),
            (vec![began, ended, target, again[0], again[1], start(52)], Wait::Over),
            (vec![began, target, failed, start(31)], Wait::Failed),
            (vec![began, target, failed, held], Wait::Held),
            (vec![began, target, failed, held, seen, let_go, start(41)], Wait::Over),
            // It had nothing to hold, or chrony-wait is masked: it ends well, and has looked at nothing.
            (vec![began, target, failed, held, let_go, start(41)], Wait::Failed),
            (vec![target, held, let_go, start(41)], Wait::Never),
            (vec![target, held, seen, let_go, start(41)], Wait::Over),
            (vec![target, held, (WAIT_UNIT, What::Failed, 40), start(41)], Wait::Failed),
            // The agent's own wait goes on behind one that ended well.
            (vec![began, ended, target, held, start(35)], Wait::Held),
            (vec![began, ended, target, held, (WAIT_UNIT, What::Failed, 40), start(41)], Wait::Failed),
            (vec![began, target, failed, held, (WAIT_UNIT, What::Failed, 40), start(41)], Wait::Failed),
        ] {
            assert_eq!(wait_of_database(&events), wanted, "{events:?}");
        }
    }
}
