//! Places of copies.

use std::path::{Path, PathBuf};

use super::SET_ASIDE;
use crate::root::with_suffix;

/// Chooses where `path` goes when it is set aside: its own path below the state directory.
pub fn aside(path: &Path) -> PathBuf {
    Path::new(SET_ASIDE).join(path.strip_prefix("/").unwrap_or(path))
}

/// The same, with a number where that is taken.
pub fn place_for(path: &Path, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    numbered(aside(path)).find(|place| !is_taken(place)).expect("finitely many copies leave a number free")
}

/// Lists places for a text that was written over the agent's: one place after the other.
pub fn places_of_edited(path: &Path) -> impl Iterator<Item = PathBuf> {
    numbered(with_suffix(&aside(path), ".edited"))
}

fn numbered(first: PathBuf) -> impl Iterator<Item = PathBuf> {
    let numbered = {
        let first = first.clone();
        move |n: u32| with_suffix(&first, &format!(".{n}"))
    };
    std::iter::once(first).chain((2..).map(numbered))
}
