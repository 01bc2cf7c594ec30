//! The receipt: what was changed on the disk, in its order. It is written before a change is made,
//! so that a run that was killed is never mistaken for an operator's edit, and read backwards by undo.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::machine::{Found, UnitLink};
use crate::root::{Owner, Root};

/// Everything that the agent remembers.
pub const STATE_DIR: &str = "/var/lib/cloud-timesync";
const RECEIPT: &str = "/var/lib/cloud-timesync/receipt.json";
const SET_ASIDE: &str = "/var/lib/cloud-timesync/set-aside";
const SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub schema: u32,
    pub entries: Vec<Entry>,
}

impl Default for Receipt {
    fn default() -> Receipt {
        Receipt { schema: SCHEMA, entries: Vec::new() }
    }
}

/// The copy of what was there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub path: PathBuf,
    /// The owners that the copy does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Owner>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A directory was made.
    Made { path: PathBuf },
    /// A file was written. `texts` are the agent's own, the newest last: two while one replaces
    /// the other. `kept` is the copy of what was there before; None if nothing was.
    Wrote { path: PathBuf, texts: Vec<String>, kept: Option<Kept> },
    /// A file of a daemon's own was made for it; the daemon writes it from then on.
    Carried { path: PathBuf },
    /// A file was moved away.
    SetAside { path: PathBuf, kept: Kept },
    /// A unit was enabled by these links.
    Enabled { unit: String, links: Vec<UnitLink> },
    /// A unit was disabled; these links were removed.
    Disabled { unit: String, links: Vec<UnitLink> },
}

impl Entry {
    /// The entry for writing `text` to `path`. `keep` is where a text that is not the agent's was
    /// copied to; without one the last entry for the file is continued.
    pub fn wrote(receipt: &Receipt, path: &Path, text: &str, keep: Option<Kept>) -> Entry {
        let (mut texts, kept) = match (receipt.wrote(path), keep) {
            (Some((texts, kept)), None) => (texts.to_vec(), kept.cloned()),
            (_, keep) => (Vec::new(), keep),
        };
        texts.retain(|old| old != text);
        // The one that is replaced, and the new one.
        let oldest = texts.len().saturating_sub(1);
        texts.drain(..oldest);
        texts.push(text.to_owned());
        Entry::Wrote { path: path.to_owned(), texts, kept }
    }
}

impl Receipt {
    /// # Errors
    /// When there is one that cannot be read: what it records would be lost by a new one.
    pub fn load(root: &Root) -> Result<Receipt> {
        let path = Path::new(RECEIPT);
        match root.read(path)? {
            Found::Absent => Ok(Receipt::default()),
            Found::File { text, .. } => {
                let receipt: Receipt =
                    serde_json::from_str(&text).map_err(|why| Error::path("reading", path, why))?;
                if receipt.schema != SCHEMA {
                    let why = format!("its schema is {}, this version knows {SCHEMA}", receipt.schema);
                    return Err(Error::path("reading", path, why));
                }
                Ok(receipt)
            }
            Found::Opaque(what) | Found::NotAFile(what) => {
                Err(Error::path("reading", path, format_args!("it is {what}")))
            }
        }
    }

    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, root: &Root) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|why| Error::path("writing", Path::new(RECEIPT), why))?;
        text.push('\n');
        // Everybody may read it: `plan` is for every user, and it holds no secret.
        root.write(Path::new(RECEIPT), &text, 0o644)
    }

    /// Forgets everything, once it is given back.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn discard(root: &Root) -> Result<()> {
        root.remove(Path::new(RECEIPT))
    }

    /// Removes the state directory as far as it is empty.
    pub fn prune(root: &Root) {
        prune(root, Path::new(SET_ASIDE));
        root.remove_empty(Path::new(STATE_DIR));
    }

    /// Adds an entry, after the directories that were made for it. An entry for a file that the
    /// agent wrote already takes that one's place.
    pub fn add(&mut self, made: Vec<PathBuf>, entry: Entry) {
        self.entries.extend(made.into_iter().map(|path| Entry::Made { path }));
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
    pub fn wrote(&self, path: &Path) -> Option<(&[String], Option<&Kept>)> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Wrote { path: wrote, texts, kept } if wrote == path => {
                Some((texts.as_slice(), kept.as_ref()))
            }
            _ => None,
        })
    }

    /// Where `path` goes when it is set aside: its own path below the state directory, with a
    /// number where that is taken.
    pub fn place_for(&self, path: &Path) -> PathBuf {
        let relative = path.strip_prefix("/").unwrap_or(path);
        let first = Path::new(SET_ASIDE).join(relative);
        let taken = |place: &Path| {
            self.entries.iter().any(|entry| match entry {
                Entry::Wrote { kept, .. } => kept.as_ref().is_some_and(|kept| kept.path == place),
                Entry::SetAside { kept, .. } => kept.path == place,
                _ => false,
            })
        };
        let numbered = |n: u32| PathBuf::from(format!("{}.{n}", first.display()));
        std::iter::once(first.clone())
            .chain((2..).map(numbered))
            .find(|place| !taken(place))
            .expect("a finite receipt leaves a number free")
    }
}

/// Removes the empty directories below `dir`, and `dir` itself if it ends up empty.
fn prune(root: &Root, dir: &Path) {
    for entry in root.list(dir).unwrap_or_default() {
        if entry.is_dir {
            prune(root, &dir.join(entry.name));
        }
    }
    root.remove_empty(dir);
}
