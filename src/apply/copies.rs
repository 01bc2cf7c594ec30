//! Copies of what goes: each is named in the receipt before it is made, and before the original goes.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::Run;
use crate::error::{Result, shown};
use crate::journal;
use crate::plan::Edit;
use crate::printable::counted;
use crate::receipt::{Entry, Kept, STATE_DIR};
use crate::undo;

impl Run<'_> {
    /// Names all copies, makes all, records all, then removes all: killed anywhere, nothing is lost.
    pub(super) fn set_aside(&mut self, edits: &[Edit]) -> Result<()> {
        let moves = edits.iter().filter_map(|edit| match edit {
            Edit::SetAside { path, to } => Some((path, to)),
            _ => None,
        });
        self.record_copies(moves.clone().map(|(_, to)| to.clone()))?;
        let copied = self.copy_fragments(moves);
        let kept: HashSet<&PathBuf> =
            self.receipt.entries.iter().filter_map(Entry::kept).map(|kept| &kept.path).collect();
        self.receipt.loose.retain(|copy| !kept.contains(copy));
        self.root.sync(Path::new(STATE_DIR))?;
        self.receipt.save(self.root)?;
        let mut count = 0;
        for path in &copied {
            match self.root.remove_unsynced(path) {
                Ok(()) => count += 1,
                Err(why) => self.fail(why),
            }
        }
        if let Some(path) = copied.first() {
            self.root.sync(path)?;
        }
        if count > 0 {
            info!(
                MESSAGE_ID = journal::SET_ASIDE,
                COUNT = count,
                "set {} of chrony's configuration aside",
                counted(count, "fragment")
            );
        }
        Ok(())
    }

    /// Returns those of which there is a copy now. The copy of a run that was killed, or could not
    /// remove the original, is enough.
    fn copy_fragments<'p>(
        &mut self,
        moves: impl Iterator<Item = (&'p PathBuf, &'p PathBuf)>,
    ) -> Vec<&'p PathBuf> {
        let mut copies: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
        for entry in &self.receipt.entries {
            if let Entry::SetAside { path, kept } = entry {
                copies.entry(path.clone()).or_default().push(kept.path.clone());
            }
        }
        let mut copied = Vec::new();
        for (path, to) in moves {
            let is_like = |copy: &PathBuf| matches!(self.root.is_like(path, copy), Ok(true));
            if copies.get(path).is_some_and(|copies| copies.iter().any(is_like)) {
                copied.push(path);
                continue;
            }
            match self.root.copy_unsynced(path, to) {
                Ok(lacks) => {
                    let kept = Kept { path: to.clone(), lacks };
                    self.receipt.entries.push(Entry::SetAside { path: path.clone(), kept });
                    copied.push(path);
                }
                Err(why) => self.fail(why),
            }
        }
        copied
    }

    pub(super) fn give_back(&mut self, path: &Path) -> Result<()> {
        let concerns = |entry: &Entry| match entry {
            Entry::Wrote { path: of, .. } | Entry::SetAside { path: of, .. } => of == path,
            _ => false,
        };
        while let Some(index) = self.receipt.entries.iter().rposition(concerns) {
            let given = undo::give_back(self.root, &self.receipt, &self.receipt.entries[index])?;
            for why in given.back.refused {
                warn!(MESSAGE_ID = journal::LEFT, "{why}");
            }
            if let Some(edited) = given.edited {
                let edited = shown(&edited);
                warn!(
                    MESSAGE_ID = journal::LEFT,
                    "somebody had edited it: the edited text is kept as {edited}"
                );
            }
            let entry = self.receipt.entries.remove(index);
            match entry.kept() {
                Some(kept) if given.back.unowned => {
                    let (path, kept) = (path.to_owned(), kept.clone());
                    self.receipt.entries.insert(index, Entry::GivenBack { path, kept });
                }
                kept => self.receipt.loose.extend(kept.map(|kept| kept.path.clone())),
            }
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
        let name = shown(path);
        let says =
            if self.root.exists(path) { format!("gave {name} back") } else { format!("removed {name}") };
        info!(MESSAGE_ID = journal::WROTE, PATH = %path.display(), "{says}");
        Ok(())
    }

    /// The copies that are going to be made.
    pub(super) fn record_copies(&mut self, copies: impl IntoIterator<Item = PathBuf>) -> Result<()> {
        // What lies there already is nothing that this run may ever sweep away: the copy is going to be refused.
        let root = self.root;
        self.receipt.loose.extend(copies.into_iter().filter(|copy| root.is_absent(copy)));
        self.receipt.save(self.root)
    }

    pub(super) fn keep_copy(&self, path: &Path, to: &Path) -> Result<Kept> {
        Ok(Kept { path: to.to_owned(), lacks: self.root.copy(path, to)? })
    }

    /// What a run that was killed left on its way.
    pub(super) fn clean_up(&mut self) {
        let paths = self.machine.files.keys().map(PathBuf::as_path).chain(self.machine.receipt.paths());
        for path in paths {
            self.root.remove_temporary(path).unwrap_or_else(|why| self.fail(why));
        }
        self.sweep();
    }

    /// Removes the copies that no entry needs.
    pub(super) fn sweep(&mut self) {
        if self.receipt.loose.is_empty() {
            return;
        }
        let swept = self.receipt.sweep(self.root).and_then(|()| self.receipt.save(self.root));
        swept.unwrap_or_else(|why| self.fail(why));
    }
}
