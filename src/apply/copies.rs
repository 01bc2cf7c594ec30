//! Backups of what goes: each is named in the receipt before it is made, and before the original goes.

use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::Run;
use crate::error::{Error, Result, shown};
use crate::journal;
use crate::printable::counted;
use crate::receipt::{Entry, Receipt, STATE_DIR};
use crate::undo;

impl Run<'_> {
    /// Moves a file out of chrony's way. The copy of a run that was killed, or could not remove the original, is enough.
    pub(super) fn set_aside(&mut self, path: &Path, to: &Path) -> Result<()> {
        if path.to_str().is_none() {
            return Err(Error::path(
                "moving",
                path,
                "its name is not UTF-8, so it stays: rename or remove it",
            ));
        }
        if !self.has_backup(path) {
            self.must_outlast(path, to)?;
            self.back_up(path, to)?;
            self.record(Entry::SetAside { path: path.to_owned(), kept: to.to_owned() })?;
        }
        self.root.remove(path)?;
        self.moved.push(shown(path));
        Ok(())
    }

    /// Names the fragments that were moved in one line: an image may have many.
    pub(super) fn log_moved(&self) {
        let count = self.moved.len();
        if count > 0 {
            info!(
                MESSAGE_ID = journal::SET_ASIDE,
                COUNT = count,
                "moved {} of chrony's configuration to {STATE_DIR}/set-aside: {}",
                counted(count, "fragment"),
                self.moved.join(", ")
            );
        }
    }

    /// Records the agent's own text in a file of which the receipt did not tell. `undo` leaves it as it is here.
    pub(super) fn record_text(&mut self, path: &Path, text: &str, keep: &Path) -> Result<()> {
        self.back_up(path, keep)?;
        self.record_origin(path);
        self.record(Entry::wrote(&self.receipt, path, text, Some(text), Some(keep.to_owned())))
    }

    /// Takes into the receipt what a chrony.conf is for, and what it took the place of; with its entry it goes to the disk.
    pub(super) fn record_origin(&mut self, path: &Path) {
        if self.chrony_of(path).is_some() {
            self.receipt.written_for = self.plan.written_for.map(str::to_owned);
            self.receipt.image.clone_from(&self.plan.image);
        }
    }

    /// Copies a text that counts as the agent's and is not: cloud-init's over it.
    pub(super) fn keep_cloud_inits(&self, path: &Path) -> Result<()> {
        let Some(wrote) = self.receipt.wrote(path) else { return Ok(()) };
        if let Some(kept) = undo::keep_edits(self.root, &self.receipt, path, wrote)? {
            info!("copied cloud-init's {} to {}", shown(path), shown(&kept));
        }
        Ok(())
    }

    /// A backup is there for as long as the original would have been.
    pub(super) fn must_outlast(&self, path: &Path, to: &Path) -> Result<()> {
        if self.root.is_volatile(to) && !self.root.is_volatile(path) {
            let why =
                format!("{STATE_DIR} is in memory, and a copy there would not outlast this boot: it stays");
            return Err(Error::path("backing up", path, why));
        }
        Ok(())
    }

    fn has_backup(&self, path: &Path) -> bool {
        self.receipt.entries.iter().any(|entry| match entry {
            Entry::SetAside { path: moved, kept } => {
                moved == path && matches!(self.root.is_same(path, kept), Ok(true))
            }
            _ => false,
        })
    }

    /// Names the copy in the receipt, then makes it.
    pub(super) fn back_up(&mut self, path: &Path, to: &Path) -> Result<()> {
        // What lies there already is nothing that this run may ever sweep away: the copy is going to be refused.
        if self.root.is_absent(to) {
            self.receipt.orphans.push(to.to_owned());
            self.receipt.save(self.root)?;
        }
        Receipt::make_room(self.root)?;
        self.root.copy(path, to)
    }

    /// Undoes what was written to `path` or moved from there.
    pub(super) fn restore(&mut self, path: &Path) -> Result<()> {
        let concerns = |entry: &Entry| entry.path() == Some(path);
        while let Some(index) = self.receipt.entries.iter().rposition(concerns) {
            if let Some(edited) = undo::restore(self.root, &self.receipt, &self.receipt.entries[index])? {
                warn!(MESSAGE_ID = journal::LEFT, "{}", undo::had_edits(path, &edited));
            }
            let entry = self.receipt.entries.remove(index);
            self.receipt.orphans.extend(entry.kept().map(Path::to_owned));
            self.receipt.save(self.root)?;
        }
        // The folder that was made for it goes with it, unless something else is in it by now.
        let folder = path.parent().unwrap_or(path);
        let made = Entry::Made { path: folder.to_owned() };
        if let Some(index) = self.receipt.entries.iter().position(|entry| *entry == made) {
            self.root.remove_empty(folder)?;
            if !self.root.exists(folder) {
                self.receipt.entries.remove(index);
                self.receipt.save(self.root)?;
            }
        }
        let done = if self.root.exists(path) { "restored" } else { "removed" };
        info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "{done} {}", shown(path));
        Ok(())
    }

    /// Removes the temporary files and orphans of a run that was killed.
    pub(super) fn clean_up(&mut self) {
        let paths = self.machine.files.keys().map(PathBuf::as_path).chain(self.machine.receipt.paths());
        for path in paths {
            self.root.remove_temporary(path).unwrap_or_else(|why| self.fail(why));
        }
        self.sweep();
    }

    /// Removes the copies that no entry needs.
    pub(super) fn sweep(&mut self) {
        if self.receipt.orphans.is_empty() {
            return;
        }
        let swept = self.receipt.sweep(self.root).and_then(|()| self.receipt.save(self.root));
        swept.unwrap_or_else(|why| self.fail(why));
    }
}
