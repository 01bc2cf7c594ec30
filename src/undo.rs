//! Undo: reads the receipt backwards. Each step can be taken twice, so a run that was killed, or could
//! not do all of it, is finished by the next one.

mod entry;

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::config;
use crate::database::candidates;
use crate::error::{Error, Result};
use crate::machine::Conf;
use crate::names::{AGENT_UNIT, SEEN};
use crate::observe::{self, files, units};
use crate::receipt::{Entry, Receipt};
use crate::rival::SKEW_DAEMON;
use crate::root::Root;
use crate::systemd::links;

pub use entry::{had_edits, keep_edits, restore};

/// Deeds of undo, a sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub done: Vec<String>,
    /// Files that had local edits, and where those are saved.
    pub edited: Vec<(PathBuf, PathBuf)>,
    /// Errors: the receipt still has it, and undo can be run again.
    pub failed: Vec<Error>,
    /// VMware's host set the clock before, and only the running machine can tell it to do so again.
    pub host_sync: bool,
    /// The units that read a file when they start which is now the old one again.
    pub readers: Vec<&'static str>,
}

/// Restores everything that can be, and disables the agent's unit whatever failed: otherwise the next boot would do it all again.
pub fn undo(root: &Root) -> Undone {
    let mut undone = Undone::default();
    let left = Receipt::load(root).map(|receipt| undone.restore_all(root, receipt));
    match disable_agent(root) {
        Ok(true) => undone.done.push(format!("disabled {AGENT_UNIT}")),
        Ok(false) => {}
        Err(why) => undone.failed.push(why),
    }
    // Killed before this, the next undo does all of it again; after it, it removes the copies.
    if let Err(why) = left.and_then(|left| forget(root, left)) {
        undone.failed.push(why);
    }
    undone
}

impl Undone {
    /// Returns what the receipt has to hold from now on.
    fn restore_all(&mut self, root: &Root, receipt: Receipt) -> Receipt {
        // First, so that directories end up empty; what cannot be removed holds nothing else up.
        let stuck = remove_temporaries(root, &receipt);
        let conf = observe::chronyd::chrony(root).and_then(|chrony| chrony.conf.ok());
        let mut left: Vec<&Entry> = Vec::new();
        let mut unsettled: HashSet<&OsStr> = HashSet::new();
        for entry in receipt.entries.iter().rev() {
            let done = match &conf {
                Some(conf) if entry.path() == Some(conf) && lacks_sources(root, &receipt, conf, &left) => {
                    let why = "it names no time source, and a fragment could not be restored";
                    Err(Error::path("restoring", conf, why))
                }
                _ => self.restore(root, &receipt, entry),
            };
            // The oldest of several entries says what is there in the end, so it comes after them the next time too.
            let is_left = match (&done, entry) {
                (Err(_), _) => true,
                (Ok(()), Entry::Made { path }) => !left.is_empty() && root.exists(path),
                (Ok(()), _) => entry.subject().is_some_and(|subject| unsettled.contains(subject)),
            };
            if is_left {
                left.push(entry);
                unsettled.extend(entry.subject());
            }
            self.failed.extend(done.err());
        }
        self.failed.extend(stuck);
        let needed: HashSet<&Path> = left.iter().filter_map(|entry| entry.kept()).collect();
        let orphans = receipt.copies().filter(|copy| !needed.contains(copy)).map(Path::to_owned).collect();
        let entries = left.into_iter().rev().cloned().collect();
        Receipt { entries, orphans, ..receipt }
    }

    fn restore(&mut self, root: &Root, receipt: &Receipt, entry: &Entry) -> Result<()> {
        let edited = restore(root, receipt, entry)?;
        self.edited.extend(entry.path().map(Path::to_owned).zip(edited));
        self.host_sync |= *entry == Entry::HostSyncOff;
        if matches!(entry, Entry::Wrote { path, .. } if SKEW_DAEMON.is_set_in(path)) {
            let is_there = |unit: &&&str| units::fragment(root, unit).is_some();
            self.readers.extend(SKEW_DAEMON.units.iter().filter(is_there).copied());
        }
        // Something of others' keeps a directory.
        let stays = matches!(entry, Entry::Made { path } if root.exists(path));
        self.done.extend((!stays).then(|| entry.undone()));
        Ok(())
    }
}

/// The chrony.conf of before has its sources in fragments, and not all of them are back: the agent's own has some.
fn lacks_sources(root: &Root, receipt: &Receipt, conf: &Path, left: &[&Entry]) -> bool {
    let is_lost = |entry: &&Entry| matches!(entry, Entry::SetAside { path, .. } if !root.exists(path));
    if !left.iter().any(is_lost) {
        return false;
    }
    let oldest = receipt.entries.iter().find(|entry| entry.path() == Some(conf));
    let names_none = |text: String| Conf::parse(&text).sources().is_empty();
    oldest.and_then(Entry::kept).is_some_and(|kept| root.text(kept).is_none_or(names_none))
}

/// False where it was not enabled.
fn disable_agent(root: &Root) -> Result<bool> {
    let links = units::agent(root)?.map(|unit| unit.links).unwrap_or_default();
    links::remove(root, &links)?;
    Ok(!links.is_empty())
}

/// Saves what is left, and removes the copies that nothing needs any more.
fn forget(root: &Root, mut receipt: Receipt) -> Result<()> {
    if !receipt.orphans.is_empty() {
        receipt.save(root)?;
        receipt.sweep(root)?;
    }
    if receipt.entries.is_empty() {
        Receipt::discard(root)?;
        root.remove(Path::new(SEEN))?;
    } else {
        receipt.save(root)?;
    }
    Receipt::prune(root)
}

/// Removes the temporary files of a run that was killed. Returns what cannot be removed.
fn remove_temporaries(root: &Root, receipt: &Receipt) -> Vec<Error> {
    let config = config::load(root).unwrap_or_default().config;
    let databases = observe::databases(root).unwrap_or_default();
    let written = files::written(observe::chronyd::chrony(root).as_ref(), &candidates(&config, &databases));
    let paths: BTreeSet<&Path> = written.iter().map(PathBuf::as_path).chain(receipt.paths()).collect();
    paths.into_iter().filter_map(|path| root.remove_temporary(path).err()).collect()
}
