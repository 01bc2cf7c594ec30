//! Undo: reads the receipt backwards. Each step can be taken twice, so a run that was killed is
//! finished by the next one.

use std::path::{Path, PathBuf};

use crate::config;
use crate::database::candidates;
use crate::error::{Error, Result, shown};
use crate::machine::{Found, UnitLink};
use crate::names::{AGENT_UNIT, CLOUD_INIT, DRIFT, WAIT_PATH, gate_path};
use crate::observe::{
    self,
    units::{self, Places},
};
use crate::receipt::{Entry, Kept, Receipt, places_of_edited};
use crate::rival::SKEW_DAEMON;
use crate::root::{PutBack, Root};
use crate::systemd::links;

/// What undo did, a sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub done: Vec<String>,
    /// Copies that are kept because somebody had changed what the agent wrote.
    pub kept: Vec<PathBuf>,
    /// What belongs to a file that was given back and could not be given to it.
    pub refused: Vec<Error>,
    /// VMware's host set the clock before, and only the running machine can tell it to do so again.
    pub host_sync: bool,
    /// The units that read a file when they start which is now the old one again.
    pub readers: Vec<&'static str>,
}

/// What giving back one thing led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The copy of somebody's text that was in the way.
    pub edited: Option<PathBuf>,
    pub back: PutBack,
}

/// Gives everything back, and disables the agent's unit: otherwise the next boot would do it all again.
///
/// # Errors
/// When something cannot be given back. The receipt then stays, and undo can be run again.
pub fn undo(root: &Root) -> Result<Undone> {
    let mut receipt = Receipt::load(root)?;
    let mut undone = Undone::default();
    // First, so that directories end up empty; what cannot be removed holds nothing else up.
    let cleaned = remove_temporaries(root, &receipt);
    for entry in receipt.entries.iter().rev() {
        let given = give_back(root, &receipt, entry)?;
        if given.back.unowned {
            let path = entry.path().expect("only what lies somewhere has owners");
            return Err(Error::path("giving back", path, "this process may not give it to its owner"));
        }
        undone.kept.extend(given.edited);
        undone.refused.extend(given.back.refused);
        undone.done.push(entry.undone());
        undone.host_sync |= *entry == Entry::HostSyncOff;
        if matches!(entry, Entry::Wrote { path, .. } if path == Path::new(SKEW_DAEMON.path)) {
            undone.readers.push(SKEW_DAEMON.unit);
        }
    }
    let agent = units::unit(root, &Places::of(root)?, AGENT_UNIT)?.map(|unit| unit.links).unwrap_or_default();
    if !agent.is_empty() {
        links::remove(root, &agent)?;
        undone.done.push(format!("disabled {AGENT_UNIT}"));
    }
    cleaned?;
    // Killed before this, the next undo does all of it again; after it, it removes the copies.
    let copies: Vec<PathBuf> =
        receipt.entries.drain(..).filter_map(|entry| Some(entry.kept()?.path.clone())).collect();
    receipt.loose.extend(copies);
    if !receipt.loose.is_empty() {
        receipt.save(root)?;
        receipt.sweep(root)?;
    }
    Receipt::discard(root)?;
    Receipt::prune(root)?;
    Ok(undone)
}

/// What a run that was killed left on its way.
fn remove_temporaries(root: &Root, receipt: &Receipt) -> Result<()> {
    let conf = observe::chrony::chrony(root).map(|chrony| chrony.conf);
    let config = config::load(root).unwrap_or_default().config;
    let gates = candidates(&config).into_iter().map(|unit| gate_path(&unit));
    let fixed = [CLOUD_INIT, DRIFT, WAIT_PATH, SKEW_DAEMON.path].map(PathBuf::from);
    let fixed = fixed.into_iter().chain(gates).chain(conf);
    let paths = fixed.chain(receipt.paths().map(Path::to_owned));
    let removed: Vec<Result<()>> = paths.map(|path| root.remove_temporary(&path)).collect();
    removed.into_iter().collect()
}

/// Undoes one entry.
///
/// # Errors
/// When it cannot be undone.
pub fn give_back(root: &Root, receipt: &Receipt, entry: &Entry) -> Result<Given> {
    let mut given = Given::default();
    match entry {
        Entry::Wrote { path, texts, kept } => {
            if is_theirs(root, path, texts, kept.as_ref())? {
                given.edited = Some(keep_edited(root, receipt, path)?);
            }
            match kept {
                Some(kept) => given.back = root.put_back(&kept.path, &kept.lacks, path)?,
                None => root.remove(path)?,
            }
        }
        Entry::SetAside { path, kept } => {
            if root.exists(path) && !root.is_like(path, &kept.path)? {
                given.edited = Some(keep_edited(root, receipt, path)?);
            }
            given.back = root.put_back(&kept.path, &kept.lacks, path)?;
        }
        // Whoever has edited it since then has it.
        Entry::GivenBack { path, kept } => {
            if root.is_like(path, &kept.path)? {
                given.back = root.put_back(&kept.path, &kept.lacks, path)?;
            }
        }
        Entry::Carried { path } => root.remove(path)?,
        Entry::Enabled { links, .. } => links::remove(root, links)?,
        Entry::Disabled { links, .. } => links::give_back(root, links)?,
        Entry::Masked { unit } => links::unmask(root, unit)?,
        // Nothing of the tree's: see Undone::host_sync.
        Entry::HostSyncOff => {}
        Entry::Made { path } => root.remove_empty(path)?,
    }
    Ok(given)
}

/// Neither the agent's text nor the one of before.
fn is_theirs(root: &Root, path: &Path, texts: &[String], kept: Option<&Kept>) -> Result<bool> {
    if let Some(kept) = kept
        && root.is_like(path, &kept.path)?
    {
        return Ok(false);
    }
    let before = kept.and_then(|kept| root.text(&kept.path));
    Ok(match root.read(path)? {
        Found::Absent => false,
        Found::File { text, .. } => !texts.contains(&text) && before != Some(text),
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
            root.copy(path, &place)?;
            return Ok(place);
        }
        if root.is_like(path, &place)? {
            root.sync(&place)?;
            return Ok(place);
        }
    }
}

impl Entry {
    fn undone(&self) -> String {
        let units = |links: &[UnitLink]| {
            links.iter().map(|link| link.path.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        match self {
            Entry::Wrote { path, kept: None, .. } | Entry::Carried { path } | Entry::Made { path } => {
                format!("removed {}", shown(path))
            }
            Entry::Wrote { path, .. } | Entry::SetAside { path, .. } => {
                format!("gave {} back", shown(path))
            }
            Entry::GivenBack { path, .. } => format!("gave {} to its owner", shown(path)),
            Entry::Enabled { unit, links } => format!("disabled {unit} ({})", units(links)),
            Entry::Disabled { unit, links } => format!("enabled {unit} again ({})", units(links)),
            Entry::Masked { unit } => format!("unmasked {unit}"),
            Entry::HostSyncOff => "VMware Tools' periodic synchronisation was on before".to_owned(),
        }
    }
}
