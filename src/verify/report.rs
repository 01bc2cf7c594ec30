//! Report of all checks, as it is shown: a line each for a person, one object for a program.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::boot::ALARMS;
use super::edits::judge;
use super::{Check, Scope, Subject, Verdict, checks, in_one_line};
use crate::journal::DATABASE_AT_RISK;
use crate::machine::{ForeignServer, Move};

/// A check with its verdict, as it is shown and printed.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub name: &'static str,
    /// "right", "wrong" or "unknown".
    pub verdict: &'static str,
    pub says: &'static str,
    /// Finding, or why it could not be observed; None where there is no more to say.
    pub found: Option<String>,
    /// None unless it is wrong, as `next`, which says what to do.
    pub wanted: Option<String>,
    pub next: Option<&'static str>,
}

/// The findings, in the order of the table.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: u32,
    /// "wrong" if one of them is, else "unknown" if one could not be told.
    pub verdict: &'static str,
    #[serde(rename = "checks")]
    pub findings: Vec<Finding>,
    /// The servers of daemons that are displaced: what an operator may miss.
    pub foreign_servers: Vec<ForeignServer>,
    /// Migrations of this boot.
    pub moves: Vec<Move>,
}

impl Report {
    /// Makes the checks of this run.
    pub fn of(subject: &Subject) -> Report {
        let mut findings: Vec<Finding> =
            subject.checks.iter().map(|check| Finding::of(check, subject)).collect();
        let wrong: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.verdict == "wrong")
            .map(|finding| finding.name)
            .collect();
        for (finding, check) in findings.iter_mut().zip(&subject.checks) {
            let cause = check.causes.iter().find(|cause| wrong.contains(cause));
            if let Some(cause) = cause.filter(|_| wrong.contains(&check.name)) {
                finding.refer_to(cause);
            }
        }
        let is_one = |verdict: &&str| findings.iter().any(|finding| finding.verdict == *verdict);
        let verdict = ["wrong", "unknown"].into_iter().find(is_one).unwrap_or("right");
        let foreign_servers = subject.machine.foreign_servers.clone();
        let moves = subject.boot().map_or(Vec::new(), |boot| boot.moves.clone());
        Report { schema: 1, verdict, findings, foreign_servers, moves }
    }

    /// The findings with this verdict.
    pub fn all(&self, verdict: &'static str) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.verdict == verdict)
    }

    /// The findings after which data may carry wrong timestamps.
    pub fn alarms(&self) -> impl Iterator<Item = &Finding> {
        self.all("wrong").filter(|finding| ALARMS.contains(&finding.name))
    }

    /// Line that a person must read first; None where no database ran on a wrong clock.
    pub fn headline(&self) -> Option<String> {
        headline(&self.alarms().filter_map(|finding| finding.found.as_deref()).collect::<Vec<_>>())
    }

    /// "9 of 24 checks failed, 1 could not run."
    pub fn summary(&self) -> String {
        let count = self.findings.len();
        match (self.all("wrong").count(), self.all("unknown").count()) {
            (0, 0) if count == 1 => "The check is right.".to_owned(),
            (0, 0) => format!("All {count} checks are right."),
            (wrong, 0) => format!("{wrong} of {count} checks failed."),
            (0, unknown) => format!("{unknown} of {count} checks could not run."),
            (wrong, unknown) => format!("{wrong} of {count} checks failed, {unknown} could not run."),
        }
    }
}

/// The same of the boot's verdict, report.json, for a user who may not read the journal.
pub fn reported_headline(report: &Value) -> Option<String> {
    let checks = report["checks"].as_array()?.iter();
    let is_alarm =
        |check: &&Value| check["verdict"] == "wrong" && ALARMS.iter().any(|name| check["name"] == *name);
    headline(&checks.filter(is_alarm).filter_map(|check| check["found"].as_str()).collect::<Vec<_>>())
}

fn headline(found: &[&str]) -> Option<String> {
    let id = DATABASE_AT_RISK;
    (!found.is_empty()).then(|| {
        format!(
            "A DATABASE RAN ON A WRONG CLOCK: {}\nIts writes may carry wrong timestamps. What to do, in order: \
             journalctl -b -x MESSAGE_ID={id}",
            in_one_line(found.join("; "))
        )
    })
}

impl Finding {
    fn of(check: &Check, subject: &Subject) -> Finding {
        let (verdict, next) = judge(check, subject);
        let (verdict, found, wanted) = match verdict {
            Verdict::Right(found) => ("right", found, None),
            Verdict::Wrong { found, wanted } => ("wrong", found, Some(wanted)),
            Verdict::Unknown(why) => ("unknown", why, None),
        };
        let Check { name, says, .. } = *check;
        let found = Some(found).filter(|found| !found.is_empty());
        Finding { name, verdict, says, found, next: wanted.as_ref().map(|_| next), wanted }
    }

    /// Another check is wrong for the same cause, and says what to do.
    fn refer_to(&mut self, cause: &str) {
        let found = self.found.take().unwrap_or_default();
        (self.verdict, self.found) = ("unknown", Some(format!("{found}: see {cause}")));
        (self.wanted, self.next) = (None, None);
    }
}

/// The column that what was found stands in.
const INDENT: usize = 9;

fn widest() -> usize {
    checks().map(|check| check.name.len()).max().unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = widest();
        for Finding { name, verdict, says, found, wanted, next } in &self.findings {
            writeln!(f, "{verdict:INDENT$}{name:width$}  {}", found.as_deref().unwrap_or(says))?;
            for (label, text) in [("wanted", wanted.as_deref()), ("next", *next)] {
                text.map_or(Ok(()), |text| writeln!(f, "{:INDENT$}{:width$}  {label}: {text}", "", ""))?;
            }
        }
        writeln!(f, "{}", self.summary())
    }
}

/// The table of checks: `verify --list`.
pub fn list() -> String {
    let width = widest();
    let scope = |check: &Check| if check.scope == Scope::Live { "live" } else { "anywhere" };
    let line = |check: &Check| format!("{:width$}  {:8}  {}\n", check.name, scope(check), check.says);
    checks().map(line).collect()
}

/// The same for a program.
pub fn list_json() -> Value {
    json!({ "schema": 1, "checks": checks().collect::<Vec<_>>() })
}
