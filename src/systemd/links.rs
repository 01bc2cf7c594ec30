//! Enablement as links on disk: what `systemctl --root` does, without a systemctl.

use crate::error::Result;
use crate::machine::UnitLink;
use crate::root::Root;

/// Makes the links that enable a unit.
///
/// # Errors
/// When one cannot be made.
pub fn make(root: &Root, links: &[UnitLink]) -> Result<()> {
    links.iter().try_for_each(|link| root.make_link(&link.target, &link.path))
}

/// Removes links that enable a unit; one that has become something else stays.
///
/// # Errors
/// When one cannot be removed.
pub fn remove(root: &Root, links: &[UnitLink]) -> Result<()> {
    links.iter().filter(|link| root.link(&link.path).is_some()).try_for_each(|link| root.remove(&link.path))
}
