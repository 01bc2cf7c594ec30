//! Files that have a unit's name, where systemd looks for them, and what they stand for.

use std::path::{Path, PathBuf};

use crate::root::Root;
use crate::unit::CONFIG_DIR;

/// The persistent part of systemd.unit(5)'s search path. /lib stands next to /usr/lib for trees in which the two are not
/// merged.
pub const SEARCH: [&str; 4] =
    [CONFIG_DIR, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/// The whole search path. What systemd-sysv-generator makes of an init script lies in the last directory.
pub const SEARCH_NOW: [&str; 13] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    CONFIG_DIR,
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    SEARCH[1],
    SEARCH[2],
    SEARCH[3],
    "/run/systemd/generator.late",
];

/// File that has a unit's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The unit's own file, or a link to it.
    File(PathBuf),
    /// A link to another unit.
    Alias(String),
    /// An empty file, or a link to /dev/null.
    Mask,
}

/// The file of a unit, first in the search path.
pub fn fragment(root: &Root, name: &str) -> Option<PathBuf> {
    first(root, &SEARCH, name)
}

pub(super) fn first(root: &Root, directories: &[&str], name: &str) -> Option<PathBuf> {
    directories.iter().map(|dir| Path::new(dir).join(name)).find(|path| root.exists(path))
}

/// Finds what has the name in the first of these directories; None where nothing has.
pub fn entry(root: &Root, directories: &[&str], name: &str) -> Option<Entry> {
    let path = first(root, directories, name)?;
    if is_mask(root, &path) {
        return Some(Entry::Mask);
    }
    let target = root.link_target(&path);
    let other = target.filter(|target| {
        // A link to a file elsewhere has the unit's text, whatever the file is called.
        !target.ends_with(name) && target.parent().is_some_and(|dir| SEARCH_NOW.iter().any(|one| dir == *one))
    });
    let other = other.as_deref().and_then(Path::file_name).and_then(|other| other.to_str());
    Some(other.map_or(Entry::File(path), |other| Entry::Alias(other.to_owned())))
}

/// The file, of a unit or a drop-in, says that there is none: systemd.unit(5). In a tree /dev/null is not there.
pub fn is_mask(root: &Root, path: &Path) -> bool {
    root.link_target(path).is_some_and(|target| target == Path::new("/dev/null"))
        || root.text(path).is_some_and(|text| text.is_empty())
}

/// The unit's own name, and what has it now: an alias is followed.
pub fn followed(root: &Root, name: &str) -> Option<(String, Entry)> {
    let mut name = name.to_owned();
    // More links than anybody makes: one may lead to itself.
    for _ in 0..8 {
        match entry(root, &SEARCH_NOW, &name)? {
            Entry::Alias(other) => name = other,
            found => return Some((name, found)),
        }
    }
    None
}

/// The unit has a file, and that is no link to another unit: Debian's ntpsec.service is also ntp.service.
pub fn is_its_own(root: &Root, name: &str) -> bool {
    matches!(entry(root, &SEARCH, name), Some(Entry::File(_) | Entry::Mask))
}
