//! The receipt: what was changed on the disk, in its order. It is written before a change is made,
//! so that a run that was killed is never mistaken for an operator's edit, and read backwards by undo.

mod entry;
mod image;
mod place;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::names::{SEEN, WAIT_PATH, gated_by};
use crate::root::Root;

pub use entry::Entry;
pub use image::{ImageLine, LineRole};
pub use place::{aside, place_for, places_of_edited};

/// Everything that the agent remembers.
pub const STATE_DIR: &str = "/var/lib/cloud-timesync";
const RECEIPT: &str = "/var/lib/cloud-timesync/receipt.json";
const SET_ASIDE: &str = "/var/lib/cloud-timesync/set-aside";
const SCHEMA: u32 = 1;

/// A large one has some ten kilobytes.
const LARGEST: u64 = 64 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub schema: u32,
    pub entries: Vec<Entry>,
    /// The platform, as chrony.conf's heading has it, for which the last one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_for: Option<String>,
    /// The image's own directives, which were in force before the first chrony.conf of the agent's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image: Vec<ImageLine>,
    /// Backups that no entry refers to: one that is being made, or whose original is restored. Swept by the next run where one
    /// is killed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<PathBuf>,
}

impl Default for Receipt {
    fn default() -> Receipt {
        Receipt {
            schema: SCHEMA,
            entries: Vec::new(),
            written_for: None,
            image: Vec::new(),
            orphans: Vec::new(),
        }
    }
}

/// The texts that the agent itself wrote to a file, and the copy of what was there before the last of them.
pub type Wrote<'r> = (&'r [String], Option<&'r Path>);

impl Receipt {
    /// Reads the receipt; a machine that has none gets an empty one. One that cannot be read is an error: what it records would
    /// be lost by a new one.
    pub fn load(root: &Root) -> Result<Receipt> {
        let path = Path::new(RECEIPT);
        let Some(text) = root.read_up_to(path, LARGEST)?.text_if_any(path)? else {
            return Ok(Receipt::default());
        };
        let receipt: Receipt =
            serde_json::from_str(&text).map_err(|why| Error::path("reading", path, why))?;
        if receipt.schema != SCHEMA {
            let why = format!("its schema is {}, this version knows {SCHEMA}", receipt.schema);
            return Err(Error::path("reading", path, why));
        }
        Ok(receipt)
    }

    /// Writes the receipt. Everybody may read it: `plan` is for every user.
    pub fn save(&self, root: &Root) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|why| Error::path("writing", Path::new(RECEIPT), why))?;
        text.push('\n');
        root.write(Path::new(RECEIPT), &text, 0o644)
    }

    /// Makes the directory of the backups. Nobody but root enters it: some of the originals lay in directories that were closed.
    pub fn make_room(root: &Root) -> Result<()> {
        root.make_private(Path::new(SET_ASIDE))
    }

    /// Removes the orphans. The receipt on the disk names them until it is saved again.
    pub fn sweep(&mut self, root: &Root) -> Result<()> {
        self.orphans.iter().try_for_each(|path| root.remove(path))?;
        self.orphans.clear();
        Ok(())
    }

    /// The files that are written or set aside, and the agent's own.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.entries.iter().filter_map(Entry::path).chain([RECEIPT, SEEN].map(Path::new))
    }

    /// The copies that it names.
    pub fn copies(&self) -> impl Iterator<Item = &Path> {
        self.entries.iter().filter_map(Entry::kept).chain(self.orphans.iter().map(PathBuf::as_path))
    }

    /// Removes the receipt, once everything is restored.
    pub fn discard(root: &Root) -> Result<()> {
        root.remove(Path::new(RECEIPT))
    }

    /// Removes the state directory as far as it is empty.
    pub fn prune(root: &Root) -> Result<()> {
        prune(root, Path::new(SET_ASIDE))?;
        root.remove_empty(Path::new(STATE_DIR))
    }

    /// Adds an entry, which holds its copy from now on. One for a file that the agent wrote already takes that one's place.
    pub fn add(&mut self, entry: Entry) {
        if let Some(kept) = entry.kept() {
            self.orphans.retain(|copy| copy != kept);
        }
        let same = |old: &Entry| match (old, &entry) {
            (Entry::Wrote { path: old, kept: before, .. }, Entry::Wrote { path: new, kept, .. }) => {
                old == new && before == kept
            }
            _ => *old == entry,
        };
        match self.entries.iter().rposition(same) {
            Some(index) => self.entries[index] = entry,
            None => self.entries.push(entry),
        }
    }

    /// The texts that the agent itself wrote to `path`, and the copy of what was there before
    /// the last of them.
    pub fn wrote(&self, path: &Path) -> Option<Wrote<'_>> {
        self.entries.iter().rev().find_map(|entry| match entry {
            // As strings: paths are compared piece by piece.
            Entry::Wrote { path: wrote, texts, kept } if wrote.as_os_str() == path.as_os_str() => {
                Some((texts.as_slice(), kept.as_deref()))
            }
            _ => None,
        })
    }

    /// Tells whether `text` is one of those that the agent wrote there.
    pub fn has_written(&self, path: &Path, text: &str) -> bool {
        self.entries.iter().any(|entry| match entry {
            Entry::Wrote { path: wrote, texts, .. } => wrote == path && texts.iter().any(|own| own == text),
            _ => false,
        })
    }

    /// The directories that were made.
    pub fn made(&self) -> impl Iterator<Item = &Path> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Made { path } => Some(path.as_path()),
            _ => None,
        })
    }

    /// The drop-ins that make units wait, and chrony-wait's own.
    pub fn drop_ins(&self) -> impl Iterator<Item = &Path> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Wrote { path, .. } if gated_by(path).is_some() || path == Path::new(WAIT_PATH) => {
                Some(path.as_path())
            }
            _ => None,
        })
    }
}

/// Removes the empty directories below `dir`, and `dir` itself if it ends up empty.
fn prune(root: &Root, dir: &Path) -> Result<()> {
    for entry in root.list(dir)? {
        if entry.is_dir {
            prune(root, &dir.join(entry.name))?;
        }
    }
    root.remove_empty(dir)
}

#[cfg(test)]
mod tests;
