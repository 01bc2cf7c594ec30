//! Checks of this boot, by its journal.

use super::gate::of_each;
use super::{Check, Subject, Verdict, if_observed, live, none_of, right, unknown, wrong};
use crate::machine::{LiveUnit, Step, Wait};
use crate::names::{CHRONY_WAIT, TIME_SYNC};
use crate::timeline::signed_seconds;

/// The worst that a boot can show: data may carry wrong timestamps.
pub const ALARMS: [&str; 2] = ["database-waited", "no-step-under-database"];

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
        of_each(subject, |unit| {
            let held = subject.held(boot, unit);
            match (held.began, held.wait) {
                (None, _) if subject.unit(unit).is_ok_and(LiveUnit::is_up) => {
                    unknown(format!("{unit} runs, and the journal does not have its start"))
                }
                (None, _) | (Some(_), Wait::Over) => right(held.says),
                (Some(_), _) => wrong(held.says, format!("{CHRONY_WAIT} and {TIME_SYNC} before it")),
            }
        })
    })
}

fn no_cycle(subject: &Subject) -> Verdict {
    if_observed(subject.boot(), |boot| {
        none_of(boot.cycles.first(), "no cycle: systemd drops a job of its own choice")
    })
}

/// Judges steps: one before the database's start is right, and what that waits for.
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
