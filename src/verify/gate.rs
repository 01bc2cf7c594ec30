//! The gate: the wait, and the drop-ins that make a database wait for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::configuration::unedited;
use super::daemon::{active, enablement};
use super::{Check, Subject, Verdict, anywhere, if_observed, live, none_of, right, unknown, wrong};
use crate::job::UnitChange;
use crate::machine::What;
use crate::names::{CHRONY_WAIT, TIME_SYNC, WAIT_PATH, WAIT_UNIT, awaited, gate_path, gated_by};
use crate::plan::Edit;
use crate::render;

pub const CHECKS: &[Check] = &[
    anywhere("chrony-wait-enabled", "chrony-wait.service is a part of every boot", wait_enabled)
        .mended_by(|edit| matches!(edit, Edit::Unit { change: UnitChange::Enable, unit, .. } if unit == CHRONY_WAIT))
        .next("systemctl unmask chrony-wait.service, systemctl revert chrony-wait.service, or install chrony anew"),
    anywhere(
        "chrony-wait-drop-in",
        "chrony-wait.service has the drop-in that the configuration and chronyd's closed port ask for",
        wait_drop_in,
    )
    .mended_by(|edit| edit.path().is_some_and(|path| path == Path::new(WAIT_PATH)))
    .next("cloud-timesync apply --force replaces an edited drop-in"),
    live("chrony-wait-timeout", "chrony-wait.service has the timeout that [gate] timeout asks for", timeout)
        .caused_by(&["chrony-wait-drop-in"])
        .next("systemctl cat chrony-wait.service shows which file says otherwise"),
    live("chrony-wait-succeeded", "chrony-wait.service has seen the clock right", succeeded)
        .next("journalctl -b -u cloud-timesync-wait says what was reached; systemctl start chrony-wait.service waits again"),
    anywhere("gate-drop-in", "The database has the drop-in that makes it wait", drop_in)
        .mended_by(|edit| is_gate(edit) && !changes_mode_only(edit))
        .next("cloud-timesync apply --force replaces the edited file and keeps a copy"),
    anywhere("gate-mode", "Everybody can read the drop-in, and only root can write it", |_| right(""))
        .mended_by(|edit| is_gate(edit) && changes_mode_only(edit)),
    live("gate-in-force", "systemd has read the drop-in: the database is ordered after the wait", in_force)
        .next("cloud-timesync apply"),
    live("units-reloaded", "systemd has read chrony's units as they are on the disk", reloaded)
        .next("systemctl daemon-reload"),
    live("time-sync-reached", "time-sync.target is reached", |subject| active(subject, TIME_SYNC))
        .next("systemctl start chrony-wait.service reaches it"),
];

fn is_gate(edit: &Edit) -> bool {
    edit.path().is_some_and(|path| gated_by(path).is_some())
}

fn changes_mode_only(edit: &Edit) -> bool {
    matches!(edit, Edit::Write { before: Some(before), after, .. } if before == after)
}

/// chrony-wait's own is 3 minutes. Shorter than this, a slow boot fails; without an end, it hangs.
const SHORTEST_WAIT: Duration = Duration::from_secs(60);

fn wait_enabled(subject: &Subject) -> Verdict {
    if subject.intent.lacks_wait {
        return right(format!("{CHRONY_WAIT} is not installed: {WAIT_UNIT} waits instead"));
    }
    if_observed(subject.chrony(), |_| match enablement(CHRONY_WAIT, subject.machine.unit(CHRONY_WAIT)) {
        Verdict::Right(_) => {
            if_observed(subject.around.change_of_wait.as_ref().map_err(Clone::clone), |change| {
                none_of(change, "chrony's own wait")
            })
        }
        other => other,
    })
}

fn wait_drop_in(subject: &Subject) -> Verdict {
    if let Some(moved) = &subject.intent.moved_socket {
        let closed = subject.intent.closed_port.as_deref().unwrap_or_default();
        return wrong(
            format!("no wait can ask chronyd: {closed}; {moved}"),
            "a port or a socket that answers",
        );
    }
    // Where the configuration cannot be read the drop-in stays as it is.
    let wanted = render::wait(&subject.intent).filter(|_| !subject.intent.only_gates);
    let Some(wanted) = wanted else { return right("") };
    match (unedited(subject, Path::new(WAIT_PATH), &wanted), &subject.intent.closed_port) {
        (Verdict::Right(_), Some(closed)) => {
            right(format!("{closed} closes chronyd's port: the wait asks its socket"))
        }
        (other, _) => other,
    }
}

fn timeout(subject: &Subject) -> Verdict {
    let says =
        |span: Option<Duration>| span.map_or("no end".to_owned(), |span| format!("{} s", span.as_secs()));
    let configured = subject.intent.wait_timeout;
    if_observed(subject.observed(|running| &running.wait_timeout), |timeout| match (timeout, configured) {
        (_, Some(_)) if *timeout != configured => wrong(says(*timeout), says(configured)),
        (Some(timeout), None) if *timeout < SHORTEST_WAIT => wrong(says(Some(*timeout)), "3 min"),
        (None, _) => wrong("no end", "3 min"),
        (Some(_), _) => right(says(*timeout)),
    })
}

/// chrony's own wait, and the agent's behind it, which also ends well where it had nothing to look at: its word counts.
fn succeeded(subject: &Subject) -> Verdict {
    let own = subject.unit(WAIT_UNIT).map_or("", |own| own.active.as_str());
    if_observed(subject.unit(CHRONY_WAIT), |wait| match (wait.active.as_str(), own) {
        ("activating", _) => unknown(format!("{CHRONY_WAIT} still waits")),
        ("active", "activating") => unknown(format!("{WAIT_UNIT} still waits")),
        (other, "activating") => {
            wrong(format!("{CHRONY_WAIT} is {other}, and {WAIT_UNIT} holds the database"), "active")
        }
        ("active", "failed") => {
            let wanted = subject.intent.max_error.map(|most| format!("an error bound below {most} s"));
            wrong(format!("{WAIT_UNIT} gave up"), wanted.unwrap_or_default())
        }
        ("active", _) => right(""),
        (other, own) => if_observed(subject.boot(), |boot| {
            // Debian 13's chrony stops it when it is upgraded.
            if other == "inactive" && boot.first(CHRONY_WAIT, What::Started).is_some() {
                right(format!("{CHRONY_WAIT} did, and was stopped since"))
            } else if own != "failed" && boot.seen_right.is_some() {
                right(format!("{WAIT_UNIT} did, {CHRONY_WAIT} is {other}"))
            } else {
                wrong(format!("{CHRONY_WAIT} is {other}"), "active")
            }
        }),
    })
}

/// Says why nothing waits, where nothing does.
fn nobody(subject: &Subject) -> String {
    match subject.intent.absent.as_slice() {
        [] => "no database is installed here".to_owned(),
        units => format!("nothing waits: {} is not installed", units.join(", ")),
    }
}

/// The first gated unit that is not right decides.
pub fn of_each(subject: &Subject, judge: impl Fn(&str) -> Verdict) -> Verdict {
    if subject.intent.gated.is_empty() {
        return right(nobody(subject));
    }
    let mut found = Vec::new();
    for unit in &subject.intent.gated {
        match judge(unit) {
            Verdict::Right(says) => found.push(says),
            other => return other,
        }
    }
    right(found.join(" ").trim())
}

fn drop_in(subject: &Subject) -> Verdict {
    of_each(subject, |unit| {
        unedited(subject, &gate_path(unit), &render::gate(unit, subject.intent.awaited()))
    })
}

/// A drop-in that the plan writes is `gate-drop-in`'s.
fn in_force(subject: &Subject) -> Verdict {
    let longer = subject.intent.waits_longer();
    if longer && subject.unit(WAIT_UNIT).is_ok_and(|unit| !unit.loaded) {
        return wrong(format!("{WAIT_UNIT} is not there or masked"), "the unit that waits");
    }
    let is_planned = |path: PathBuf| subject.plan.edits.iter().any(|edit| edit.path() == Some(&path));
    of_each(subject, |name| {
        if_observed(subject.unit(name), |unit| {
            let [after, wants] = unit.lacks(longer).map(|missing| missing.join(" and "));
            let is_judged = unit.loaded && !is_planned(gate_path(name));
            let lacks = [("After", after), ("Wants", wants)]
                .into_iter()
                .filter(|(_, lacks)| is_judged && !lacks.is_empty());
            none_of(
                lacks.map(|(key, lacks)| format!("{key}= of {name} lacks {lacks}")),
                awaited(longer).join(" and "),
            )
        })
    })
}

fn reloaded(subject: &Subject) -> Verdict {
    let chrony = subject.machine.chrony.iter().map(|chrony| chrony.unit.as_str());
    let is_stale = |name: &&str| subject.unit(name).is_ok_and(|unit| unit.stale);
    if_observed(subject.unit(CHRONY_WAIT), |_| {
        none_of(chrony.chain([CHRONY_WAIT]).filter(is_stale), "a reload")
    })
}
