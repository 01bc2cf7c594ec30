//! The gate: the wait, and the drop-ins that make a database wait for it.

use std::time::Duration;

use super::Scope::{Anywhere, Live};
use super::daemon::enablement;
use super::{Check, Subject, Verdict, asked, given, right, wrong};
use crate::machine::What;
use crate::names::{CHRONY_WAIT, HOLD_UNIT, TIME_SYNC, awaited, gate_path};
use crate::render;
use crate::root::Found;

pub const CHECKS: &[Check] = &[
    Check {
        name: "chrony-wait-enabled",
        scope: Anywhere,
        says: "chrony-wait.service is a part of every boot",
        ask: wait_enabled,
        next: "systemctl unmask it where it is masked; cloud-timesync apply enables it",
    },
    Check {
        name: "chrony-wait-timeout",
        scope: Live,
        says: "chrony-wait.service ends, and when it should",
        ask: wait_timeout,
        next: "cloud-timesync apply; systemctl cat chrony-wait.service shows who says otherwise",
    },
    Check {
        name: "chrony-wait-succeeded",
        scope: Live,
        says: "chrony-wait.service has seen the clock right",
        ask: wait_succeeded,
        next: "systemctl start chrony-wait.service waits for it again",
    },
    Check {
        name: "gate-drop-in",
        scope: Anywhere,
        says: "The database has the drop-in that makes it wait",
        ask: drop_in,
        next: "cloud-timesync apply; after an edit, apply --force",
    },
    Check {
        name: "gate-mode",
        scope: Anywhere,
        says: "Everybody can read the drop-in, and only root can write it",
        ask: mode,
        next: "chmod 0644",
    },
    Check {
        name: "gate-in-force",
        scope: Live,
        says: "systemd orders the database after the wait",
        ask: in_force,
        next: "cloud-timesync apply",
    },
    Check {
        name: "units-reloaded",
        scope: Live,
        says: "systemd has read the units as they are on the disk",
        ask: reloaded,
        next: "systemctl daemon-reload",
    },
    Check {
        name: "time-sync-reached",
        scope: Live,
        says: "time-sync.target is reached",
        ask: target_reached,
        next: "systemctl start chrony-wait.service reaches it",
    },
];

/// chrony-wait's own is 3 minutes. Shorter than this, a slow boot fails; without an end, it hangs.
const SHORTEST_WAIT: Duration = Duration::from_secs(60);

fn wait_enabled(subject: &Subject) -> Verdict {
    given(subject.chrony(), |_| enablement(CHRONY_WAIT, subject.machine.unit(CHRONY_WAIT)))
}

fn wait_timeout(subject: &Subject) -> Verdict {
    let configured = subject.intent.wait_timeout;
    given(subject.running().and_then(|running| running.wait_timeout.clone()), |timeout| match timeout {
        found if configured.is_some() => {
            let [found, wanted] = [found, configured].map(|span| match span {
                Some(span) => format!("{} s", span.as_secs()),
                None => "no end".to_owned(),
            });
            if found == wanted { right(found) } else { wrong(found, wanted) }
        }
        None => wrong("no end", "3 min"),
        Some(timeout) if timeout < SHORTEST_WAIT => wrong(format!("{} s", timeout.as_secs()), "3 min"),
        Some(timeout) => right(format!("{} s", timeout.as_secs())),
    })
}

fn wait_succeeded(subject: &Subject) -> Verdict {
    given(subject.unit(CHRONY_WAIT), |unit| match unit.active.as_str() {
        "active" => right(""),
        "activating" => Verdict::Unknown(format!("{CHRONY_WAIT} still waits")),
        // Debian 13's chrony stops it when it is upgraded.
        "inactive" if ended(subject) => right(format!("{CHRONY_WAIT} did, and was stopped since")),
        other if subject.intent.hold => held(subject, other),
        other => wrong(format!("{CHRONY_WAIT} is {other}"), "active"),
    })
}

/// Whoever starts a gated unit starts the wait again.
fn ended(subject: &Subject) -> bool {
    subject.boot().is_ok_and(|boot| boot.first(CHRONY_WAIT, What::Started).is_some())
}

/// chrony-wait gave up, and the hold goes on.
fn held(subject: &Subject, wait: &str) -> Verdict {
    given(subject.unit(HOLD_UNIT), |hold| match hold.active.as_str() {
        "inactive" if hold.has_run => right(format!("{CHRONY_WAIT} gave up, {HOLD_UNIT} has seen it")),
        "activating" => wrong(format!("{CHRONY_WAIT} gave up, and {HOLD_UNIT} holds the database"), "active"),
        _ => wrong(format!("{CHRONY_WAIT} is {wait}"), "active"),
    })
}

/// Why nothing waits, where nothing does.
pub fn nobody(subject: &Subject) -> String {
    match asked::absent(subject) {
        None => "no database is installed here".to_owned(),
        Some(units) => format!("nothing waits: {units}"),
    }
}

/// The first gated unit that is not right decides.
fn of_each(subject: &Subject, judge: impl Fn(&str) -> Verdict) -> Verdict {
    if subject.intent.gated.is_empty() {
        return right(nobody(subject));
    }
    let mut verdicts = subject.intent.gated.iter().map(|unit| judge(unit));
    verdicts.find(|verdict| !matches!(verdict, Verdict::Right(_))).unwrap_or_else(|| right(""))
}

fn drop_in(subject: &Subject) -> Verdict {
    of_each(subject, |unit| {
        let path = gate_path(unit);
        let found = match &subject.machine.file(&path).found {
            Found::File { text, .. } if *text == render::gate(unit, subject.intent.hold) => return right(""),
            Found::File { .. } => "another text",
            Found::Absent => "there is none",
            Found::Opaque(what) | Found::NotAFile(what) => what,
        };
        // Without chrony `apply` writes none.
        given(subject.chrony(), |_| wrong(found, format!("our text in {}", path.display())))
    })
}

fn mode(subject: &Subject) -> Verdict {
    of_each(subject, |unit| match subject.machine.file(&gate_path(unit)).found {
        Found::File { mode, .. } if mode != 0o644 => {
            wrong(format!("{mode:04o} on {}", gate_path(unit).display()), "0644")
        }
        _ => right(""),
    })
}

fn in_force(subject: &Subject) -> Verdict {
    let hold = subject.intent.hold;
    if hold && subject.unit(HOLD_UNIT).is_ok_and(|unit| !unit.loaded) {
        return wrong(format!("{HOLD_UNIT} is not there or masked"), "the unit that holds");
    }
    of_each(subject, |name| {
        given(subject.unit(name), |unit| {
            let [after, wants] = unit.lacks(hold).map(|missing| missing.join(" and "));
            let all = awaited(hold).join(" and ");
            match (unit.loaded, after.as_str(), wants.as_str()) {
                (false, ..) => right(format!("{name} is not installed")),
                (true, "", "") => right(""),
                (true, "", wants) => wrong(format!("Wants= of {name} lacks {wants}"), all),
                (true, after, _) => wrong(format!("After= of {name} lacks {after}"), all),
            }
        })
    })
}

fn reloaded(subject: &Subject) -> Verdict {
    let chrony = subject.machine.chrony.iter().map(|chrony| chrony.unit.as_str());
    let gated = subject.intent.gated.iter().map(String::as_str);
    let mut stale = Vec::new();
    for name in chrony.chain([CHRONY_WAIT]).chain(gated) {
        match subject.unit(name) {
            Ok(unit) if unit.stale => stale.push(name),
            Ok(_) => {}
            Err(why) => return Verdict::Unknown(why),
        }
    }
    if stale.is_empty() { right("") } else { wrong(format!("{} changed", stale.join(", ")), "a reload") }
}

fn target_reached(subject: &Subject) -> Verdict {
    given(subject.unit(TIME_SYNC), |unit| match unit.active.as_str() {
        "active" => right(""),
        other => wrong(format!("{TIME_SYNC} is {other}"), "active"),
    })
}
