//! What all checks come to, as it is shown: a line each for a person, one object for a program.

use std::fmt;

use serde_json::{Value, json};

use super::{Check, Scope, Subject, Verdict, checks};
use crate::machine::ForeignServer;
use crate::printable::printable;

/// A check with its verdict.
#[derive(Debug)]
pub struct Finding {
    pub check: &'static Check,
    pub verdict: Verdict,
}

/// The findings, in the order of the table.
#[derive(Debug)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// The servers of daemons that are displaced: what an operator may miss.
    pub foreign_servers: Vec<ForeignServer>,
}

impl Report {
    /// Asks these checks.
    pub fn of(chosen: &[&'static Check], subject: &Subject) -> Report {
        let finding = |check: &&'static Check| Finding { check, verdict: in_one_line((check.ask)(subject)) };
        let foreign_servers = subject.machine.foreign_servers.clone();
        Report { findings: chosen.iter().map(finding).collect(), foreign_servers }
    }

    pub fn wrong(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Wrong { .. }))
    }

    pub fn unknown(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Unknown(_)))
    }

    /// "wrong" if one of them is, else "unknown" if one could not be told.
    pub fn verdict(&self) -> &'static str {
        let wrong = self.wrong().next().map(|_| "wrong");
        wrong.or_else(|| self.unknown().next().map(|_| "unknown")).unwrap_or("right")
    }

    /// `{"schema":1,"verdict":"right|wrong|unknown","checks":[{"name","verdict","says","found","wanted"}],
    /// "foreign_servers":[{"name","pool","daemon","file"}]}`
    pub fn to_json(&self) -> Value {
        let checks: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        json!({
            "schema": 1, "verdict": self.verdict(), "checks": checks, "foreign_servers": self.foreign_servers,
        })
    }

    /// "All 38 checks are right."
    pub fn summary(&self) -> String {
        let count = self.findings.len();
        let (wrong, unknown) = (self.wrong().count(), self.unknown().count());
        match (wrong, unknown) {
            (1, 0) if count == 1 => "The check is wrong.".to_owned(),
            (0, 1) if count == 1 => "The check could not be made.".to_owned(),
            (0, 0) if count == 1 => "The check is right.".to_owned(),
            (0, 0) => format!("All {count} checks are right."),
            (_, 0) => format!("{wrong} of {count} checks {} wrong.", are(wrong)),
            (0, _) => format!("{unknown} of {count} checks could not be made{}.", others(count - unknown)),
            _ => format!("{wrong} of {count} checks {} wrong, {unknown} could not be made.", are(wrong)),
        }
    }
}

/// What was found comes out of files that others write.
fn in_one_line(verdict: Verdict) -> Verdict {
    let line = |text: String| printable(&text, &[]);
    match verdict {
        Verdict::Right(found) => Verdict::Right(line(found)),
        Verdict::Wrong { found, wanted } => Verdict::Wrong { found: line(found), wanted: line(wanted) },
        Verdict::Unknown(why) => Verdict::Unknown(line(why)),
    }
}

fn others(count: usize) -> &'static str {
    match count {
        0 => "",
        1 => ", the other is right",
        _ => ", the others are right",
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

impl Finding {
    pub fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Right(_) => "right",
            Verdict::Wrong { .. } => "wrong",
            Verdict::Unknown(_) => "unknown",
        }
    }

    /// What was found, or why nobody could look; None where there is no more to say.
    pub fn found(&self) -> Option<&str> {
        let (Verdict::Right(found) | Verdict::Wrong { found, .. } | Verdict::Unknown(found)) = &self.verdict;
        Some(found.as_str()).filter(|found| !found.is_empty())
    }

    pub fn wanted(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Wrong { wanted, .. } => Some(wanted),
            Verdict::Right(_) | Verdict::Unknown(_) => None,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.check.name, "verdict": self.word(), "says": self.check.says,
            "found": self.found(), "wanted": self.wanted(),
        })
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
        for finding in &self.findings {
            let Check { name, says, next, .. } = finding.check;
            let found = finding.found().unwrap_or(says);
            match &finding.verdict {
                Verdict::Right(_) => writeln!(f, "right    {name:width$}  {found}")?,
                Verdict::Unknown(_) => writeln!(f, "unknown  {name:width$}  {found}")?,
                Verdict::Wrong { wanted, .. } => {
                    writeln!(f, "wrong    {name:width$}  {found}")?;
                    writeln!(f, "{:INDENT$}{:width$}  wanted: {wanted}", "", "")?;
                    writeln!(f, "{:INDENT$}{:width$}  next: {next}", "", "")?;
                }
            }
        }
        writeln!(f, "{}", self.summary())
    }
}

/// The table of checks: `verify --list`.
pub fn list() -> String {
    let width = widest();
    let line = |check: &Check| format!("{:width$}  {:8}  {}\n", check.name, scope(check), check.says);
    checks().map(line).collect()
}

fn scope(check: &Check) -> &'static str {
    match check.scope {
        Scope::Anywhere => "anywhere",
        Scope::Live => "live",
    }
}

/// The same for a program.
pub fn list_json() -> Value {
    let check = |check: &Check| json!({ "name": check.name, "scope": scope(check), "says": check.says });
    json!({ "schema": 1, "checks": checks().map(check).collect::<Vec<_>>() })
}
