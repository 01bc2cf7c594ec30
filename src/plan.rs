//! Planning: the difference between what is and what should be. A machine is right when its plan
//! is empty.

pub mod displace;
mod jobs;
mod place;
mod show;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::config::instead_of;
use crate::decide::{Intent, Sources, lost_lines};
use crate::job::Job;
use crate::machine::{Conf, ConfLine, ForeignServer, Machine, Standing};
use crate::names::{CLOUD_INIT, WAIT_PATH, gate_path};
use crate::receipt::{Entry, ImageLine};
use crate::render;
use crate::rival::SKEW_DAEMON;
use crate::root::Found;
use crate::unit::UnitLink;

pub use show::changes;

/// What is to be done, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub edits: Vec<Edit>,
    pub jobs: Vec<Job>,
    /// The platform for which a chrony.conf of ours is written.
    pub written_for: Option<&'static str>,
    /// What the chrony.conf that is written took the place of.
    pub image: Vec<ImageLine>,
    /// What is as it is for a reason that nobody has to do anything about.
    pub notes: Vec<String>,
    /// What is not as it should be and stays so: an edited file, a masked unit.
    pub left: Vec<String>,
    /// Gated units that had started in this boot, and did not wait.
    pub too_late: Vec<String>,
    /// The servers of daemons that are displaced, for whoever wants them back.
    pub foreign_servers: Vec<ForeignServer>,
    /// Why chrony.conf is not written although it should be.
    pub blocked: Option<String>,
}

impl Plan {
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
    /// Enable a unit; these links are missing.
    Enable { unit: String, links: Vec<UnitLink> },
    /// Disable a unit; these links enable it.
    Disable { unit: String, links: Vec<UnitLink> },
    /// Make it impossible to start a unit; what enables it stays.
    Mask { unit: String },
    /// Tell VMware's host not to set the clock.
    HostSyncOff,
}

impl Edit {
    /// The file that is changed; None for a unit, and where nothing changes but the receipt.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Edit::Write { path, .. } | Edit::SetAside { path, .. } | Edit::Restore { path } => Some(path),
            Edit::Record { .. }
            | Edit::Enable { .. }
            | Edit::Disable { .. }
            | Edit::Mask { .. }
            | Edit::HostSyncOff => None,
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
    // The order is the safety: the new chrony.conf is whole and reads no fragment before any
    // fragment goes; the gate comes last.
    match &chrony.conf {
        _ if intent.blocked.is_some() => plan.blocked.clone_from(&intent.blocked),
        Ok(conf) => plan_sources(&mut plan, machine, intent, conf),
        Err(why) => plan.notes.push(format!("chrony.conf stays: {why}")),
    }
    let writes = |conf: &PathBuf| plan.edits.iter().any(|edit| edit.path() == Some(conf));
    let new_conf = chrony.conf.as_ref().is_ok_and(writes);
    if !intent.only_gates {
        displace::settings(&mut plan, machine, intent);
    }
    let before = plan.edits.len();
    plan_units(&mut plan, machine, intent);
    plan_gates(&mut plan, machine, intent);
    let new_units = plan.edits[before..].iter().any(|edit| !matches!(edit, Edit::Record { .. }));
    displace::tell(&mut plan, machine, intent);
    plan.foreign_servers.clone_from(&machine.foreign_servers);
    let new = jobs::New { conf: new_conf, units: new_units, settings: displace::changed(&plan) };
    plan.jobs = jobs::jobs(machine, intent, &chrony.unit, new);
    plan
}

fn plan_sources(plan: &mut Plan, machine: &Machine, intent: &Intent, conf: &Path) {
    match &intent.sources {
        Sources::AsTheyAre(why) => plan.notes.push(format!("{} stays: {why}", conf.display())),
        Sources::Distribution => restore_sources(plan, machine, conf),
        Sources::Ours { written_for, lines } => {
            plan.written_for = Some(*written_for);
            plan.image.clone_from(&intent.image);
            let theirs = machine.file(conf).is_left(intent.over_edits);
            plan.notes.extend(cloud_inits_text(machine, conf));
            let text = render::chrony_conf(written_for, lines, &intent.steps);
            write(plan, machine, intent, conf, &text, MODE);
            if plan.edits.last().is_some_and(|edit| edit.path().is_some_and(|path| path == conf)) {
                name_lost_lines(plan, &intent.image, &text);
            }
            if theirs {
                // Their file may read the fragments.
                return;
            }
            let is_named = |file: &&PathBuf| lines.iter().any(|line| line.names_file(file));
            let fragments: Vec<PathBuf> =
                machine.fragments.iter().filter(|file| !is_named(file)).cloned().collect();
            place::set_aside(plan, machine, &fragments);
            if intent.cloud_init_ntp_off {
                write(plan, machine, intent, Path::new(CLOUD_INIT), render::cloud_init(), MODE);
            }
        }
    }
}

/// Says once what chronyd was told and is told no more.
fn name_lost_lines(plan: &mut Plan, image: &[ImageLine], text: &str) {
    let (sources, others) = lost_lines(image, text);
    let named = |lines: Vec<&ImageLine>| {
        let lines: Vec<String> =
            lines.into_iter().map(|line| format!("{} ({})", line.directive, line.place)).collect();
        Some(lines.join(", ")).filter(|lines| !lines.is_empty())
    };
    plan.notes.extend(named(sources).map(|lines| {
        format!(
            "replaced time sources: {lines}; to keep one, name it as a [[source]]: cloud-timesync.toml(5)"
        )
    }));
    let is_decided = |line: &&ImageLine| instead(line).is_some();
    let (decided, others): (Vec<&ImageLine>, Vec<&ImageLine>) = others.into_iter().partition(is_decided);
    plan.notes.extend(decided.into_iter().map(|line| {
        let ImageLine { directive, place, .. } = line;
        let instead = instead(line).unwrap_or_default();
        format!("left out of the new chrony.conf: {directive} ({place}), which is cloud-timesync's to decide: {instead}")
    }));
    plan.notes.extend(named(others).map(|lines| {
        format!(
            "left out of the new chrony.conf: {lines}; to keep a line, name it in [chrony] extra: cloud-timesync.toml(5)"
        )
    }));
}

/// What to do instead of a line that [chrony] extra refuses.
fn instead(line: &ImageLine) -> Option<&'static str> {
    instead_of(&ConfLine::parse(&line.directive)?.name)
}

/// What cloud-init wrote over the agent's chrony.conf, which is written anew.
fn cloud_inits_text(machine: &Machine, conf: &Path) -> Option<String> {
    let cloud_init = machine.cloud_init.as_ref().filter(|cloud_init| cloud_init.has_written)?;
    let sources = Conf::parse(machine.file(conf).found.text()?);
    let sources: Vec<String> = sources.sources().into_iter().map(ConfLine::to_string).collect();
    let from = cloud_init.ntp.as_ref().map_or_else(|| "its configuration".to_owned(), ToString::to_string);
    let (conf, sources) = (conf.display(), sources.join("; "));
    Some(format!("cloud-init had written {conf}, by `ntp:` of {from}, and that is replaced: {sources}"))
}

/// The image moved to a platform without sources of its own: the distribution's come back.
fn restore_sources(plan: &mut Plan, machine: &Machine, conf: &Path) {
    let has_original = machine.receipt.wrote(conf).is_some_and(|(_, kept)| kept.is_some());
    if machine.file(conf).standing != Standing::Ours {
        plan.notes.push(format!("{} stays: the platform has no sources of its own", conf.display()));
    } else if has_original {
        // The fragments first: our chrony.conf does not read them, and the distribution's may have
        // its sources there. And while chrony.conf is ours, a run that was killed is finished.
        plan.edits.extend(machine.receipt.entries.iter().filter_map(|entry| match entry {
            Entry::SetAside { path, .. } => Some(Edit::Restore { path: path.clone() }),
            Entry::Wrote { path, .. } if path == Path::new(CLOUD_INIT) => {
                Some(Edit::Restore { path: path.clone() })
            }
            _ => None,
        }));
        plan.edits.push(Edit::Restore { path: conf.to_owned() });
    } else {
        plan.notes.push(format!("{} stays: nothing was there before it", conf.display()));
    }
}

fn plan_units(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    displace::units(plan, machine, intent);
    displace::displaced_before(plan, machine, intent);
    for name in &intent.enabled {
        match machine.unit(name) {
            None => plan.left.push(format!("{name} is not installed")),
            Some(unit) if unit.masked => {
                plan.left.push(format!("{name} is masked: `systemctl unmask {name}` gives it back"));
            }
            Some(unit) if unit.missing.is_empty() => {}
            Some(unit) => plan.edits.push(Edit::Enable { unit: name.clone(), links: unit.missing.clone() }),
        }
    }
}

/// The drop-ins: those that should be there, and those that should be there no more.
fn plan_gates(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    let mut wanted: Vec<PathBuf> = intent.gated.iter().map(|unit| gate_path(unit)).collect();
    if intent.only_gates {
        wanted.push(PathBuf::from(WAIT_PATH));
    } else if let Some(wait) = render::wait(intent) {
        wanted.push(PathBuf::from(WAIT_PATH));
        write(plan, machine, intent, Path::new(WAIT_PATH), &wait, MODE);
    }
    for unit in &intent.gated {
        write(plan, machine, intent, &gate_path(unit), &render::gate(unit, intent.hold), MODE);
        // It may have failed by now.
        let live = machine.live(unit).filter(|live| live.loaded && (live.is_up() || live.has_run));
        if live.is_some_and(|live| !live.waits(intent.hold)) {
            plan.too_late.push(unit.clone());
        }
    }
    for unit in &intent.absent {
        plan.left.push(format!("{unit} in gate.units is not installed: nothing waits under this name"));
    }
    let wanted: HashSet<&Path> = wanted.iter().map(PathBuf::as_path).collect();
    let mut gone: Vec<&Path> = machine.receipt.drop_ins().filter(|path| !wanted.contains(path)).collect();
    gone.dedup();
    for path in gone {
        restore(plan, machine, intent, path);
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
