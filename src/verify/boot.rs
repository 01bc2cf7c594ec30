//! This boot, by its journal.

use std::time::Duration;

use super::Scope::Live;
use super::{Check, Subject, Verdict, gate, given, right, wrong};
use crate::machine::{Boot, What};
use crate::names::{CHRONY_WAIT, HOLD_UNIT, TIME_SYNC};

pub const CHECKS: &[Check] = &[
    Check {
        name: "database-waited",
        scope: Live,
        says: "In this boot no database started before the clock was right",
        ask: database_waited,
        next: "cloud-timesync status shows the boot; a reboot tells whether the gate holds now",
    },
    Check {
        name: "no-ordering-cycle",
        scope: Live,
        says: "systemd broke no ordering cycle in this boot",
        ask: no_cycle,
        next: "journalctl -b -g 'ordering cycle' names the units",
    },
];

fn database_waited(subject: &Subject) -> Verdict {
    given(subject.boot(), |boot| {
        if subject.intent.gated.is_empty() {
            return right(gate::nobody(subject));
        }
        let mut told = Vec::new();
        for unit in &subject.intent.gated {
            let started =
                [What::Starting, What::Started].into_iter().filter_map(|what| boot.first(unit, what));
            let verdict = match started.min() {
                Some(started) => waited(boot, unit, started),
                None if subject.unit(unit).is_ok_and(|unit| unit.is_up()) => {
                    Verdict::Unknown(format!("{unit} runs, and the journal does not have its start"))
                }
                None if subject.unit(unit).is_ok_and(|unit| unit.has_job) => {
                    right(format!("{unit} is held until now"))
                }
                None => right(format!("{unit} has not started in this boot")),
            };
            match verdict {
                Verdict::Right(found) => told.push(found),
                other => return other,
            }
        }
        right(told.join(", "))
    })
}

/// By the first end of the wait: a restart of chronyd runs it again.
fn waited(boot: &Boot, unit: &str, started: Duration) -> Verdict {
    let at = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let ended = [CHRONY_WAIT, HOLD_UNIT].map(|unit| boot.first(unit, What::Started));
    let succeeded = ended.into_iter().flatten().min();
    let failed = boot.first(CHRONY_WAIT, What::Failed);
    let target = boot.first(TIME_SYNC, What::Started);
    let wanted = format!("{CHRONY_WAIT} and {TIME_SYNC} before it");
    match (succeeded, target) {
        (Some(wait), Some(target)) if wait.max(target) <= started => {
            right(format!("{unit} started when the clock was right"))
        }
        _ if failed.is_some_and(|failed| failed <= started) => {
            wrong(format!("{unit} started at {}, when {CHRONY_WAIT} had given up", at(started)), wanted)
        }
        (Some(wait), Some(target)) => wrong(
            format!("{unit} started at {}, the clock was right at {}", at(started), at(wait.max(target))),
            wanted,
        ),
        (None, _) => wrong(format!("{unit} started at {}, {CHRONY_WAIT} did not end", at(started)), wanted),
        (_, None) => wrong(format!("{unit} started at {}, {TIME_SYNC} was not reached", at(started)), wanted),
    }
}

fn no_cycle(subject: &Subject) -> Verdict {
    given(subject.boot(), |boot| match boot.cycles.first() {
        None => right(""),
        Some(sentence) => wrong(sentence, "no cycle: systemd drops a job of its own choice"),
    })
}
