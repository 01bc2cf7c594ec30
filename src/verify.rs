//! Verifying: a table of checks, each a plain function of what was observed. What could not be observed is unknown, and
//! not wrong.
//!
//! **One broken thing, one failed check.** Verify believes the plan: a file or a unit is wrong when the plan has an edit
//! for it, and each edit belongs to one check, which is wrong while the plan has that edit. What the plan leaves is
//! judged by looking at it: an edited file, a masked unit, what runs. Three rules keep one cause from failing two checks:
//!
//! - A chrony.conf that cloud-timesync writes is compared as a whole. `chrony-conf` names each line that differs, but for
//!   lines that read other files (`one-configuration-file`) or serve others (`serves-only-the-cluster`). The checks of
//!   single directives judge a chrony.conf that is the operator's or the distribution's.
//! - `plan-is-empty` names what is left of the plan after all other checks of the same run.
//! - A check that may fail for the cause of another one names it (`caused_by`). Where both fail, it is unknown and refers
//!   to the other, which says what to do.

mod asked;
mod boot;
mod clock;
mod configuration;
mod daemon;
mod directives;
mod edits;
mod gate;
mod report;
mod sources;
mod subject;

pub use report::{Finding, Report, list, list_json, reported_headline};
pub use subject::Subject;

use serde::Serialize;

use crate::machine::Seen;
use crate::plan::Edit;
use crate::printable::printable;

/// The outcome of a check. The strings are for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, with what was found; empty where that says no more than the check.
    Right(String),
    Wrong {
        found: String,
        wanted: String,
    },
    /// Unknown, with the reason why it could not be observed.
    Unknown(String),
}

/// Machines on which a check makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// An image's tree too.
    Anywhere,
    /// A running machine.
    Live,
}

/// One thing that must hold.
#[derive(Debug, Serialize)]
pub struct Check {
    /// Part of the contract: scripts choose by it.
    pub name: &'static str,
    pub scope: Scope,
    /// A sentence that is true of a machine that is right.
    pub says: &'static str,
    /// The edits that mend it: while the plan has one the check is wrong. None where no edit could.
    #[serde(skip)]
    edits: Option<fn(&Edit) -> bool>,
    /// Judges what the plan does not change.
    #[serde(skip)]
    look: fn(&Subject) -> Verdict,
    /// Advice where the plan does not mend it.
    pub next: &'static str,
    /// The checks of which one names the cause where both are wrong.
    #[serde(skip)]
    causes: &'static [&'static str],
}

/// Advice where the plan mends it.
const APPLY: &str = "cloud-timesync apply";

const fn anywhere(name: &'static str, says: &'static str, look: fn(&Subject) -> Verdict) -> Check {
    Check { name, scope: Scope::Anywhere, says, edits: None, look, next: APPLY, causes: &[] }
}

const fn live(name: &'static str, says: &'static str, look: fn(&Subject) -> Verdict) -> Check {
    Check { scope: Scope::Live, ..anywhere(name, says, look) }
}

impl Check {
    const fn mended_by(self, edits: fn(&Edit) -> bool) -> Check {
        Check { edits: Some(edits), ..self }
    }

    const fn caused_by(self, causes: &'static [&'static str]) -> Check {
        Check { causes, ..self }
    }

    const fn next(self, next: &'static str) -> Check {
        Check { next, ..self }
    }
}

/// Every check, in the order in which a person would look.
pub const CHECKS: [&[Check]; 9] = [
    asked::CHECKS,
    configuration::CHECKS,
    directives::CHECKS,
    daemon::CHECKS,
    sources::CHECKS,
    clock::CHECKS,
    gate::CHECKS,
    boot::CHECKS,
    edits::CHECKS,
];

/// The whole table.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    CHECKS.into_iter().flatten()
}

fn right(found: impl AsRef<str>) -> Verdict {
    Verdict::Right(in_one_line(found))
}

fn wrong(found: impl AsRef<str>, wanted: impl AsRef<str>) -> Verdict {
    Verdict::Wrong { found: in_one_line(found), wanted: in_one_line(wanted) }
}

fn unknown(why: impl AsRef<str>) -> Verdict {
    Verdict::Unknown(in_one_line(why))
}

/// Right where there is none of these, else wrong by all of them.
fn none_of<T: AsRef<str>>(faults: impl IntoIterator<Item = T>, wanted: impl AsRef<str>) -> Verdict {
    let faults: Vec<T> = faults.into_iter().collect();
    let found: Vec<&str> = faults.iter().map(AsRef::as_ref).collect();
    if found.is_empty() { right("") } else { wrong(found.join("; "), wanted) }
}

/// Joins the lines of a text: it comes out of files that others write.
fn in_one_line(text: impl AsRef<str>) -> String {
    printable(text.as_ref(), &[])
}

/// Judges an observation; one that failed is `Unknown`.
fn if_observed<T>(observed: Seen<T>, judge: impl FnOnce(T) -> Verdict) -> Verdict {
    observed.map_or_else(unknown, judge)
}

#[cfg(test)]
pub mod tests;
