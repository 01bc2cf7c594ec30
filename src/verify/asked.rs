//! What the configuration asks for and does not get. The plan is empty all the same: nothing can be done about it here.

use super::Scope::Anywhere;
use super::{Check, Subject, Verdict, right, wrong};
use crate::config::Role;
use crate::decide::Intent;

pub const CHECKS: &[Check] = &[
    Check {
        name: "named-units-installed",
        scope: Anywhere,
        says: "Every unit that gate.units names is installed",
        ask: units_installed,
        next: "correct gate.units by systemctl list-unit-files, or install the unit; then cloud-timesync apply",
    },
    Check {
        name: "sources-accepted",
        scope: Anywhere,
        says: "No source that the configuration asks for is left out",
        ask: sources_accepted,
        next: "correct [[source]], its scale, time_scale or adopt_servers by cloud-timesync.toml(5); then \
               cloud-timesync apply",
    },
];

fn units_installed(subject: &Subject) -> Verdict {
    match absent(subject) {
        None => right(""),
        Some(units) => wrong(units, "the name of a unit that is installed"),
    }
}

/// "postgres.service is not installed", of the units that the configuration names.
pub fn absent(subject: &Subject) -> Option<String> {
    match subject.intent.absent.as_slice() {
        [] => None,
        [unit] => Some(format!("{unit} is not installed")),
        units => Some(format!("{} are not installed", units.join(", "))),
    }
}

fn sources_accepted(subject: &Subject) -> Verdict {
    let Intent { refused, cluster, .. } = subject.intent;
    match subject.lines() {
        _ if !refused.is_empty() => wrong(refused.join("; "), "none that is left out"),
        None => right(subject.decides()),
        Some(_) if cluster.as_ref().is_some_and(|part| part.role == Role::Client) => {
            right("a client follows the core servers alone")
        }
        Some(_) => right(""),
    }
}
