//! Checks of the plan: each of its edits belongs to one, and is what the check finds and wants.

use super::{APPLY, Check, Subject, Verdict, anywhere, if_observed, none_of, unknown, wrong};
use crate::job::UnitChange;
use crate::machine::{Machine, Manager};
use crate::plan::{Edit, changes};
use crate::root::Found;

pub const CHECKS: &[Check] =
    &[anywhere("plan-is-empty", "Nothing is to be done but what other checks name", plan_is_empty)
        .next("cloud-timesync plan, then cloud-timesync apply")];

/// The verdict of a check, and what to do where it is wrong.
pub fn judge(check: &Check, subject: &Subject) -> (Verdict, &'static str) {
    let Some(mends) = check.edits else { return ((check.look)(subject), check.next) };
    // Without chrony nothing is planned.
    if let Err(why) = subject.chrony() {
        return (unknown(why), check.next);
    }
    let edits: Vec<&Edit> = subject.plan.edits.iter().filter(|edit| mends(edit)).collect();
    if edits.is_empty() {
        return ((check.look)(subject), check.next);
    }
    let found: Vec<String> = edits.iter().map(|edit| state(&subject.machine, edit)).collect();
    let wanted: Vec<String> = edits.iter().map(ToString::to_string).collect();
    (wrong(found.join("; "), wanted.join("; ")), APPLY)
}

/// State of what an edit changes, as it is now.
fn state(machine: &Machine, edit: &Edit) -> String {
    match edit {
        Edit::Write { path, after, .. } => {
            let found = &machine.file(path).found;
            let says = match found {
                Found::Absent => "is not there".to_owned(),
                Found::File { text, mode } if text == after => format!("has mode {mode:04o}"),
                Found::File { .. } => changes(found, after, |_| true),
                Found::Opaque(what) | Found::NotAFile(what) => format!("is {what}"),
            };
            format!("{} {says}", path.display())
        }
        Edit::Record { path, .. } => format!("{} is not in the receipt", path.display()),
        Edit::SetAside { path, .. } => path.display().to_string(),
        Edit::Restore { path } => format!("{} is needed no longer", path.display()),
        Edit::Unit { change, unit, .. } => match change {
            UnitChange::Enable => format!("{unit} is disabled"),
            UnitChange::Disable => format!("{unit} is enabled"),
            UnitChange::Mask => format!("{unit} can be started"),
        },
        Edit::HostSyncOff => "on".to_owned(),
    }
}

/// Jobs follow from the edits of the same plan; without edits, from what these checks observe.
const JOBS: [&str; 5] =
    ["chrony-running", "chrony-wait-succeeded", "gate-in-force", "no-other-daemon-running", "units-reloaded"];

fn plan_is_empty(subject: &Subject) -> Verdict {
    let (plan, checks) = (&subject.plan, subject.checks.iter());
    let is_named = |edit: &&Edit| checks.clone().any(|check| check.edits.is_some_and(|mends| mends(edit)));
    let edits = plan.edits.iter().filter(|edit| !is_named(edit)).map(ToString::to_string);
    let mut observed = checks.clone().filter(|check| JOBS.contains(&check.name));
    let is_rest = plan.edits.is_empty()
        && observed.all(|check| !matches!((check.look)(subject), Verdict::Wrong { .. }));
    let jobs = plan.jobs.iter().filter(|_| is_rest).map(ToString::to_string);
    match subject.machine.manager {
        // Without it every unit looks as if it had not started.
        Manager::Silent if plan.edits.is_empty() && !plan.jobs.is_empty() => {
            unknown("systemd does not answer")
        }
        _ => if_observed(subject.chrony(), |_| none_of(edits.chain(jobs), "an empty plan")),
    }
}
