//! Databases whose units have no fixed name: instances of templates, and units named for a port or a tenant.

use std::collections::BTreeSet;
use std::path::Path;

use super::units::{Places, SEARCH_NOW, any, fragment, is_mask, pulls_units};
use crate::config::Config;
use crate::database::{candidates, has_one_name, product};
use crate::error::Result;
use crate::root::Root;

/// The units that wait for the clock and are on this machine.
///
/// # Errors
/// When a directory of units cannot be listed.
pub fn gated(root: &Root, config: &Config) -> Result<Vec<String>> {
    let places = Places::of(root)?;
    let there = |name: &String| any(root, &places, name).map(|unit| unit.is_some());
    let mut found = Vec::new();
    for name in candidates(config, &databases(root)?) {
        if there(&name)? && !is_masked(root, &name) {
            found.push(name);
        }
    }
    Ok(found)
}

/// Whether no start of this unit is possible.
pub fn is_masked(root: &Root, name: &str) -> bool {
    fragment(root, name).is_some_and(|file| is_mask(root, &file))
}

/// Finds them among the files of units, and among the links that enable units.
///
/// # Errors
/// When a directory of units cannot be listed.
pub fn databases(root: &Root) -> Result<Vec<String>> {
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
        // A template runs nothing, and of a name with other letters systemd makes no unit: unit-name.c.
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte));
        is_name && product(name).is_some() && !name.contains("@.") && !has_one_name(name)
    };
    Ok(found.into_iter().filter(is_found).collect())
}
