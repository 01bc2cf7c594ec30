//! How long a database was kept from starting, and by whom.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::json;

use super::{Mark, signed_seconds, spans};
use crate::machine::{Boot, STAMPED_LATE, Step, Wait, What};
use crate::names::{AGENT_UNIT, CHRONY_WAIT, HOLD_UNIT, ONLINE_UNIT, TIME_SYNC};

/// Less than this is not worth a word.
const BRIEF: Duration = Duration::from_millis(100);

/// A database before its start.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub unit: String,
    /// When its start began; None if it did not start in this boot.
    pub began: Option<Duration>,
    /// Since the agent or, without one, chronyd began: from then on the gate holds it.
    pub since: Option<Duration>,
    /// When all that it waits for was over.
    pub until: Option<Duration>,
    /// For whom it waited, and how long; "other units" is what lies between them.
    pub parts: Vec<(&'static str, Duration)>,
    pub wait: Wait,
    /// The first step of the clock before it began.
    before: Option<Step>,
    /// The first step while it ran.
    under: Option<Step>,
}

impl Held {
    pub fn of(boot: &Boot, chrony: &str, unit: &str) -> Held {
        let began = boot.began(unit);
        let holders = [
            ("the agent", AGENT_UNIT),
            ("the agent", ONLINE_UNIT),
            ("chronyd", chrony),
            ("chrony-wait", CHRONY_WAIT),
            ("the hold", HOLD_UNIT),
        ];
        let named =
            |(name, unit): (&'static str, &str)| spans(boot, unit).into_iter().map(move |span| (name, span));
        let mut spans: Vec<(&str, Mark)> = holders.into_iter().flat_map(named).collect();
        spans.retain(|(_, span)| began.is_none_or(|began| span.from < began));
        spans.sort_by_key(|(_, span)| span.from);
        let target = boot.first(TIME_SYNC, What::Started);
        let over = spans.iter().map(|(_, span)| span.to).chain(target).max();
        let since = spans.first().map(|(_, span)| span.from);
        let until = over.map(|over| began.map_or(over, |began| over.min(began)));
        Held {
            unit: unit.to_owned(),
            began,
            since,
            until,
            parts: parts(&spans, since, until),
            wait: boot.wait_of(unit),
            before: boot
                .steps
                .iter()
                .copied()
                .find(|step| began.is_some_and(|began| step.at <= began + STAMPED_LATE)),
            under: boot.steps_under(unit).first().copied(),
        }
    }

    pub fn name(&self) -> &str {
        self.unit.strip_suffix(".service").unwrap_or(&self.unit)
    }

    /// It began before the clock was right, or the clock was stepped under it.
    pub fn is_off(&self) -> bool {
        self.began.is_some() && (self.wait != Wait::Over || self.under.is_some())
    }

    pub fn period(&self) -> Option<(Duration, Duration)> {
        self.since.zip(self.until).filter(|(since, until)| since < until)
    }

    /// "scylla-server waited 14.7 s: 0.9 s for the agent, 12.7 s for chrony-wait (...)."
    pub fn sentence(&self) -> String {
        let name = self.name();
        let Some(began) = self.began else {
            return match (self.wait, self.since) {
                (Wait::Held, _) => format!("{name} is held until the clock is right."),
                (Wait::Open, Some(_)) => format!("{name} has not started: chrony-wait is not over."),
                (Wait::Never, Some(_)) => {
                    format!("{name} has not started in this boot, and chrony-wait has not run.")
                }
                _ => format!("{name} has not started in this boot."),
            };
        };
        if self.since.is_none() {
            return format!("{name} did not wait: neither the agent nor chronyd ran before it.");
        }
        let text = match self.wait {
            Wait::Over => format!("{name} waited {}", self.waited()),
            Wait::Failed => {
                format!("{name} started with a clock that nobody had set: it waited {}", self.waited())
            }
            Wait::Open | Wait::Held | Wait::Never => {
                format!("{name} did not wait for the clock: it started at {:.3} s", began.as_secs_f64())
            }
        };
        // After a start that was right a step is another story: the machine was paused.
        let step = match (self.wait, self.under, self.before) {
            (Wait::Failed | Wait::Open | Wait::Held | Wait::Never, Some(step), _) => {
                format!(". Afterwards the clock {}", stepped(step))
            }
            (Wait::Over | Wait::Failed, _, Some(step)) => format!(" (the clock {})", stepped(step)),
            _ => String::new(),
        };
        text + &step + "."
    }

    fn waited(&self) -> String {
        let total = self.period().map_or(Duration::ZERO, |(since, until)| until - since);
        let gave_up = if self.wait == Wait::Failed { ", which gave up" } else { "" };
        let part = |(name, length): &(&str, Duration)| {
            let gave_up = if *name == "chrony-wait" { gave_up } else { "" };
            format!("{} for {name}{gave_up}", seconds(*length))
        };
        let parts: Vec<String> = self.parts.iter().filter(|(_, length)| *length >= BRIEF).map(part).collect();
        let colon = if parts.is_empty() { "" } else { ": " };
        format!("{}{colon}{}", seconds(total), parts.join(", "))
    }
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let milliseconds = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let part = |(name, length): &(&str, Duration)| json!({ "for": name, "ms": milliseconds(*length) });
        let waited = self.period().map(|(since, until)| milliseconds(until - since));
        json!({
            "unit": self.unit, "began_ms": self.began.map(milliseconds), "waited_ms": waited,
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
            "after_clock": self.began.map(|_| !self.is_off()), "says": self.sentence(),
        })
        .serialize(serializer)
    }
}

/// Each moment counts once, for the one that began first.
fn parts(
    spans: &[(&'static str, Mark)],
    since: Option<Duration>,
    until: Option<Duration>,
) -> Vec<(&'static str, Duration)> {
    let (Some(mut now), Some(until)) = (since, until) else { return Vec::new() };
    let mut parts: Vec<(&'static str, Duration)> = Vec::new();
    let mut add = |name, length: Duration| match parts.iter_mut().find(|(other, _)| *other == name) {
        Some((_, sum)) => *sum += length,
        None => parts.push((name, length)),
    };
    for (name, span) in spans {
        add("other units", span.from.saturating_sub(now));
        now = now.max(span.from);
        let end = span.to.min(until);
        add(name, end.saturating_sub(now));
        now = now.max(end);
    }
    add("other units", until.saturating_sub(now));
    // What fills the gaps comes last.
    parts.sort_by_key(|(name, _)| *name == "other units");
    parts
}

fn stepped(step: Step) -> String {
    format!("was stepped by {} at {:.1} s", signed_seconds(step.seconds), step.at.as_secs_f64())
}

fn seconds(length: Duration) -> String {
    format!("{:.1} s", length.as_secs_f64())
}
