//! This boot, by its journal.

use super::{Check, Subject, Verdict, gate, if_observed, live, none_of, right, unknown, wrong};
use crate::machine::{Boot, Step, Wait, What};
use crate::names::{CHRONY_WAIT, TIME_SYNC};
use crate::timeline::signed_seconds;

pub const CHECKS: &[Check] = &[
    live("database-waited", "In this boot no database started before the clock was right", waited).next(
        "the database ran on a clock that was not set: its writes may carry wrong timestamps. Is the clock right now \
         (chronyc tracking)? cloud-timesync status shows whether chrony-wait timed out or there was no gate",
    ),
    live("no-ordering-cycle", "systemd broke no ordering cycle in this boot", no_cycle)
        .next("journalctl -b -g 'ordering cycle' names the units"),
    live("no-step-under-database", "In this boot the clock was not stepped while the database ran", no_step)
        .next(
            "the database's writes before the step carry wrong timestamps; the usual cause is a pause of the machine \
             or its migration: journalctl -b -u chrony -u chronyd",
        ),
];

fn waited(subject: &Subject) -> Verdict {
    if_observed(subject.boot(), |boot| {
        if subject.intent.gated.is_empty() {
            return right(gate::nobody(subject));
        }
        let mut found = Vec::new();
        for unit in &subject.intent.gated {
            match start(subject, boot, unit) {
                Verdict::Right(says) => found.push(says),
                other => return other,
            }
        }
        right(found.join(", "))
    })
}

/// The start of one database.
fn start(subject: &Subject, boot: &Boot, unit: &str) -> Verdict {
    let Some(began) = boot.began(unit) else {
        return match subject.unit(unit) {
            Ok(live) if live.is_up() => {
                unknown(format!("{unit} runs, and the journal does not have its start"))
            }
            Ok(live) if live.has_job => right(format!("{unit} is held until now")),
            _ => right(format!("{unit} has not started in this boot")),
        };
    };
    let says = match (boot.wait_of(unit), boot.clock_was_right()) {
        (Wait::Over, _) => return right(format!("{unit} started when the clock was right")),
        (Wait::Failed, _) => format!("when {CHRONY_WAIT} had given up"),
        (_, Some(at)) => format!("the clock was right at {:.1} s", at.as_secs_f64()),
        (_, None) if boot.first(CHRONY_WAIT, What::Started).is_some() => {
            format!("{TIME_SYNC} was not reached")
        }
        (_, None) => format!("{CHRONY_WAIT} did not end"),
    };
    let found = format!("{unit} started at {:.1} s, {says}", began.as_secs_f64());
    wrong(found, format!("{CHRONY_WAIT} and {TIME_SYNC} before it"))
}

fn no_cycle(subject: &Subject) -> Verdict {
    if_observed(subject.boot(), |boot| {
        none_of(boot.cycles.first(), "no cycle: systemd drops a job of its own choice")
    })
}

/// Before the database starts a step is right, and what it waits for.
fn no_step(subject: &Subject) -> Verdict {
    if_observed(subject.boot(), |boot| {
        let stepped = subject.intent.gated.iter().filter_map(|unit| stepped(unit, &boot.steps_under(unit)));
        none_of(stepped, "a clock that is right all the time")
    })
}

/// The largest step says most.
fn stepped(unit: &str, steps: &[Step]) -> Option<String> {
    let largest = steps.iter().max_by(|a, b| a.seconds.abs().total_cmp(&b.seconds.abs()))?;
    let (by, at) = (signed_seconds(largest.seconds), largest.at.as_secs_f64());
    let more =
        if steps.len() > 1 { format!(", the largest of {} steps", steps.len()) } else { String::new() };
    Some(format!("stepped by {by} at {at:.1} s while {unit} ran{more}"))
}
