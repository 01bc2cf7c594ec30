//! The plan as it is shown: unified diffs for a person, one object for a program.

use std::fmt;

use serde_json::{Value, json};
use similar::TextDiff;

use super::{Edit, Job, Plan};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        if self.is_empty() {
            return writeln!(f, "Nothing to do.");
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
    /// `{"schema":1,"edits":[...],"jobs":[...],"notes":[...]}`
    pub fn to_json(&self) -> Value {
        let edits: Vec<Value> = self.edits.iter().map(Edit::to_json).collect();
        let jobs: Vec<Value> = self.jobs.iter().map(Job::to_json).collect();
        json!({ "schema": 1, "edits": edits, "jobs": jobs, "notes": self.notes })
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::Write { path, mode, keep: None, .. } => write!(f, "write {} ({mode:04o})", path.display()),
            Edit::Write { path, mode, keep: Some(keep), .. } => {
                write!(f, "write {} ({mode:04o}), keeping the old one as {}", path.display(), keep.display())
            }
            Edit::Carry { path, .. } => write!(f, "carry the learned drift over to {}", path.display()),
            Edit::SetAside { path, to } => write!(f, "set aside {} as {}", path.display(), to.display()),
            Edit::GiveBack { path } => write!(f, "give back {}", path.display()),
            Edit::Enable { unit, .. } => write!(f, "enable {unit}"),
            Edit::Disable { unit, .. } => write!(f, "disable {unit}"),
        }
    }
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
                "edit": "write", "path": path, "mode": format!("{mode:04o}"), "keep": keep,
                "text": after, "diff": self.diff(),
            }),
            Edit::Carry { path, text } => json!({ "edit": "carry", "path": path, "text": text }),
            Edit::SetAside { path, to } => json!({ "edit": "set-aside", "path": path, "to": to }),
            Edit::GiveBack { path } => json!({ "edit": "give-back", "path": path }),
            Edit::Enable { unit, .. } => json!({ "edit": "enable", "unit": unit }),
            Edit::Disable { unit, .. } => json!({ "edit": "disable", "unit": unit }),
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Reload => f.write_str("reload the units"),
            Job::Stop(unit) => write!(f, "stop {unit}"),
            Job::Start(unit) => write!(f, "start {unit}"),
            Job::TryRestart(unit) => write!(f, "restart {unit} if it runs"),
        }
    }
}

impl Job {
    fn to_json(&self) -> Value {
        match self {
            Job::Reload => json!({ "job": "reload" }),
            Job::Stop(unit) => json!({ "job": "stop", "unit": unit }),
            Job::Start(unit) => json!({ "job": "start", "unit": unit }),
            Job::TryRestart(unit) => json!({ "job": "try-restart", "unit": unit }),
        }
    }
}
