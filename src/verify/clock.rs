//! The clock itself, by chronyd's word and by the real-time clock.

use std::time::Duration;

use super::Scope::Live;
use super::{Check, Subject, Verdict, cluster, given, right, wrong};

pub const CHECKS: &[Check] = &[
    Check {
        name: "leap-status",
        scope: Live,
        says: "chronyd holds the clock to be synchronised",
        ask: leap_status,
        next: "chronyc tracking, chronyc -N sources",
    },
    Check {
        name: "stratum",
        scope: Live,
        says: "The clock hangs on a real clock somewhere",
        ask: stratum,
        next: "chronyc tracking; a local directive makes a clock of nothing",
    },
    Check {
        name: "offset",
        scope: Live,
        says: "The clock is off by less than 100 ms",
        ask: offset,
        next: "chronyc makestep sets it at once; a database should not run meanwhile",
    },
    Check {
        name: "root-distance",
        scope: Live,
        says: "The clock cannot be off by more than a second, once chronyd ran for 10 minutes",
        ask: root_distance,
        next: "chronyc tracking: root delay and root dispersion",
    },
    Check {
        name: "clock-within-max-offset",
        scope: Live,
        says: "CockroachDB's clock cannot be off by 80 % of its maximum, once chronyd ran for 10 minutes",
        ask: within_max_offset,
        next: "chronyc tracking; a nearer source, or a larger --max-offset and [cockroach] max_offset on every node",
    },
    Check {
        name: "rtc",
        scope: Live,
        says: "The real-time clock is within 2 seconds, once chronyd ran for 12 minutes",
        ask: rtc,
        next: "hwclock --systohc; with rtcsync the kernel writes it every 11 minutes",
    },
    Check {
        name: "drift-written",
        scope: Live,
        says: "chronyd has written the driftfile, once it ran for an hour",
        ask: drift_written,
        next: "journalctl -u chrony -u chronyd says why it could not",
    },
];

/// chrony-wait lets as much pass.
const OFFSET_LIMIT_S: f64 = 0.1;

/// Half the way to the reference and back, and what may have gone wrong since.
const ROOT_DISTANCE_LIMIT_S: f64 = 1.0;

/// With its first samples chronyd hardly knows the clock's rate, and its bounds grow by seconds
/// between two updates. That is no fault, and no verdict for a boot.
const SETTLED_AFTER: Duration = Duration::from_secs(10 * 60);

/// It counts in whole seconds.
const RTC_LIMIT_S: f64 = 2.0;

/// The kernel writes the real-time clock every 11 minutes.
const RTC_WRITTEN_AFTER: Duration = Duration::from_secs(12 * 60);

/// chronyd writes the driftfile every hour.
const DRIFT_WRITTEN_AFTER: Duration = Duration::from_secs(65 * 60);

fn leap_status(subject: &Subject) -> Verdict {
    given(subject.tracking(), |tracking| match tracking.leap.as_str() {
        "Normal" | "Insert second" | "Delete second" => right(&tracking.leap),
        other => wrong(other, "Normal"),
    })
}

fn stratum(subject: &Subject) -> Verdict {
    given(subject.tracking(), |tracking| {
        if let Some(verdict) = cluster::on_its_own(subject, tracking) {
            return verdict;
        }
        match tracking.stratum {
            1..=15 => right(tracking.stratum.to_string()),
            other => wrong(other.to_string(), "1 to 15"),
        }
    })
}

fn offset(subject: &Subject) -> Verdict {
    given(subject.tracking(), |tracking| {
        let found = span(tracking.system_offset);
        if !tracking.is_synchronised() {
            return Verdict::Unknown("chronyd does not know the time".to_owned());
        }
        if tracking.system_offset.abs() < OFFSET_LIMIT_S {
            right(found)
        } else {
            wrong(found, "under 100 ms")
        }
    })
}

fn root_distance(subject: &Subject) -> Verdict {
    given(subject.tracking(), |tracking| {
        let distance = tracking.root_delay / 2.0 + tracking.root_dispersion;
        if !tracking.is_synchronised() {
            return Verdict::Unknown("chronyd does not know the time".to_owned());
        }
        if distance < ROOT_DISTANCE_LIMIT_S {
            return right(span(distance));
        }
        match age(subject) {
            Some(age) if age < SETTLED_AFTER => {
                right(format!("{}, and chronyd still learns the clock's rate", span(distance)))
            }
            _ => wrong(span(distance), "under 1 s"),
        }
    })
}

/// A node that finds itself off by more leaves the cluster.
const OF_MAX_OFFSET: f64 = 0.8;

fn within_max_offset(subject: &Subject) -> Verdict {
    let Some(max_offset) = subject.intent.max_offset else { return right("no CockroachDB is installed") };
    let limit = f64::from(max_offset.0) / 1000.0 * OF_MAX_OFFSET;
    given(subject.tracking(), |tracking| {
        let bound = tracking.error_bound();
        if !tracking.is_synchronised() {
            return Verdict::Unknown("chronyd does not know the time".to_owned());
        }
        if bound < limit {
            return right(format!("{} at most", span(bound)));
        }
        match age(subject) {
            Some(age) if age < SETTLED_AFTER && tracking.system_offset.abs() < limit => {
                right(format!("{} at most, and chronyd still learns the clock's rate", span(bound)))
            }
            _ => wrong(format!("{} at most", span(bound)), format!("under {}", span(limit))),
        }
    })
}

/// How long chronyd has run, if that can be seen.
fn age(subject: &Subject) -> Option<Duration> {
    let chronyd = subject.around.running.as_ref()?.chronyd.as_ref().ok()?;
    chronyd.as_ref().map(|chronyd| chronyd.age)
}

fn rtc(subject: &Subject) -> Verdict {
    given(subject.running(), |running| {
        given(running.rtc.clone(), |ahead| {
            let Some(ahead) = ahead else { return right("there is none") };
            if ahead.abs() < RTC_LIMIT_S {
                return right("");
            }
            let found = format!("{:.0} s {}", ahead.abs(), if ahead > 0.0 { "ahead" } else { "behind" });
            match age(subject) {
                Some(age) if age < RTC_WRITTEN_AFTER => {
                    right(format!("{found}, and the kernel writes it every 11 minutes"))
                }
                _ => wrong(found, "within 2 s of the clock"),
            }
        })
    })
}

fn drift_written(subject: &Subject) -> Verdict {
    given(subject.running(), |running| {
        given(running.chronyd.as_ref().map_err(Clone::clone), |chronyd| match chronyd {
            None => right("chronyd does not run"),
            Some(chronyd) if chronyd.age < DRIFT_WRITTEN_AFTER => {
                right(format!("chronyd has run for {} min", chronyd.age.as_secs() / 60))
            }
            Some(_) => given(running.drift_written.clone(), |written| {
                if written { right("") } else { wrong("there is none", "a driftfile") }
            }),
        })
    })
}

/// Seconds, in the unit that reads best.
fn span(seconds: f64) -> String {
    let size = seconds.abs();
    if size < 0.001 {
        format!("{:.0} us", seconds * 1e6)
    } else if size < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.3} s")
    }
}
