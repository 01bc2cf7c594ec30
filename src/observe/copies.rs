//! The copies of earlier runs that lie where new ones would go. A receipt that was lost, or is an
//! older one, does not name them.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::receipt::aside;
use crate::root::Root;

/// What lies in the directories to which `paths` would be set aside.
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
