//! Verifying: a table of checks, each a plain function of what was seen. That a thing could not be
//! looked at is not that it is wrong.

mod agent;
mod asked;
mod boot;
mod clock;
mod cluster;
mod configuration;
mod daemon;
mod directives;
mod gate;
mod platform;
mod report;
mod sources;
mod step;
mod subject;

pub use report::{Finding, Report, list, list_json};
pub use subject::Subject;

use crate::machine::Seen;

/// What a check comes to. The strings are for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What was found; empty where that says no more than the check.
    Right(String),
    Wrong {
        found: String,
        wanted: String,
    },
    /// Why nobody could look.
    Unknown(String),
}

/// Where a check makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// An image's tree too.
    Anywhere,
    /// A running machine.
    Live,
}

/// One thing that must hold.
#[derive(Debug)]
pub struct Check {
    /// Part of the contract: scripts choose by it.
    pub name: &'static str,
    pub scope: Scope,
    /// A sentence that is true of a machine that is right.
    pub says: &'static str,
    pub ask: fn(&Subject) -> Verdict,
    /// What to do about it.
    pub next: &'static str,
}

/// Every check, in the order in which a person would look.
pub const CHECKS: [&[Check]; 12] = [
    platform::CHECKS,
    agent::CHECKS,
    asked::CHECKS,
    configuration::CHECKS,
    directives::CHECKS,
    cluster::CHECKS,
    daemon::CHECKS,
    sources::CHECKS,
    clock::CHECKS,
    gate::CHECKS,
    boot::CHECKS,
    step::CHECKS,
];

/// The whole table.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    CHECKS.into_iter().flatten()
}

fn right(found: impl Into<String>) -> Verdict {
    Verdict::Right(found.into())
}

fn wrong(found: impl Into<String>, wanted: impl Into<String>) -> Verdict {
    Verdict::Wrong { found: found.into(), wanted: wanted.into() }
}

/// Judges what was seen.
fn given<T>(seen: Seen<T>, judge: impl FnOnce(T) -> Verdict) -> Verdict {
    seen.map_or_else(Verdict::Unknown, judge)
}

#[cfg(test)]
mod tests;
