//! The service manager: which units are looked at, and what PID 1 says of them.

use std::collections::HashSet;

use tracing::warn;

use super::{Ask, units};
use crate::journal;
use crate::machine::{Chrony, LiveUnit, Manager};
use crate::names::{CHRONY_WAIT, CLOUD_INIT_UNIT, GATE_UNIT, ONLINE_UNIT, WAIT_PATH, WAIT_UNIT, gate_path};
use crate::rival::SKEW_DAEMON;
use crate::root::Root;
use crate::systemd::More;

/// The units that a plan looks at. A rival that is not installed costs PID 1 no question.
pub fn unit_names(root: &Root, chrony: Option<&Chrony>, candidates: &[String]) -> Vec<String> {
    let others = units::rivals(root).chain(SKEW_DAEMON.units.iter().copied());
    let others = others.filter(|name| units::is_its_own(root, name));
    let fixed = [GATE_UNIT, CHRONY_WAIT, WAIT_UNIT, ONLINE_UNIT, CLOUD_INIT_UNIT].into_iter().chain(others);
    let chrony = chrony.map(|chrony| chrony.unit.clone());
    chrony.into_iter().chain(fixed.map(str::to_owned)).chain(candidates.iter().cloned()).collect()
}

/// The units as the service manager sees them.
pub async fn manager(root: &Root, names: &[String], candidates: &HashSet<&str>, ask: &Ask<'_>) -> Manager {
    let Some(systemd) = ask.systemd else { return Manager::Image };
    let more = |name: &str, unit: &LiveUnit| More {
        // Of one that has no gate yet it matters only if it is too late for one.
        dependencies: candidates.contains(name)
            && (ask.closely || unit.has_run || root.exists(gate_path(name))),
        // Whether PID 1 has read what is new in chrony-wait's drop-in, nothing else tells.
        files: ask.closely || name == CHRONY_WAIT && root.exists(WAIT_PATH),
    };
    match systemd.units(names, &more).await {
        Ok(units) => Manager::Live(units),
        Err(why) => {
            warn!(MESSAGE_ID = journal::BUS_SILENT, "asking systemd: {why}");
            Manager::Silent
        }
    }
}
