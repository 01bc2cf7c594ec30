//! Databases whose units have no fixed name: instances of templates, and units named for a port or a tenant.

use std::collections::BTreeSet;
use std::path::Path;

use super::units::SEARCH_NOW;
use crate::database::{has_one_name, product};
use crate::error::Result;
use crate::root::Root;

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
            } else if entry.name.ends_with(".wants") || entry.name.ends_with(".requires") {
                let enabled = root.list(Path::new(directory).join(entry.name))?;
                found.extend(enabled.into_iter().map(|unit| unit.name));
            }
        }
    }
    let is_found = |name: &String| {
        // A template runs nothing.
        product(name).is_some() && !name.contains("@.") && !has_one_name(name)
    };
    Ok(found.into_iter().filter(is_found).collect())
}
