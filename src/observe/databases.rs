//! Databases whose units have no fixed name: instances of templates, and units named for a port or a tenant.

use std::collections::BTreeSet;
use std::path::Path;

use super::units::{Places, SEARCH_NOW, any, fragment, is_mask, pulls_units};
use crate::config::Config;
use crate::database::{candidates, has_one_name, product};
use crate::decide;
use crate::error::Result;
use crate::root::Root;

/// The units that wait for the clock and are on this machine, and the templates of such units: an instance may be named by a line
/// of another unit alone.
///
/// # Errors
/// When a directory of units cannot be listed.
pub fn gated(root: &Root, config: &Config) -> Result<Vec<String>> {
    let places = Places::of(root)?;
    let found = candidates(config, &named(root)?);
    let units: Result<Vec<_>> =
        found.iter().filter_map(|name| any(root, &places, name).transpose()).collect();
    Ok(decide::gated(&units?, |_| false, config).0)
}

/// Tells whether no start of this unit is possible.
pub fn is_masked(root: &Root, name: &str) -> bool {
    fragment(root, name).is_some_and(|file| is_mask(root, &file))
}

/// The databases without a fixed name that are there.
///
/// # Errors
/// As for [`gated`].
pub fn databases(root: &Root) -> Result<Vec<String>> {
    // A template runs nothing.
    Ok(named(root)?.into_iter().filter(|name| !name.contains("@.")).collect())
}

/// Finds them, and templates, among the files of units, and among the links that enable units.
///
/// # Errors
/// When a directory of units cannot be listed.
fn named(root: &Root) -> Result<Vec<String>> {
    let mut found = BTreeSet::new();
    for directory in SEARCH_NOW {
        for entry in root.list(directory)? {
            if !entry.is_dir {
                found.insert(entry.name);
            } else if pulls_units(&entry) {
                let enabled = root.list(Path::new(directory).join(entry.name))?;
                found.extend(enabled.into_iter().map(|unit| unit.name));
            }
        }
    }
    let is_found = |name: &String| {
        // Of a name with other letters systemd makes no unit: unit-name.c.
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte));
        is_name && product(name).is_some() && !has_one_name(name)
    };
    Ok(found.into_iter().filter(is_found).collect())
}
