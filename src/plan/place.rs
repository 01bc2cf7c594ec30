//! Places of copies: no two in one, and none where something lies.

use std::path::{Path, PathBuf};

use super::{Edit, Plan};
use crate::machine::Machine;
use crate::receipt;

/// Chooses where the copy of `path` goes.
pub fn place(plan: &Plan, machine: &Machine, path: &Path) -> PathBuf {
    receipt::place_for(path, |place| {
        machine.copies.contains(place) || copies(plan, machine).any(|copy| copy == place)
    })
}

/// Sets all of them aside.
pub fn set_aside(plan: &mut Plan, machine: &Machine, paths: &[PathBuf]) {
    for path in paths {
        let to = place(plan, machine, path);
        plan.edits.push(Edit::SetAside { path: path.clone(), to });
    }
}

/// Lists the copies that the receipt knows, and those that this plan makes.
fn copies<'a>(plan: &'a Plan, machine: &'a Machine) -> impl Iterator<Item = &'a Path> {
    let new = plan.edits.iter().filter_map(|edit| match edit {
        Edit::Write { keep, .. } => keep.as_deref(),
        Edit::Record { keep: to, .. } | Edit::SetAside { to, .. } => Some(to.as_path()),
        _ => None,
    });
    machine.receipt.copies().chain(new)
}
