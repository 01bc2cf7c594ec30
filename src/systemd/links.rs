//! Enablement as links on disk: what `systemctl --root` does, without a systemctl.

use crate::error::Result;
use crate::root::Root;
use crate::unit::UnitLink;

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

/// Makes links anew that enabled a unit before. Another link gives way to each of them; what is none stays.
///
/// # Errors
/// When one cannot be made.
pub fn restore(root: &Root, links: &[UnitLink]) -> Result<()> {
    for UnitLink { path, target } in links {
        match root.link(path) {
            Some(other) if other == *target => continue,
            Some(_) => root.remove(path)?,
            None if root.exists(path) => continue,
            None => {}
        }
        root.make_link(target, path)?;
    }
    Ok(())
}

/// Removes the link that masks a unit; what has taken its place stays.
///
/// # Errors
/// When it cannot be removed.
pub fn unmask(root: &Root, unit: &str) -> Result<()> {
    let mask = UnitLink::mask(unit);
    if root.link(&mask.path) == Some(mask.target) { root.remove(&mask.path) } else { Ok(()) }
}
