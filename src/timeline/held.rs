//! Time for which a database was kept from starting, and by whom.

use std::time::Duration;

use serde::Serialize;

use super::{Mark, signed_seconds, spans};
use crate::machine::{Boot, STAMPED_LATE, Step, Wait, What, as_milliseconds};
use crate::names::{AGENT_UNIT, CHRONY_WAIT, ONLINE_UNIT, TIME_SYNC, WAIT_UNIT};

/// Less than this is not worth a word.
pub const BRIEF: Duration = Duration::from_millis(100);

const OTHER_UNITS: &str = "other units";

/// A database before its start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    pub unit: String,
    /// Time when its start began; None if it did not start in this boot.
    #[serde(rename = "began_ms", serialize_with = "as_milliseconds")]
    pub began: Option<Duration>,
    /// Time from which on the gate held it: since the agent or, without one, chronyd began. None where neither ran before
    /// it.
    #[serde(skip)]
    pub since: Option<Duration>,
    /// Time from then until all that it waits for was over.
    #[serde(rename = "waited_ms", serialize_with = "as_milliseconds")]
    pub waited: Option<Duration>,
    pub parts: Vec<Part>,
    #[serde(skip)]
    pub wait: Wait,
    /// Began when the clock was right, which was not stepped afterwards; None if it has not begun.
    pub after_clock: Option<bool>,
    /// "scylla-server waited 14.7 s: 0.9 s for the agent, 12.7 s for chrony-wait (...)."
    pub says: String,
}

/// Unit for which a database waited, and how long; "other units" is what lies between the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    #[serde(rename = "for")]
    pub name: &'static str,
    #[serde(rename = "ms", serialize_with = "as_milliseconds")]
    pub length: Duration,
}

impl Held {
    pub fn of(boot: &Boot, chrony: &str, unit: &str) -> Held {
        let began = boot.began(unit);
        let holders = [
            ("the agent", AGENT_UNIT),
            ("the agent", ONLINE_UNIT),
            ("chronyd", chrony),
            ("chrony-wait", CHRONY_WAIT),
            ("cloud-timesync-wait", WAIT_UNIT),
        ];
        let named =
            |(name, unit): (&'static str, &str)| spans(boot, unit).into_iter().map(move |span| (name, span));
        let mut spans: Vec<(&str, Mark)> = holders.into_iter().flat_map(named).collect();
        spans.retain(|(_, span)| began.is_none_or(|began| span.from < began));
        spans.sort_by_key(|(_, span)| span.from);
        let target = boot.first(TIME_SYNC, What::Started);
        let over = spans.iter().map(|(_, span)| span.to).chain(target).max();
        let since = spans.first().map(|(_, span)| span.from);
        let until =
            over.into_iter().chain(began).min().filter(|until| since.is_some_and(|since| since < *until));
        let wait = boot.wait_of(unit);
        let held = Held {
            unit: unit.to_owned(),
            began,
            since,
            waited: since.zip(until).map(|(since, until)| until - since),
            parts: since.zip(until).map(|(since, until)| parts(&spans, since, until)).unwrap_or_default(),
            wait,
            after_clock: began.map(|_| wait == Wait::Over && boot.steps_under(unit).is_empty()),
            says: String::new(),
        };
        Held { says: held.sentence(boot), ..held }
    }

    pub fn name(&self) -> &str {
        self.unit.strip_suffix(".service").unwrap_or(&self.unit)
    }

    fn sentence(&self, boot: &Boot) -> String {
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
            Wait::Over => format!("{name} waited {}", self.reasons()),
            Wait::Failed => {
                format!("{name} started with a clock that was not set: it waited {}", self.reasons())
            }
            Wait::Open | Wait::Held | Wait::Never => {
                format!("{name} did not wait for the clock: it started at {:.3} s", began.as_secs_f64())
            }
        };
        let before = boot.steps.iter().find(|step| step.at <= began + STAMPED_LATE);
        // After a start that was right a step is another story: the machine was paused.
        let under = boot.steps_under(&self.unit).into_iter().next().filter(|_| self.wait != Wait::Over);
        match (under, before) {
            (Some(step), _) => format!("{text}. Afterwards the clock {}.", stepped(&step)),
            (None, Some(step)) => format!("{text} (the clock {}).", stepped(step)),
            (None, None) => text + ".",
        }
    }

    /// "26.4 s: 11.5 s for the agent, 12.6 s for chrony-wait"
    fn reasons(&self) -> String {
        let gave_up = if self.wait == Wait::Failed { ", which gave up" } else { "" };
        let part = |Part { name, length }: &Part| {
            let gave_up = if *name == "chrony-wait" { gave_up } else { "" };
            format!("{} for {name}{gave_up}", seconds(*length))
        };
        let parts: Vec<String> = self.parts.iter().filter(|part| part.length >= BRIEF).map(part).collect();
        let colon = if parts.is_empty() { "" } else { ": " };
        format!("{}{colon}{}", seconds(self.waited.unwrap_or_default()), parts.join(", "))
    }
}

/// Each moment counts once, for the one that began first.
fn parts(spans: &[(&'static str, Mark)], since: Duration, until: Duration) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |name, length: Duration| match parts.iter_mut().find(|part| part.name == name) {
        Some(part) => part.length += length,
        None => parts.push(Part { name, length }),
    };
    let mut now = since;
    for (name, span) in spans {
        add(OTHER_UNITS, span.from.saturating_sub(now));
        now = now.max(span.from);
        let end = span.to.min(until);
        add(name, end.saturating_sub(now));
        now = now.max(end);
    }
    add(OTHER_UNITS, until.saturating_sub(now));
    // What fills the gaps comes last.
    parts.sort_by_key(|part| part.name == OTHER_UNITS);
    parts
}

fn stepped(step: &Step) -> String {
    format!("was stepped by {} at {:.1} s", signed_seconds(step.seconds), step.at.as_secs_f64())
}

fn seconds(length: Duration) -> String {
    format!("{:.1} s", length.as_secs_f64())
}
