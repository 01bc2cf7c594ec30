//! What lies in the directories of fragments of chrony's configuration.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::error::Result;
use crate::names::FRAGMENT_DIRS;
use crate::root::{Root, is_temporary};

/// Every file there, whatever its name: the promise is that these directories hold no file in the end. Directories among them
/// stay, as chronyd reads none. Temporary files of a killed run and of dpkg are no fragments, and a directory that is a link is
/// not chrony's.
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
