//! Applying a plan: the only writer. Whatever fails is reported and the rest is done, so that a
//! machine whose sources cannot be written still gets its gate.

use std::path::{Path, PathBuf};

use tracing::{debug, error, info};

use crate::error::{Error, Result};
use crate::journal;
use crate::machine::{Chrony, Conf, ConfLine, Machine};
use crate::observe::chrony;
use crate::plan::{Edit, Job, Plan};
use crate::receipt::{Entry, Kept, Receipt};
use crate::root::Root;
use crate::systemd::{Systemd, links};
use crate::undo;

/// Does what the plan says, in its order, and returns what could not be done.
pub async fn apply(plan: &Plan, machine: &Machine, root: &Root, systemd: Option<&Systemd>) -> Vec<Error> {
    let mut run = Run { root, systemd, machine, receipt: machine.receipt.clone(), failed: Vec::new() };
    run.edits(&plan.edits).await;
    for job in &plan.jobs {
        run.job(job).await;
    }
    run.failed
}

struct Run<'a> {
    root: &'a Root,
    systemd: Option<&'a Systemd>,
    machine: &'a Machine,
    receipt: Receipt,
    failed: Vec<Error>,
}

impl Run<'_> {
    async fn edits(&mut self, edits: &[Edit]) {
        let mut old_sources = false;
        let mut rest = edits;
        while let Some(edit) = rest.first() {
            // Fragments go together: one entry each, but one receipt.
            let together = rest.iter().take_while(|edit| matches!(edit, Edit::SetAside { .. })).count();
            let (now, later) = rest.split_at(together.max(1));
            rest = later;
            // Without the new chrony.conf the old one is in force, and it needs its fragments.
            if old_sources && belongs_to_sources(edit) {
                continue;
            }
            let done = match edit {
                Edit::Write { path, after, mode, keep, .. } => {
                    self.write(path, after, *mode, keep.as_deref()).await
                }
                Edit::Carry { path, text } => self.carry(path, text),
                Edit::SetAside { .. } => self.set_aside(now),
                Edit::GiveBack { path } => self.give_back(path),
                Edit::Enable { unit, links } => self.enable(unit, links).await,
                Edit::Disable { unit, links } => self.disable(unit, links).await,
            };
            if let Err(why) = done {
                old_sources |= self.is_conf(edit);
                self.fail(why);
            }
        }
    }

    async fn write(&mut self, path: &Path, text: &str, mode: u32, keep: Option<&Path>) -> Result<()> {
        let made = self.root.missing_parents(path);
        let staged = self.root.stage(path, text, mode)?;
        if let Some(chrony) = self.chrony_of(path) {
            chrony::check(self.root, chrony, &staged.path()).await?;
        }
        let keep = keep.map(|keep| keep_copy(self.root, path, keep)).transpose()?;
        self.record(made, Entry::wrote(&self.receipt, path, text, keep))?;
        staged.commit()?;
        info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "wrote {}{}", path.display(), summary(text));
        Ok(())
    }

    fn carry(&mut self, path: &Path, text: &str) -> Result<()> {
        let made = self.root.missing_parents(path);
        self.record(made, Entry::Carried { path: path.to_owned() })?;
        self.root.write(path, text, 0o644)?;
        debug!("carried the learned drift over to {}", path.display());
        Ok(())
    }

    /// Copies all, records all, then removes all: killed anywhere, nothing is lost.
    fn set_aside(&mut self, edits: &[Edit]) -> Result<()> {
        let mut copied: Vec<&PathBuf> = Vec::new();
        for edit in edits {
            let Edit::SetAside { path, to } = edit else { continue };
            match keep_copy(self.root, path, to) {
                Ok(kept) => {
                    copied.push(path);
                    self.receipt.entries.push(Entry::SetAside { path: path.clone(), kept });
                }
                Err(why) => self.fail(why),
            }
        }
        self.receipt.save(self.root)?;
        copied.iter().try_for_each(|path| self.root.remove(path))?;
        let count = copied.len();
        info!(
            MESSAGE_ID = journal::SET_ASIDE,
            COUNT = count,
            "set {count} fragments of chrony's configuration aside"
        );
        Ok(())
    }

    fn give_back(&mut self, path: &Path) -> Result<()> {
        let concerns = |entry: &Entry| match entry {
            Entry::Wrote { path: of, .. } | Entry::SetAside { path: of, .. } => of == path,
            _ => false,
        };
        while let Some(index) = self.receipt.entries.iter().rposition(concerns) {
            undo::give_back(self.root, &self.receipt, &self.receipt.entries[index])?;
            let entry = self.receipt.entries.remove(index);
            self.receipt.save(self.root)?;
            undo::forget(self.root, &entry)?;
        }
        info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "gave {} back", path.display());
        Ok(())
    }

    async fn enable(&mut self, unit: &str, links: &[crate::machine::UnitLink]) -> Result<()> {
        let made = links.iter().flat_map(|link| self.root.missing_parents(&link.path)).collect();
        self.record(made, Entry::Enabled { unit: unit.to_owned(), links: links.to_vec() })?;
        match self.systemd {
            Some(systemd) => systemd.enable(unit).await?,
            None => links::make(self.root, links)?,
        }
        info!(MESSAGE_ID = journal::ENABLED, UNIT = unit, "enabled {unit}");
        Ok(())
    }

    async fn disable(&mut self, unit: &str, links: &[crate::machine::UnitLink]) -> Result<()> {
        self.record(Vec::new(), Entry::Disabled { unit: unit.to_owned(), links: links.to_vec() })?;
        match self.systemd {
            Some(systemd) => systemd.disable(unit).await?,
            None => links::remove(self.root, links)?,
        }
        info!(MESSAGE_ID = journal::ENABLED, UNIT = unit, "disabled {unit}: it would take chronyd's place");
        Ok(())
    }

    async fn job(&mut self, job: &Job) {
        let Some(systemd) = self.systemd else { return };
        match (systemd.run(job).await, job) {
            (Err(why), _) => self.fail(why),
            (Ok(()), Job::Reload) => debug!(MESSAGE_ID = journal::QUEUED, "reloaded the units"),
            (Ok(()), Job::Start(unit) | Job::Stop(unit) | Job::TryRestart(unit)) => {
                debug!(MESSAGE_ID = journal::QUEUED, UNIT = unit, "queued: {job}");
            }
        }
    }

    /// The receipt is on the disk before the change is.
    fn record(&mut self, made: Vec<PathBuf>, entry: Entry) -> Result<()> {
        self.receipt.add(made, entry);
        self.receipt.save(self.root)
    }

    fn fail(&mut self, why: Error) {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
        self.failed.push(why);
    }

    fn is_conf(&self, edit: &Edit) -> bool {
        matches!(edit, Edit::Write { path, .. } | Edit::GiveBack { path } if self.chrony_of(path).is_some())
    }

    fn chrony_of(&self, conf: &Path) -> Option<&Chrony> {
        self.machine.chrony.as_ref().filter(|chrony| chrony.conf == conf)
    }
}

fn keep_copy(root: &Root, path: &Path, to: &Path) -> Result<Kept> {
    Ok(Kept { path: to.to_owned(), owners: root.copy(path, to)? })
}

fn belongs_to_sources(edit: &Edit) -> bool {
    match edit {
        Edit::Carry { .. } | Edit::SetAside { .. } | Edit::GiveBack { .. } => true,
        Edit::Write { path, .. } => path == Path::new(crate::names::CLOUD_INIT),
        Edit::Enable { .. } | Edit::Disable { .. } => false,
    }
}

/// The sources in a chrony.conf, for the journal.
fn summary(text: &str) -> String {
    let conf = Conf::parse(text);
    let sources: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
    if sources.is_empty() { String::new() } else { format!(": {}", sources.join("; ")) }
}
