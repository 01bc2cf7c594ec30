//! Undo: reads the receipt backwards. Each step can be taken twice, so a run that was killed is
//! finished by the next one.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::machine::{Found, UnitLink};
use crate::names::AGENT_UNIT;
use crate::observe::units;
use crate::receipt::{Entry, Receipt};
use crate::root::Root;
use crate::systemd::links;

/// What undo did, a sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub done: Vec<String>,
    /// Copies that are kept because somebody had changed what the agent wrote.
    pub kept: Vec<PathBuf>,
}

/// Gives everything back, and disables the agent's unit: otherwise the next boot would do it all again.
///
/// # Errors
/// When something cannot be given back. The receipt then stays, and undo can be run again.
pub fn undo(root: &Root) -> Result<Undone> {
    let receipt = Receipt::load(root)?;
    let mut undone = Undone::default();
    for entry in receipt.entries.iter().rev() {
        undone.kept.extend(give_back(root, &receipt, entry)?);
        undone.done.push(entry.undone());
    }
    let agent = units::unit(root, AGENT_UNIT)?.map(|unit| unit.links).unwrap_or_default();
    if !agent.is_empty() {
        links::remove(root, &agent)?;
        undone.done.push(format!("disabled {AGENT_UNIT}"));
    }
    Receipt::discard(root)?;
    for entry in &receipt.entries {
        forget(root, entry)?;
    }
    Receipt::prune(root);
    Ok(undone)
}

/// Undoes one entry, and returns the copy of an operator's text if that was in the way.
///
/// # Errors
/// When it cannot be undone.
pub fn give_back(root: &Root, receipt: &Receipt, entry: &Entry) -> Result<Option<PathBuf>> {
    let mut edited = None;
    match entry {
        Entry::Wrote { path, texts, kept } => {
            let before = kept.as_ref().and_then(|kept| root.text(&kept.path));
            let theirs = match root.read(path)? {
                Found::Absent => false,
                Found::File { text, .. } => !texts.contains(&text) && before != Some(text),
                Found::Opaque(_) | Found::NotAFile(_) => {
                    !matches!(kept, Some(kept) if root.link(&kept.path).is_some())
                }
            };
            if theirs {
                let mut place = receipt.place_for(path).into_os_string();
                place.push(".edited");
                root.copy(path, Path::new(&place))?;
                edited = Some(PathBuf::from(place));
            }
            match kept {
                Some(kept) => root.put_back(&kept.path, &kept.owners, path)?,
                None => root.remove(path)?,
            }
        }
        Entry::SetAside { path, kept } => root.put_back(&kept.path, &kept.owners, path)?,
        Entry::Carried { path } => root.remove(path)?,
        Entry::Enabled { links, .. } => links::remove(root, links)?,
        Entry::Disabled { links, .. } => links::make(root, links)?,
        Entry::Made { path } => {
            root.remove_empty(path);
        }
    }
    Ok(edited)
}

/// Removes the copy that an entry kept, once the entry is out of the receipt.
///
/// # Errors
/// When it cannot be removed.
pub fn forget(root: &Root, entry: &Entry) -> Result<()> {
    match entry {
        Entry::Wrote { kept: Some(kept), .. } | Entry::SetAside { kept, .. } => root.remove(&kept.path),
        _ => Ok(()),
    }
}

impl Entry {
    fn undone(&self) -> String {
        let units = |links: &[UnitLink]| {
            links.iter().map(|link| link.path.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        match self {
            Entry::Wrote { path, kept: None, .. } | Entry::Carried { path } | Entry::Made { path } => {
                format!("removed {}", path.display())
            }
            Entry::Wrote { path, .. } | Entry::SetAside { path, .. } => {
                format!("gave {} back", path.display())
            }
            Entry::Enabled { unit, links } => format!("disabled {unit} ({})", units(links)),
            Entry::Disabled { unit, links } => format!("enabled {unit} again ({})", units(links)),
        }
    }
}
