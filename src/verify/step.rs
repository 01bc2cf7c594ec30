//! Steps of the clock under a database that runs.

use super::Scope::Live;
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::machine::Step;
use crate::timeline::signed_seconds;

pub const CHECKS: &[Check] = &[Check {
    name: "no-step-under-database",
    scope: Live,
    says: "In this boot the clock was not stepped while the database ran",
    ask: no_step,
    next: "until the step the database wrote with a wrong time; a pause of the machine is the usual reason, \
           journalctl -b -u chrony -u chronyd tells others",
}];

/// Before the database starts a step is right, and what it waits for.
fn no_step(subject: &Subject) -> Verdict {
    given(subject.boot(), |boot| {
        let stepped = subject.intent.gated.iter().map(|unit| (unit, boot.steps_under(unit)));
        let told: Vec<String> = stepped
            .filter(|(_, steps)| !steps.is_empty())
            .map(|(unit, steps)| sentence(unit, &steps))
            .collect();
        if told.is_empty() { right("") } else { wrong(told.join("; "), "a clock that is right all the time") }
    })
}

/// The largest says most.
fn sentence(unit: &str, steps: &[Step]) -> String {
    let largest = steps.iter().max_by(|a, b| a.seconds.abs().total_cmp(&b.seconds.abs()));
    let largest = largest.map_or(String::new(), said);
    let more = match steps.len() {
        0 | 1 => String::new(),
        number => format!(", the largest of {number} steps"),
    };
    format!("stepped by {largest} while {unit} ran{more}")
}

/// "+8.001 s at 1234.5 s"
fn said(step: &Step) -> String {
    format!("{} at {:.1} s", signed_seconds(step.seconds), step.at.as_secs_f64())
}
