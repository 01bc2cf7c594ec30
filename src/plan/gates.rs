//! Edits that make the databases wait.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{MODE, Plan, restore, write};
use crate::database::has_one_name;
use crate::decide::Intent;
use crate::machine::{LiveUnit, Machine};
use crate::names::{GATE_UNIT, WAIT_PATH, gate_path};
use crate::render;

/// The drop-ins: those that should be there, and those that should be there no more.
pub fn gates(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    let mut wanted: Vec<PathBuf> = intent.gated.iter().map(|unit| gate_path(unit)).collect();
    if intent.only_gates {
        wanted.push(PathBuf::from(WAIT_PATH));
    } else if let Some(wait) = render::wait(intent) {
        wanted.push(PathBuf::from(WAIT_PATH));
        write(plan, machine, intent, Path::new(WAIT_PATH), &wait, MODE);
    }
    for unit in &intent.gated {
        write(plan, machine, intent, &gate_path(unit), &render::gate(unit, intent.awaited()), MODE);
        // It may have failed by now.
        let live = machine.live(unit).filter(|live| live.loaded && (live.is_up() || live.has_run));
        // Where systemd has not read the drop-in, it came after the gate all the same.
        let came_later = || has_one_name(unit) && machine.live(GATE_UNIT).is_some_and(LiveUnit::is_up);
        if live.is_some_and(|live| !live.waits(intent.waits_longer())) && !came_later() {
            plan.too_late.push(unit.clone());
        }
    }
    for unit in &intent.absent {
        plan.left.push(format!("{unit} in gate.units is not installed: nothing waits under this name"));
    }
    let wanted: HashSet<&Path> = wanted.iter().map(PathBuf::as_path).collect();
    let mut gone: Vec<&Path> = machine.receipt.drop_ins().filter(|path| !wanted.contains(path)).collect();
    gone.dedup();
    for path in gone {
        restore(plan, machine, intent, path);
    }
}
