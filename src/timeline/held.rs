//! How long a database was kept from starting, and by whom.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Kind, Mark, signed_seconds, spans};
use crate::machine::{Boot, STAMPED_LATE, Step, What};
use crate::names::{AGENT_UNIT, CHRONY_WAIT, HOLD_UNIT, ONLINE_UNIT, TIME_SYNC};

/// What holds it beyond the wait.
const HOLD: &str = "the hold";

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
    /// chrony-wait is over, and the hold is not.
    pub is_held: bool,
    pub steps: Vec<Step>,
}

/// What became of chrony-wait until the database began, or until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It saw the clock synchronised.
    Over,
    /// It gave up.
    Failed,
    /// It was still waiting.
    Open,
    /// It had not begun: it is masked, or nobody asked for it.
    Never,
}

impl Held {
    pub fn of(boot: &Boot, chrony: &str, unit: &str) -> Held {
        let began = boot.first(unit, What::Starting).or_else(|| boot.first(unit, What::Started));
        let holders = [
            ("the agent", AGENT_UNIT),
            ("the agent", ONLINE_UNIT),
            ("chronyd", chrony),
            ("chrony-wait", CHRONY_WAIT),
            (HOLD, HOLD_UNIT),
        ];
        let of = |(name, unit): (&'static str, &str)| {
            spans(boot, unit).into_iter().map(move |span| (name, span)).collect::<Vec<_>>()
        };
        let mut spans: Vec<(&str, Mark)> = holders.into_iter().flat_map(of).collect();
        spans.retain(|(_, span)| began.is_none_or(|began| span.from < began));
        spans.sort_by_key(|(_, span)| span.from);
        // The last one decides: a restart of chronyd runs the wait again.
        let wait = spans.iter().rfind(|(name, _)| ["chrony-wait", HOLD].contains(name));
        let is_held = wait.is_some_and(|(name, span)| *name == HOLD && span.kind == Kind::Open);
        let wait = wait.map(|(_, span)| span);
        let wait = match wait {
            None => Wait::Never,
            Some(span) if began.is_some_and(|began| span.to > began) => Wait::Open,
            Some(Mark { kind: Kind::Busy, .. }) => Wait::Over,
            Some(Mark { kind: Kind::Failed, .. }) => Wait::Failed,
            Some(_) => Wait::Open,
        };
        let target = boot.first(TIME_SYNC, What::Started);
        let over = spans.iter().map(|(_, span)| span.to).chain(target).max();
        let since = spans.first().map(|(_, span)| span.from);
        let until = over.map(|over| began.map_or(over, |began| over.min(began)));
        let parts = parts(&spans, since, until);
        Held { unit: unit.to_owned(), began, since, until, parts, wait, is_held, steps: boot.steps.clone() }
    }

    pub fn name(&self) -> &str {
        self.unit.strip_suffix(".service").unwrap_or(&self.unit)
    }

    /// It began before anybody had set the clock.
    pub fn is_off(&self) -> bool {
        self.began.is_some() && (self.wait != Wait::Over || self.step_after_start().is_some())
    }

    pub fn period(&self) -> Option<(Duration, Duration)> {
        self.since.zip(self.until).filter(|(since, until)| since < until)
    }

    fn step_after_start(&self) -> Option<&Step> {
        self.steps.iter().find(|step| self.began.is_some_and(|began| step.at > began + STAMPED_LATE))
    }

    /// "scylla-server waited 14.7 s: 0.9 s for the agent, 12.7 s for chrony-wait (...)."
    pub fn sentence(&self) -> String {
        let name = self.name();
        let Some(began) = self.began else {
            return match (self.wait, self.since) {
                _ if self.is_held => format!("{name} is held until the clock is right."),
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
        let mut text = match self.wait {
            Wait::Over => format!("{name} waited {}", self.waited()),
            Wait::Failed => {
                format!("{name} started with a clock that nobody had set: it waited {}", self.waited())
            }
            Wait::Open | Wait::Never => {
                format!("{name} did not wait for the clock: it started at {:.3} s", began.as_secs_f64())
            }
        };
        let before = self.steps.iter().find(|step| step.at <= began + STAMPED_LATE);
        // After a start that was right a step is another story: the machine was paused.
        match (self.step_after_start().filter(|_| self.wait != Wait::Over), before) {
            (Some(step), _) => text += &format!(". Afterwards the clock {}", stepped(step)),
            (None, Some(step)) if matches!(self.wait, Wait::Over | Wait::Failed) => {
                text += &format!(" (the clock {})", stepped(step))
            }
            _ => {}
        }
        text + "."
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

    pub fn to_json(&self) -> Value {
        let part = |(name, length): &(&str, Duration)| json!({ "for": name, "ms": milliseconds(*length) });
        let waited = self.period().map(|(since, until)| milliseconds(until - since));
        json!({
            "unit": self.unit, "began_ms": self.began.map(milliseconds), "waited_ms": waited,
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
            "after_clock": self.began.map(|_| !self.is_off()), "says": self.sentence(),
        })
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

fn stepped(step: &Step) -> String {
    format!("was stepped by {} at {:.1} s", signed_seconds(step.seconds), step.at.as_secs_f64())
}

fn seconds(length: Duration) -> String {
    format!("{:.1} s", length.as_secs_f64())
}

pub(crate) fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
