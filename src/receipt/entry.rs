//! One change that was made, as the receipt has it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Receipt;
use crate::rival::SKEW_DAEMON;
use crate::unit::UnitLink;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A directory was made.
    Made { path: PathBuf },
    /// A file was written. `texts` are the agent's own, the newest last: two while one replaces
    /// the other, none where only a setting in the file is the agent's. `kept` is the copy of what was there before; None if nothing was.
    Wrote { path: PathBuf, texts: Vec<String>, kept: Option<PathBuf> },
    /// A file was moved away.
    SetAside { path: PathBuf, kept: PathBuf },
    /// A unit was enabled by these links.
    Enabled { unit: String, links: Vec<UnitLink> },
    /// A unit was disabled; these links were removed.
    Disabled { unit: String, links: Vec<UnitLink> },
    /// A unit was masked that was not.
    Masked { unit: String },
    /// VMware's host was told not to set the clock.
    HostSyncOff,
}

impl Entry {
    /// The entry for writing `text` to `path`. `keep` is where a text that is not the agent's was
    /// copied to; without one the last entry for the file is continued. `there` is the text in the file.
    pub fn wrote(
        receipt: &Receipt,
        path: &Path,
        text: &str,
        there: Option<&str>,
        keep: Option<PathBuf>,
    ) -> Entry {
        let (mut texts, kept) = match (receipt.wrote(path), keep) {
            (Some((texts, kept)), None) => (texts.to_vec(), kept.map(Path::to_owned)),
            (_, keep) => (Vec::new(), keep),
        };
        // The one that is replaced, and the new one. One that was never written goes, however new it is.
        texts.retain(|old| old != text && Some(old.as_str()) == there);
        // Where only a part is the agent's, the rest may have been closed to those who read the receipt.
        texts.extend((!SKEW_DAEMON.is_set_in(path)).then(|| text.to_owned()));
        Entry::Wrote { path: path.to_owned(), texts, kept }
    }

    /// The copy of what was there before.
    pub fn kept(&self) -> Option<&Path> {
        match self {
            Entry::Wrote { kept, .. } => kept.as_deref(),
            Entry::SetAside { kept, .. } => Some(kept),
            _ => None,
        }
    }

    /// Path or unit that it changed.
    pub fn subject(&self) -> Option<&OsStr> {
        match self {
            Entry::Enabled { unit, .. } | Entry::Disabled { unit, .. } | Entry::Masked { unit } => {
                Some(OsStr::new(unit))
            }
            Entry::Made { .. } | Entry::HostSyncOff => None,
            _ => self.path().map(Path::as_os_str),
        }
    }

    /// The file that was written or moved; None for a unit or a directory.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Entry::Wrote { path, .. } | Entry::SetAside { path, .. } => Some(path),
            _ => None,
        }
    }
}
