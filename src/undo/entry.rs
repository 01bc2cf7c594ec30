//! Undoing one entry. It can be done twice.

use std::path::{Path, PathBuf};

use crate::error::{Result, shown};
use crate::receipt::{Entry, Receipt, Wrote, places_of_edited};
use crate::rival::SKEW_DAEMON;
use crate::root::{Found, Root};
use crate::systemd::links;
use crate::unit::UnitLink;

/// Undoes one entry. Returns the copy of local edits that were in the way.
pub fn restore(root: &Root, receipt: &Receipt, entry: &Entry) -> Result<Option<PathBuf>> {
    let mut edited = None;
    match entry {
        Entry::Wrote { path, texts, kept } => {
            edited = keep_edits(root, receipt, path, (texts, kept.as_deref()))?;
            match kept {
                Some(kept) => root.restore(kept, path)?,
                None => root.remove(path)?,
            }
        }
        Entry::SetAside { path, kept } => {
            if root.exists(path) && !root.is_same(path, kept)? {
                edited = Some(keep_edited(root, receipt, path)?);
            }
            root.restore(kept, path)?;
        }
        Entry::Enabled { links, .. } => links::remove(root, links)?,
        Entry::Disabled { links, .. } => links::restore(root, links)?,
        Entry::Masked { unit } => links::unmask(root, unit)?,
        // Nothing of the tree's: see Undone::host_sync.
        Entry::HostSyncOff => {}
        Entry::Made { path } => root.remove_empty(path)?,
    }
    Ok(edited)
}

/// Copies what is at `path`, unless it is the agent's text or the one of before. Returns where to.
pub fn keep_edits(root: &Root, receipt: &Receipt, path: &Path, wrote: Wrote) -> Result<Option<PathBuf>> {
    let has_edits = has_edits(root, receipt, path, wrote)?;
    has_edits.then(|| keep_edited(root, receipt, path)).transpose()
}

/// The sentence for local edits that were in the way.
pub fn had_edits(path: &Path, saved: &Path) -> String {
    format!("{} had local edits; saved as {} before restoring the original", shown(path), shown(saved))
}

/// Neither the agent's text nor the one of before.
fn has_edits(root: &Root, receipt: &Receipt, path: &Path, (texts, kept): Wrote) -> Result<bool> {
    if let Some(kept) = kept
        && root.is_same(path, kept)?
    {
        return Ok(false);
    }
    let before = kept.and_then(|kept| root.text(kept));
    Ok(match root.read(path)? {
        Found::Absent => false,
        Found::File { text, .. } => {
            let is_switched_off = || {
                SKEW_DAEMON.is_set_in(path)
                    && text == SKEW_DAEMON.switched_off_in(before.as_deref().unwrap_or_default())
            };
            let is_ours = texts.contains(&text) || is_switched_off();
            !is_ours && before.as_ref() != Some(&text) && !receipt.has_written(path, &text)
        }
        Found::Opaque(_) | Found::NotAFile(_) => true,
    })
}

/// Copies what is at `path` to where no other copy is, unless an earlier undo has done so.
fn keep_edited(root: &Root, receipt: &Receipt, path: &Path) -> Result<PathBuf> {
    // What the receipt names is going to be swept away.
    let mut places =
        places_of_edited(path).filter(|place| !receipt.copies().any(|copy| copy == place.as_path()));
    loop {
        let place = places.next().expect("a directory does not hold 2^32 names");
        if root.is_absent(&place) {
            Receipt::make_room(root)?;
            root.copy(path, &place)?;
            return Ok(place);
        }
        if root.is_same(path, &place)? {
            root.sync(&place)?;
            return Ok(place);
        }
    }
}

impl Entry {
    /// Says what was done, in a sentence.
    pub(super) fn undone(&self) -> String {
        let units = |links: &[UnitLink]| {
            links.iter().map(|link| link.path.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        match self {
            Entry::Wrote { path, kept: None, .. } | Entry::Made { path } => {
                format!("removed {}", shown(path))
            }
            Entry::Wrote { path, .. } | Entry::SetAside { path, .. } => {
                format!("restored {}", shown(path))
            }
            Entry::Enabled { unit, links } => format!("disabled {unit} ({})", units(links)),
            Entry::Disabled { unit, links } => format!("enabled {unit} again ({})", units(links)),
            Entry::Masked { unit } => format!("unmasked {unit}"),
            Entry::HostSyncOff => "VMware Tools' periodic synchronisation was on before".to_owned(),
        }
    }
}
