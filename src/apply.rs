//! Applying a plan: the only writer. Whatever fails is reported and the rest is done, so that a
//! machine whose sources cannot be written still gets its gate.

pub mod candidate;
mod copies;
pub mod host_sync;
mod jobs;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use tracing::{error, info, warn};

use crate::error::{Error, Result};
use crate::journal;
use crate::machine::{Chrony, Conf, ConfLine, Machine, Standing};
use crate::names::gated_by;
use crate::plan::{Edit, Plan};
use crate::receipt::{Entry, Receipt};
use crate::rival;
use crate::root::{Found, Root};
use crate::systemd::{Systemd, links};
use crate::unit::{CONFIG_DIR, UnitLink};

/// What became of a plan.
pub struct Applied {
    /// As it is on the disk, where nothing failed.
    pub receipt: Receipt,
    pub failed: Vec<Error>,
}

/// Does what the plan says, in its order, and goes on after what cannot be done.
pub async fn apply(plan: &Plan, machine: &Machine, root: &Root, systemd: Option<&Systemd>) -> Applied {
    let mut run = Run {
        root,
        systemd,
        machine,
        written_for: plan.written_for,
        receipt: machine.receipt.clone(),
        failed: Vec::new(),
    };
    run.clean_up();
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
    written_for: Option<&'static str>,
    receipt: Receipt,
    failed: Vec<Error>,
}

impl Run<'_> {
    async fn edits(&mut self, edits: &[Edit]) {
        let mut old_sources = false;
        let mut rest = edits;
        while let Some(edit) = rest.first() {
            // Fragments go together, and new drop-ins: one entry each, but one receipt.
            let fragments = rest.iter().take_while(|edit| matches!(edit, Edit::SetAside { .. })).count();
            let drop_ins = rest.iter().take_while(|edit| self.is_new_drop_in(edit)).count();
            let (now, later) = rest.split_at(fragments.max(drop_ins).max(1));
            rest = later;
            // Without the new chrony.conf the old one is in force, and it needs its fragments.
            if old_sources && belongs_to_sources(edit) {
                continue;
            }
            let done = match edit {
                Edit::Write { .. } if drop_ins > 1 => self.write_drop_ins(now),
                Edit::Write { path, after, mode, keep, .. } => {
                    self.write(path, after, *mode, keep.as_deref()).await
                }
                Edit::SetAside { .. } => self.set_aside(now),
                Edit::GiveBack { path } => self.give_back(path),
                Edit::Enable { unit, links } => self.enable(unit, links).await,
                Edit::Disable { unit, links } => self.disable(unit, links).await,
                Edit::Mask { unit } => self.mask(unit).await,
                Edit::HostSyncOff => self.host_sync_off().await,
            };
            if let Err(why) = done {
                // The other way round it comes last, and needs all of its fragments.
                old_sources |= self.is_conf(edit) || matches!(edit, Edit::GiveBack { .. });
                self.fail(why);
            }
        }
    }

    async fn write(&mut self, path: &Path, text: &str, mode: u32, keep: Option<&Path>) -> Result<()> {
        if let Found::NotAFile(what) = &self.machine.file(path).found {
            return Err(Error::path("writing", path, format_args!("it is {what}")));
        }
        self.record_parents(path)?;
        let staged = self.root.stage(path, text, mode)?;
        if let Some(chrony) = self.chrony_of(path) {
            candidate::check(self.root, chrony, &staged.path()).await?;
        }
        let keep = match keep {
            Some(to) => {
                self.record_copies([to.to_owned()])?;
                Some(self.keep_copy(path, to)?)
            }
            None => None,
        };
        if self.chrony_of(path).is_some() {
            self.receipt.written_for = self.written_for.map(str::to_owned);
        }
        let there = self.machine.file(path).found.text();
        self.record(Entry::wrote(&self.receipt, path, text, there, keep))?;
        if let Some(why) = staged.unlabelled() {
            warn!(MESSAGE_ID = journal::LEFT, "{why}");
        }
        staged.commit()?;
        info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "wrote {}{}", path.display(), summary(text));
        Ok(())
    }

    /// A gate where nothing was yet.
    fn is_new_drop_in(&self, edit: &Edit) -> bool {
        let Edit::Write { path, keep: None, .. } = edit else { return false };
        gated_by(path).is_some()
            && self.machine.file(path).found == Found::Absent
            && self.machine.file(path).standing == Standing::Original
    }

    /// Names all drop-ins in the receipt, then writes them.
    fn write_drop_ins(&mut self, edits: &[Edit]) -> Result<()> {
        let drop_ins = edits.iter().filter_map(|edit| match edit {
            Edit::Write { path, after, mode, .. } => Some((path.as_path(), after.as_str(), *mode)),
            _ => None,
        });
        let drop_ins: Vec<_> = drop_ins.collect();
        self.note_parents(drop_ins.iter().map(|(path, ..)| *path));
        self.receipt.entries.extend(drop_ins.iter().map(|(path, text, _)| Entry::Wrote {
            path: path.to_path_buf(),
            texts: vec![(*text).to_owned()],
            kept: None,
        }));
        self.receipt.save(self.root)?;
        for ((path, ..), written) in drop_ins.iter().zip(self.root.write_together(&drop_ins)) {
            match written {
                Ok(()) => {
                    info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "wrote {}", path.display())
                }
                Err(why) => self.fail(why),
            }
        }
        Ok(())
    }

    async fn enable(&mut self, unit: &str, links: &[UnitLink]) -> Result<()> {
        links.iter().try_for_each(|link| self.record_parents(&link.path))?;
        self.record(Entry::Enabled { unit: unit.to_owned(), links: links.to_vec() })?;
        match self.systemd {
            Some(systemd) => systemd.enable(unit).await?,
            None => links::make(self.root, links)?,
        }
        info!(MESSAGE_ID = journal::ENABLED, UNIT = unit, "enabled {unit}");
        Ok(())
    }

    async fn disable(&mut self, unit: &str, links: &[UnitLink]) -> Result<()> {
        self.record(Entry::Disabled { unit: unit.to_owned(), links: links.to_vec() })?;
        match self.systemd {
            Some(systemd) => systemd.disable(unit).await?,
            None => links::remove(self.root, links)?,
        }
        info!(MESSAGE_ID = journal::ENABLED, UNIT = unit, "disabled {unit}: {}", reason(unit));
        Ok(())
    }

    async fn mask(&mut self, unit: &str) -> Result<()> {
        let link = links::mask(unit);
        self.record_parents(&link.path)?;
        self.record(Entry::Masked { unit: unit.to_owned() })?;
        match self.systemd {
            Some(systemd) => systemd.mask(unit).await?,
            None => links::make(self.root, &[link])?,
        }
        info!(MESSAGE_ID = journal::ENABLED, UNIT = unit, "masked {unit}: {}", reason(unit));
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

    /// The directories that are going to be made for `path`.
    fn record_parents(&mut self, path: &Path) -> Result<()> {
        if self.note_parents([path].into_iter()) { self.receipt.save(self.root) } else { Ok(()) }
    }

    /// Names them in the receipt, which is not saved yet. False where there are none.
    fn note_parents<'p>(&mut self, paths: impl Iterator<Item = &'p Path>) -> bool {
        let mut known: HashSet<PathBuf> = self.receipt.made().map(Path::to_owned).collect();
        let missing = paths.flat_map(|path| self.root.missing_parents(path));
        let new: Vec<Entry> =
            missing.filter(|path| known.insert(path.clone())).map(|path| Entry::Made { path }).collect();
        let is_any = !new.is_empty();
        self.receipt.entries.extend(new);
        is_any
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

fn belongs_to_sources(edit: &Edit) -> bool {
    match edit {
        Edit::SetAside { .. } => true,
        Edit::GiveBack { path } => !path.starts_with(CONFIG_DIR),
        Edit::Write { path, .. } => path == Path::new(crate::names::CLOUD_INIT),
        Edit::Enable { .. } | Edit::Disable { .. } | Edit::Mask { .. } | Edit::HostSyncOff => false,
    }
}

fn reason(unit: &str) -> &'static str {
    rival::of(unit).map_or("the machine is right without it", |rival| rival.reason)
}

/// The sources in a chrony.conf, for the journal.
fn summary(text: &str) -> String {
    let conf = Conf::parse(text);
    let sources: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
    if sources.is_empty() { String::new() } else { format!(": {}", sources.join("; ")) }
}
