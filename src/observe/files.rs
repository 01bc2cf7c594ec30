//! The files that a plan may write and whose text each of them holds, the fragments that it may set aside, the copies that are there
//! already; and the file that names the distribution.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::machine::{Chrony, Standing, Target};
use crate::names::{CLOUD_INIT, FRAGMENT_DIRS, WAIT_PATH, gate_path};
use crate::receipt::{Wrote, aside};
use crate::rival::SKEW_DAEMON;
use crate::root::{Found, Root, is_temporary};

/// The files that a plan may write, but for those of which only the receipt tells.
pub fn written(chrony: Option<&Chrony>, candidates: &[String]) -> Vec<PathBuf> {
    let conf = chrony.and_then(|chrony| chrony.conf.clone().ok());
    let fixed = [CLOUD_INIT, SKEW_DAEMON.path, WAIT_PATH].map(PathBuf::from);
    conf.into_iter().chain(fixed).chain(candidates.iter().map(|unit| gate_path(unit))).collect()
}

/// Reads `path` and compares it with what the receipt says of it.
pub fn target(root: &Root, wrote: Option<Wrote<'_>>, path: &Path) -> Result<Target> {
    let found = root.read(path)?;
    let standing = match (&found, wrote) {
        (_, None) => Standing::Original,
        // Deleted: nobody's text is lost by writing it anew.
        (Found::Absent, Some(_)) => Standing::Ours,
        (Found::File { text, .. }, Some((texts, _))) if is_ours(path, text, texts) => Standing::Ours,
        // The receipt is written before the file: a run that was killed between the two, or failed there,
        // left what was before.
        (_, Some((_, Some(kept)))) if is_before(root, path, &found, kept) => Standing::Ours,
        (_, Some(_)) => Standing::Edited,
    };
    Ok(Target { found, standing })
}

/// One of the texts that the agent wrote, or a file in which the agent's setting is made.
fn is_ours(path: &Path, text: &String, texts: &[String]) -> bool {
    texts.contains(text) || SKEW_DAEMON.is_set_in(path) && SKEW_DAEMON.switched_off_in(text) == *text
}

/// Tells whether `kept` is the copy of what is at `path`: the text, whatever its mode is by now; or
/// the same link, or bytes that are no text.
fn is_before(root: &Root, path: &Path, found: &Found, kept: &Path) -> bool {
    let text = found.text();
    text.is_some() && text == root.text(kept).as_deref() || matches!(root.is_same(path, kept), Ok(true))
}

/// Lists the directories of fragments of chrony's configuration: every file, whatever its name, for in the end these hold
/// none. Directories among them stay, as chronyd reads none. Temporary files of a killed run and of dpkg are no fragments,
/// and a directory that is a link is not chrony's.
pub fn fragments(root: &Root) -> Result<Vec<PathBuf>> {
    let mut fragments = Vec::new();
    for dir in FRAGMENT_DIRS.into_iter().filter(|dir| root.link(dir).is_none()) {
        let names = root.file_names(dir)?.into_iter().filter(|name| !is_temporary(name) && !is_dpkgs(name));
        fragments.extend(names.map(|name| PathBuf::from(dir).join(name)));
    }
    Ok(fragments)
}

/// A configuration file between `dpkg --unpack` and `dpkg --configure`: dpkg(1).
fn is_dpkgs(name: &OsStr) -> bool {
    [".dpkg-new", ".dpkg-tmp"].iter().any(|ending| name.as_encoded_bytes().ends_with(ending.as_bytes()))
}

/// The copies of earlier runs that lie where new ones of these `paths` would go. A receipt that was lost, or is an older one, does
/// not name them.
pub fn copies<'p>(root: &Root, paths: impl Iterator<Item = &'p Path>) -> HashSet<PathBuf> {
    let dirs: BTreeSet<PathBuf> = paths.filter_map(|path| Some(aside(path).parent()?.to_owned())).collect();
    let mut copies = HashSet::new();
    for dir in dirs {
        // What cannot be seen is not replaced either: a copy that meets something fails.
        let entries = root.list(&dir).unwrap_or_default();
        copies.extend(entries.into_iter().map(|entry| dir.join(entry.name)));
    }
    copies
}

/// Reads the distribution's name, and those that it says it is like: os-release(5).
pub fn distribution(root: &Root) -> Vec<String> {
    let places = ["/etc/os-release", "/usr/lib/os-release"];
    let text = places.into_iter().find_map(|path| root.text(path)).unwrap_or_default();
    let value = |key: &str| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        value.unwrap_or_default().trim_matches(['"', '\''])
    };
    let words = [value("ID"), value("ID_LIKE")].into_iter().flat_map(str::split_whitespace);
    words.map(str::to_owned).collect()
}
