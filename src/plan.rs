//! Planning: the difference between what is and what should be. A machine is right when its plan
//! is empty.

pub mod displace;
mod gates;
mod jobs;
mod place;
mod show;
mod sources;

use std::path::{Path, PathBuf};

use crate::decide::Intent;
use crate::job::{Job, UnitChange};
use crate::machine::{ForeignServer, Machine, Standing};
use crate::names::{CHRONY_WAIT, WAIT_UNIT};
use crate::receipt::ImageLine;
use crate::rival::SKEW_DAEMON;
use crate::root::Found;
use crate::unit::UnitLink;

pub use show::changes;

/// Edits and jobs to be done, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub edits: Vec<Edit>,
    pub jobs: Vec<Job>,
    /// The platform for which a chrony.conf of ours is written.
    pub written_for: Option<&'static str>,
    /// Lines of the image's that the written chrony.conf replaces.
    pub image: Vec<ImageLine>,
    /// Things that are as they are for a reason, with nothing to do about them.
    pub notes: Vec<String>,
    /// Things that are not as they should be and stay so: an edited file, a masked unit.
    pub left: Vec<String>,
    /// Gated units that had started in this boot, and did not wait.
    pub too_late: Vec<String>,
    /// The servers of daemons that are displaced, for whoever wants them back.
    pub foreign_servers: Vec<ForeignServer>,
    /// Reason why chrony.conf is not written although it should be.
    pub blocked: Option<String>,
}

impl Plan {
    /// Tells whether one of its edits changes this file.
    pub fn changes(&self, path: &Path) -> bool {
        self.edits.iter().any(|edit| edit.path().is_some_and(|changed| changed == path))
    }

    /// The machine is right.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.jobs.is_empty() && self.blocked.is_none()
    }
}

/// A durable change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Write a file. What was there is copied to `keep` first, if it is not the agent's own.
    Write { path: PathBuf, before: Option<String>, after: String, mode: u32, keep: Option<PathBuf> },
    /// Record a file that has the agent's text already, and of which the receipt does not tell: an image's that lost its /var. `keep`
    /// is for its copy.
    Record { path: PathBuf, text: String, keep: PathBuf },
    /// Move a file away.
    SetAside { path: PathBuf, to: PathBuf },
    /// Undo what was written or set aside here.
    Restore { path: PathBuf },
    /// Make or remove the links of a unit by which it starts, or cannot start.
    Unit { change: UnitChange, unit: String, links: Vec<UnitLink> },
    /// Tell VMware's host not to set the clock.
    HostSyncOff,
}

impl Edit {
    fn unit(change: UnitChange, unit: &str, links: Vec<UnitLink>) -> Edit {
        Edit::Unit { change, unit: unit.to_owned(), links }
    }

    /// The file that is changed; None for a unit, and where nothing changes but the receipt.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Edit::Write { path, .. } | Edit::SetAside { path, .. } | Edit::Restore { path } => Some(path),
            Edit::Record { .. } | Edit::Unit { .. } | Edit::HostSyncOff => None,
        }
    }
}

/// The plan that makes `machine` what `intent` says.
pub fn plan(machine: &Machine, intent: &Intent) -> Plan {
    let notes = intent.refused.iter().chain(&intent.notes).cloned().collect();
    let mut plan = Plan { notes, ..Plan::default() };
    let Some(chrony) = &machine.chrony else {
        plan.left.push("chrony is not installed: there is nothing to configure".to_owned());
        return plan;
    };
    if let (Some(closed), Some(moved)) = (&intent.closed_port, &intent.moved_socket) {
        plan.left.push(format!("no wait can ask chronyd whether the clock is right: {closed}; {moved}"));
    }
    // The order is the safety: the new chrony.conf is whole and reads no fragment before any
    // fragment goes; the gate comes last.
    match &chrony.conf {
        _ if intent.blocked.is_some() => plan.blocked.clone_from(&intent.blocked),
        Ok(conf) => sources::sources(&mut plan, machine, intent, conf),
        Err(why) => plan.notes.push(format!("chrony.conf stays: {why}")),
    }
    if !intent.only_gates {
        displace::settings(&mut plan, machine, intent);
    }
    plan_units(&mut plan, machine, intent);
    gates::gates(&mut plan, machine, intent);
    displace::tell(&mut plan, machine, intent);
    plan.foreign_servers.clone_from(&machine.foreign_servers);
    plan.jobs = jobs::jobs(&plan, machine, intent, chrony);
    plan
}

fn plan_units(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    displace::units(plan, machine, intent);
    displace::displaced_before(plan, machine, intent);
    for name in machine.chrony.iter().map(|chrony| chrony.unit.as_str()).chain([CHRONY_WAIT]) {
        match machine.unit(name) {
            None if name == CHRONY_WAIT => {
                plan.notes.push(format!("{name} is not installed: {WAIT_UNIT} waits instead"));
            }
            None => plan.left.push(format!("{name} is not installed")),
            Some(unit) if unit.masked => {
                plan.left.push(format!("{name} is masked: `systemctl unmask {name}` gives it back"));
            }
            Some(unit) if unit.missing.is_empty() => {}
            Some(unit) => plan.edits.push(Edit::unit(UnitChange::Enable, name, unit.missing.clone())),
        }
    }
}

/// A file of the agent's that is needed no more.
fn restore(plan: &mut Plan, machine: &Machine, intent: &Intent, path: &Path) {
    if machine.file(path).is_left(intent.over_edits) {
        let path = path.display();
        plan.left.push(format!("{path} is needed no more, but was edited and stays (--force)"));
    } else {
        plan.edits.push(Edit::Restore { path: path.to_owned() });
    }
}

/// The mode of everything that is written: chronyd and systemd read it, and so does everybody.
const MODE: u32 = 0o644;

fn write(plan: &mut Plan, machine: &Machine, intent: &Intent, path: &Path, text: &str, mode: u32) {
    let target = machine.file(path);
    let (before, keep) = match (&target.found, target.standing) {
        (Found::File { text: old, mode: is }, standing) if old == text && *is == mode => {
            // An edit of it is to be known as one.
            if standing == Standing::Original && !SKEW_DAEMON.is_set_in(path) {
                let keep = place::place(plan, machine, path);
                plan.edits.push(Edit::Record { path: path.to_owned(), text: text.to_owned(), keep });
            }
            return;
        }
        (Found::Absent, _) => (None, None),
        // It stays an edit: the machine is not right, and apply says that it could not do it.
        (Found::NotAFile(what), _) => {
            plan.left.push(format!("{} is {what} and cannot be written: remove it", path.display()));
            (None, None)
        }
        _ if target.is_left(intent.over_edits) => {
            let path = path.display();
            let note = format!("{path} was edited after cloud-timesync wrote it and stays (--force)");
            return plan.left.push(note);
        }
        // There is a copy of it already.
        (found, Standing::Ours) => (found.text().map(str::to_owned), None),
        (found, _) => (found.text().map(str::to_owned), Some(place::place(plan, machine, path))),
    };
    plan.edits.push(Edit::Write { path: path.to_owned(), before, after: text.to_owned(), mode, keep });
}

#[cfg(test)]
mod tests;
