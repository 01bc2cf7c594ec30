//! Applying a plan: the only writer. Whatever fails is reported and the rest is done, so that a
//! machine whose sources cannot be written still gets its gate.

pub mod candidate;
mod copies;
pub mod host_sync;
mod jobs;

use std::path::Path;

use tracing::{error, info};

use crate::error::{Error, Result};
use crate::job::UnitChange;
use crate::journal;
use crate::machine::{Chrony, Conf, ConfLine, Machine};
use crate::plan::{Edit, Plan};
use crate::receipt::{Entry, Receipt};
use crate::rival;
use crate::root::{Found, Root};
use crate::systemd::{Systemd, links};
use crate::unit::{CONFIG_DIR, UnitLink};

/// Outcome of a plan.
pub struct Applied {
    /// Receipt as it is on the disk, where nothing failed.
    pub receipt: Receipt,
    pub failed: Vec<Error>,
}

/// Does what the plan says, in its order, and goes on after what cannot be done.
pub async fn apply(plan: &Plan, machine: &Machine, root: &Root, systemd: Option<&Systemd>) -> Applied {
    let mut run = Run {
        root,
        systemd,
        machine,
        plan,
        receipt: machine.receipt.clone(),
        moved: Vec::new(),
        failed: Vec::new(),
    };
    run.clean_up();
    if let Some(why) = &plan.blocked {
        run.fail(Error::new("writing chrony.conf", why));
    }
    run.owe_restart(plan);
    run.edits(&plan.edits).await;
    run.sweep();
    run.jobs(&plan.jobs).await;
    Applied { receipt: run.receipt, failed: run.failed }
}

struct Run<'a> {
    root: &'a Root,
    systemd: Option<&'a Systemd>,
    machine: &'a Machine,
    plan: &'a Plan,
    receipt: Receipt,
    /// The fragments that this run has moved.
    moved: Vec<String>,
    failed: Vec<Error>,
}

impl Run<'_> {
    async fn edits(&mut self, edits: &[Edit]) {
        let mut old_sources = false;
        for edit in edits {
            // Without the new chrony.conf the old one is in force, and it needs its fragments.
            if old_sources && belongs_to_sources(edit) {
                continue;
            }
            let done = match edit {
                Edit::Write { path, after, mode, keep, .. } => {
                    self.write(path, after, *mode, keep.as_deref()).await
                }
                Edit::Record { path, text, keep } => self.record_text(path, text, keep),
                Edit::SetAside { path, to } => self.set_aside(path, to),
                Edit::Restore { path } => self.restore(path),
                Edit::Unit { change, unit, links } => self.change_unit(*change, unit, links).await,
                Edit::HostSyncOff => self.host_sync_off().await,
            };
            if let Err(why) = done {
                // The other way round it comes last, and needs all of its fragments.
                old_sources |= self.is_conf(edit) || matches!(edit, Edit::Restore { .. });
                self.fail(why);
            }
        }
        self.log_moved();
    }

    async fn write(&mut self, path: &Path, text: &str, mode: u32, keep: Option<&Path>) -> Result<()> {
        if let Found::NotAFile(what) = &self.machine.file(path).found {
            return Err(Error::path("writing", path, format_args!("it is {what}")));
        }
        self.record_parents(path)?;
        let staged = self.root.stage(path, text, mode)?;
        if let Some(chrony) = self.chrony_of(path) {
            candidate::check(self.root, chrony.chronyd.as_deref(), path, &staged.path()).await?;
        }
        match keep {
            Some(to) => {
                self.must_outlast(path, to)?;
                self.back_up(path, to)?;
            }
            None => self.keep_cloud_inits(path)?,
        }
        self.record_origin(path);
        let there = self.machine.file(path).found.text();
        self.record(Entry::wrote(&self.receipt, path, text, there, keep.map(Path::to_owned)))?;
        staged.commit()?;
        info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "wrote {}{}", path.display(), summary(text));
        Ok(())
    }

    async fn change_unit(&mut self, change: UnitChange, unit: &str, links: &[UnitLink]) -> Result<()> {
        links.iter().try_for_each(|link| self.record_parents(&link.path))?;
        let (name, changed) = (unit.to_owned(), links.to_vec());
        let (entry, done) = match change {
            UnitChange::Enable => (Entry::Enabled { unit: name, links: changed }, "enabled"),
            UnitChange::Disable => (Entry::Disabled { unit: name, links: changed }, "disabled"),
            UnitChange::Mask => (Entry::Masked { unit: name }, "masked"),
        };
        self.record(entry)?;
        match (self.systemd, change) {
            (Some(systemd), _) => systemd.change(change, unit).await?,
            (None, UnitChange::Disable) => links::remove(self.root, links)?,
            (None, UnitChange::Enable | UnitChange::Mask) => links::make(self.root, links)?,
        }
        let why = rival::of(unit).map(|rival| format!(": {}", rival.reason)).unwrap_or_default();
        info!(MESSAGE_ID = journal::ENABLED, UNIT = unit, "{done} {unit}{why}");
        Ok(())
    }

    async fn host_sync_off(&mut self) -> Result<()> {
        self.record(Entry::HostSyncOff)?;
        host_sync::switch(false).await?;
        info!(MESSAGE_ID = journal::HOST_SYNC_OFF, "turned VMware Tools' periodic synchronisation off");
        Ok(())
    }

    /// The receipt is on the disk before the change is.
    fn record(&mut self, entry: Entry) -> Result<()> {
        self.receipt.add(entry);
        self.receipt.save(self.root)
    }

    /// Names the directories in the receipt that are going to be made for `path`.
    fn record_parents(&mut self, path: &Path) -> Result<()> {
        let mut missing = self.root.missing_parents(path);
        missing.retain(|dir| !self.receipt.made().any(|made| made == dir));
        if missing.is_empty() {
            return Ok(());
        }
        self.receipt.entries.extend(missing.into_iter().map(|path| Entry::Made { path }));
        self.receipt.save(self.root)
    }

    fn fail(&mut self, why: Error) {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
        self.failed.push(why);
    }

    fn is_conf(&self, edit: &Edit) -> bool {
        matches!(edit, Edit::Write { path, .. } | Edit::Restore { path } if self.chrony_of(path).is_some())
    }

    fn chrony_of(&self, conf: &Path) -> Option<&Chrony> {
        self.machine.chrony.as_ref().filter(|_| self.machine.conf_path() == Some(conf))
    }
}

fn belongs_to_sources(edit: &Edit) -> bool {
    match edit {
        Edit::SetAside { .. } => true,
        Edit::Restore { path } => !path.starts_with(CONFIG_DIR),
        Edit::Write { path, .. } => path == Path::new(crate::names::CLOUD_INIT),
        Edit::Record { .. } | Edit::Unit { .. } | Edit::HostSyncOff => false,
    }
}

/// The sources in a chrony.conf, for the journal.
fn summary(text: &str) -> String {
    let conf = Conf::parse(text);
    let sources: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
    if sources.is_empty() { String::new() } else { format!(": {}", sources.join("; ")) }
}
