//! The clock itself, by chronyd's word and by the real-time clock.

use std::time::Duration;

use super::sources::{is_alone, leads};
use super::{Check, Subject, Verdict, if_observed, live, right, unknown, wrong};
use crate::config::Millis;
use crate::machine::Tracking;

pub const CHECKS: &[Check] = &[
    live("leap-status", "chronyd says that the clock is synchronised", leap_status)
        .caused_by(&["sources-agree"])
        .next("chronyc tracking, chronyc -N sources"),
    live("stratum", "chronyd's time comes from a real reference clock (stratum 1 to 15)", stratum)
        .next("is there a `local` directive in chrony.conf? It makes chronyd follow its own clock"),
    live("offset", "The clock is off by less than 100 ms", offset)
        .next("chronyc makestep sets it at once; a database should not run meanwhile"),
    live(
        "root-distance",
        "The worst-case error is under 1 s; judged after chronyd's first 10 minutes",
        distance,
    )
    .next("chronyc tracking: root delay and root dispersion"),
    live(
        "clock-within-max-offset",
        "The worst-case error is below [gate] max_error: 80 % of what the database bears, if it is not set",
        bound,
    )
    .next("chronyc tracking; a nearer source, or a larger limit on every node: docs/databases.md"),
    live("rtc", "The real-time clock is within 2 s; judged after chronyd's first 12 minutes", rtc)
        .next("hwclock --systohc; with rtcsync the kernel writes it every 11 minutes"),
    live("drift-written", "chronyd has written the driftfile, once it ran for an hour", drift_written)
        .next("journalctl -u chrony -u chronyd says why it could not"),
];

/// chrony-wait lets as much pass.
const OFFSET_LIMIT_S: f64 = 0.1;

/// Half the way to the reference and back, and what may have gone wrong since.
const ROOT_DISTANCE_LIMIT_S: f64 = 1.0;

/// Age from which on an error bound counts: with its first samples chronyd hardly knows the clock's rate, and its bounds
/// grow by seconds between two updates. That is no fault, and no verdict for a boot.
const SETTLED_AFTER: Duration = Duration::from_secs(10 * 60);

/// Seconds: the real-time clock counts whole ones.
const RTC_LIMIT_S: f64 = 2.0;

/// The kernel writes the real-time clock every 11 minutes.
const RTC_WRITTEN_AFTER: Duration = Duration::from_secs(12 * 60);

/// chronyd writes the driftfile every hour.
const DRIFT_WRITTEN_AFTER: Duration = Duration::from_secs(65 * 60);

fn leap_status(subject: &Subject) -> Verdict {
    if_observed(subject.tracking(), |tracking| match tracking.leap.as_str() {
        "Normal" | "Insert second" | "Delete second" => right(&tracking.leap),
        other => wrong(other, "Normal"),
    })
}

/// Judges a clock that chronyd knows. Of any other `leap-status` says all.
fn if_synchronised(subject: &Subject, judge: impl FnOnce(&Tracking) -> Verdict) -> Verdict {
    if_observed(subject.tracking(), |tracking| {
        if tracking.is_synchronised() { judge(tracking) } else { unknown("chronyd does not know the time") }
    })
}

fn stratum(subject: &Subject) -> Verdict {
    if_synchronised(subject, |tracking| match (on_its_own(subject, tracking), tracking.stratum) {
        (Some(verdict), _) => verdict,
        (None, 1..=15) => right(tracking.stratum.to_string()),
        (None, other) => wrong(other.to_string(), "1 to 15"),
    })
}

/// Judges a clock that follows nothing outside; None of any other.
fn on_its_own(subject: &Subject, tracking: &Tracking) -> Option<Verdict> {
    let orphan = subject.intent.cluster.as_ref().and_then(|part| part.orphan_stratum);
    let whose = match (leads(tracking), orphan) {
        (true, _) => "the machine's own clock",
        (false, Some(orphan)) if (orphan + 1..16).contains(&tracking.stratum) => "the cluster's own clock",
        _ => return None,
    };
    let found = format!("{whose}, which nothing outside sets");
    Some(if is_alone(subject) { right(found) } else { wrong(found, "a clock that follows a source outside") })
}

fn offset(subject: &Subject) -> Verdict {
    if_synchronised(subject, |tracking| {
        let found = span(tracking.system_offset);
        let is_near = tracking.system_offset.abs() < OFFSET_LIMIT_S;
        if is_near { right(found) } else { wrong(found, "under 100 ms") }
    })
}

fn distance(subject: &Subject) -> Verdict {
    if_synchronised(subject, |tracking| {
        let distance = tracking.root_delay / 2.0 + tracking.root_dispersion;
        below(distance, ROOT_DISTANCE_LIMIT_S, is_young(subject, SETTLED_AFTER))
    })
}

fn bound(subject: &Subject) -> Verdict {
    let Some(limit) = subject.intent.max_error.map(Millis::as_seconds) else {
        return right("no database with such a limit is installed");
    };
    if_synchronised(subject, |tracking| {
        let is_learning = is_young(subject, SETTLED_AFTER) && tracking.system_offset.abs() < limit;
        below(tracking.error_bound(), limit, is_learning)
    })
}

/// Judges an error bound, in seconds; one that chronyd still learns is excused.
fn below(error: f64, limit: f64, is_learning: bool) -> Verdict {
    let found = format!("{} at most", span(error));
    match error < limit {
        true => right(found),
        false if is_learning => right(format!("{found}, and chronyd still learns the clock's rate")),
        false => wrong(found, format!("under {}", span(limit))),
    }
}

/// chronyd is seen to have run for less than this.
fn is_young(subject: &Subject, age: Duration) -> bool {
    let chronyd = subject.observed(|running| &running.chronyd).ok().and_then(Option::as_ref);
    chronyd.is_some_and(|chronyd| chronyd.age < age)
}

fn rtc(subject: &Subject) -> Verdict {
    if_observed(subject.observed(|running| &running.rtc), |ahead| {
        let Some(ahead) = *ahead else { return right("there is none") };
        let found = format!("{:.0} s {}", ahead.abs(), if ahead > 0.0 { "ahead" } else { "behind" });
        match ahead.abs() < RTC_LIMIT_S {
            true => right(""),
            false if is_young(subject, RTC_WRITTEN_AFTER) => {
                right(format!("{found}, and the kernel writes it every 11 minutes"))
            }
            false => wrong(found, "within 2 s of the clock"),
        }
    })
}

fn drift_written(subject: &Subject) -> Verdict {
    if_observed(subject.observed(|running| &running.chronyd), |chronyd| match chronyd {
        None => right("chronyd does not run"),
        Some(chronyd) if chronyd.age < DRIFT_WRITTEN_AFTER => {
            right(format!("chronyd has run for {} min", chronyd.age.as_secs() / 60))
        }
        Some(_) => if_observed(subject.observed(|running| &running.drift_written), |written| match written {
            true => right(""),
            false => wrong("there is none", "a driftfile"),
        }),
    })
}

/// Seconds, in the unit that reads best.
pub fn span(seconds: f64) -> String {
    let size = seconds.abs();
    if size < 0.001 {
        format!("{:.0} us", seconds * 1e6)
    } else if size < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.3} s")
    }
}
