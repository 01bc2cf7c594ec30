//! The plan as it is shown: unified diffs for a person, one object for a program.

use std::fmt;

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::{Edit, Plan};
use crate::error::{shown, text};
use crate::job::UnitChange;
use crate::rival;
use crate::root::Found;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in self.notes.iter().chain(&self.left) {
            writeln!(f, "note: {note}")?;
        }
        for unit in &self.too_late {
            writeln!(f, "note: {unit} had started before its gate was set: it waits from its next start on")?;
        }
        if self.is_empty() {
            return writeln!(f, "Nothing to do.");
        }
        if let Some(why) = &self.blocked {
            writeln!(f, "chrony.conf cannot be written: {why}")?;
        }
        for edit in &self.edits {
            writeln!(f, "{edit}")?;
            f.write_str(&edit.diff().unwrap_or_default())?;
        }
        for job in &self.jobs {
            writeln!(f, "{job}")?;
        }
        Ok(())
    }
}

impl Plan {
    /// `{"schema":1,"edits":[...],"jobs":[...],"notes":[...],"too_late":[...],"blocked":null,"foreign_servers":[...]}`
    pub fn to_json(&self) -> Value {
        let edits: Vec<Value> = self.edits.iter().map(Edit::to_json).collect();
        json!({
            "schema": 1,
            "edits": edits,
            "jobs": self.jobs,
            "notes": self.notes.iter().chain(&self.left).collect::<Vec<_>>(),
            "too_late": self.too_late,
            "blocked": self.blocked,
            "foreign_servers": self.foreign_servers,
        })
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::Write { path, mode, keep: None, .. } => write!(f, "write {} ({mode:04o})", path.display()),
            Edit::Write { path, mode, keep: Some(keep), .. } => {
                write!(f, "write {} ({mode:04o}), keeping the old one as {}", path.display(), keep.display())
            }
            Edit::Record { path, .. } => write!(f, "record {}, which is as it should be", path.display()),
            Edit::SetAside { path, to } => write!(f, "set aside {} as {}", shown(path), shown(to)),
            Edit::Restore { path } => write!(f, "restore {}", shown(path)),
            Edit::Unit { change, unit, .. } => match reason(unit) {
                Some(reason) => write!(f, "{change} {unit}: {reason}"),
                None => write!(f, "{change} {unit}"),
            },
            Edit::HostSyncOff => f.write_str("turn VMware Tools' periodic synchronisation off"),
        }
    }
}

fn reason(unit: &str) -> Option<&'static str> {
    rival::of(unit).map(|rival| rival.reason)
}

impl Edit {
    /// The change to a file as a unified diff.
    pub fn diff(&self) -> Option<String> {
        let Edit::Write { path, before, after, .. } = self else { return None };
        let path = path.display().to_string();
        let old = if before.is_some() { path.as_str() } else { "/dev/null" };
        let diff = TextDiff::from_lines(before.as_deref().unwrap_or_default(), after);
        Some(diff.unified_diff().header(old, &path).to_string())
    }

    fn to_json(&self) -> Value {
        match self {
            Edit::Write { path, after, mode, keep, .. } => json!({
                "edit": "write", "path": text(path), "mode": format!("{mode:04o}"), "keep": keep.as_deref().map(text),
                "text": after, "diff": self.diff(),
            }),
            Edit::Record { path, keep, .. } => {
                json!({ "edit": "record", "path": text(path), "keep": text(keep) })
            }
            Edit::SetAside { path, to } => json!({ "edit": "set-aside", "path": text(path), "to": text(to) }),
            Edit::Restore { path } => json!({ "edit": "give-back", "path": text(path) }),
            Edit::Unit { change: UnitChange::Enable, unit, .. } => json!({ "edit": "enable", "unit": unit }),
            Edit::Unit { change, unit, .. } => {
                json!({ "edit": change.to_string(), "unit": unit, "reason": reason(unit) })
            }
            Edit::HostSyncOff => json!({ "edit": "host-sync-off" }),
        }
    }
}

/// "lacks makestep 1.0 -1, has server 10.1.2.3": the lines of this kind that differ from the text that is wanted.
pub fn changes(found: &Found, wanted: &str, counts: fn(&str) -> bool) -> String {
    let Found::File { text, mode } = found else { return String::new() };
    let diff = TextDiff::from_lines(text.as_str(), wanted);
    let lines = diff.iter_all_changes().map(|change| (change.tag(), change.value().trim()));
    let changed: Vec<(ChangeTag, &str)> =
        lines.filter(|(tag, line)| *tag != ChangeTag::Equal && !line.is_empty() && counts(line)).collect();
    let directives = |wanted: ChangeTag| {
        let lines =
            changed.iter().filter(|(tag, line)| *tag == wanted && !line.starts_with(['#', '%', ';', '!']));
        lines.map(|(_, line)| *line).collect::<Vec<_>>().join("; ")
    };
    let (lacks, has) = (directives(ChangeTag::Insert), directives(ChangeTag::Delete));
    match (lacks.as_str(), has.as_str()) {
        ("", "") if changed.is_empty() => String::new(),
        ("", "") => "has other comments".to_owned(),
        (lacks, "") => format!("lacks {lacks}"),
        // The report is for every user.
        _ if mode & 0o004 == 0 => "has lines that not every user may read".to_owned(),
        ("", has) => format!("has {has}"),
        (lacks, has) => format!("lacks {lacks}, has {has}"),
    }
}
