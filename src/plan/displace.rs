//! Rivals out of the way: their units, and the settings of programs that touch the clock beside their
//! own work.

use std::path::Path;

use super::{Edit, MODE, Plan, restore, write};
use crate::config::is_same_name;
use crate::decide::{Intent, is_wanted};
use crate::job::UnitChange;
use crate::machine::{ForeignServer, Machine, UnitFile};
use crate::receipt::Entry;
use crate::rival::SKEW_DAEMON;
use crate::root::Found;
use crate::unit::UnitLink;

/// Plans the edits that take the rivals' units out of every boot. One that neither starts nor runs stays as it is, and
/// so does one that somebody masked.
pub fn units(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    for rival in intent.rivals {
        for unit in rival.units.iter().filter_map(|name| machine.unit(name)).filter(|unit| !unit.masked) {
            let mask = rival.mask || unit.pulled_in;
            // A unit file of the operator's own lies where the mask would.
            if mask && !unit.in_etc && (unit.is_enabled() || is_busy(machine, unit)) {
                plan.edits.push(Edit::unit(UnitChange::Mask, &unit.name, vec![UnitLink::mask(&unit.name)]));
            } else if !unit.links.is_empty() {
                plan.edits.push(Edit::unit(UnitChange::Disable, &unit.name, unit.links.clone()));
            }
        }
    }
}

/// Keeps what an earlier run displaced where rivals are kept now: to start another time daemon beside chronyd is the
/// operator's to do.
pub fn displaced_before(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    if !intent.keeps_rivals || intent.only_gates {
        return;
    }
    let is = |unit: &str, off: fn(&UnitFile) -> bool| machine.unit(unit).is_some_and(off);
    for entry in &machine.receipt.entries {
        let (what, back) = match entry {
            Entry::Disabled { unit, .. } if is(unit, |file| !file.masked && !file.is_enabled()) => {
                (format!("{unit} stays disabled"), format!("systemctl enable {unit}"))
            }
            Entry::Masked { unit } if is(unit, |file| file.masked) => {
                (format!("{unit} stays masked"), format!("systemctl unmask {unit}"))
            }
            Entry::HostSyncOff if machine.host_sync == Some(false) => (
                "VMware Tools' periodic synchronisation stays off".to_owned(),
                "vmware-toolbox-cmd timesync enable".to_owned(),
            ),
            _ => continue,
        };
        plan.left.push(format!("{what} by an earlier run: `{back}` gives it back"));
    }
}

fn is_busy(machine: &Machine, unit: &UnitFile) -> bool {
    machine.live(&unit.name).is_some_and(|live| live.is_up() || live.has_job)
}

/// The settings that are wanted here; one that was made on another platform is taken back.
pub fn settings(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    let path = Path::new(SKEW_DAEMON.path);
    let mut switch_off =
        |text: &str, mode| write(plan, machine, intent, path, &SKEW_DAEMON.switched_off_in(text), mode);
    match &machine.file(path).found {
        _ if !intent.skew_daemon_off => {
            if machine.receipt.wrote(path).is_some() {
                restore(plan, machine, intent, path);
            }
        }
        Found::File { text, mode } => switch_off(text, *mode),
        Found::Absent => switch_off("", MODE),
        // The rest of it could not be kept.
        Found::Opaque(what) | Found::NotAFile(what) => {
            plan.left.push(format!("{} is {what} and stays", path.display()));
        }
    }
    if intent.host_sync_off {
        plan.edits.push(Edit::HostSyncOff);
    }
}

/// Says once, when a daemon goes, what it was told that chronyd is not.
pub fn tell(plan: &mut Plan, machine: &Machine, intent: &Intent) {
    for rival in intent.rivals {
        let is_its =
            |edit: &Edit| matches!(edit, Edit::Unit { unit, .. } if rival.units.contains(&unit.as_str()));
        let goes = plan.edits.iter().any(is_its);
        let servers = machine.foreign_servers.iter().filter(|server| {
            server.daemon == rival.name && server.options.is_some() && is_wanted(server, machine)
        });
        let lost: Vec<&str> =
            servers.filter(|server| !is_source(intent, server)).map(|server| server.name.as_str()).collect();
        if goes && !lost.is_empty() {
            let (name, lost) = (rival.name, lost.join(", "));
            plan.notes.push(format!(
                "{name} asked {lost}; chronyd does not; to keep one, name it as a [[source]]: cloud-timesync.toml(5)"
            ));
        }
        let lines = machine.foreign_lines.iter().filter(|line| line.daemon == rival.name);
        let left: Vec<String> = lines.map(|line| format!("{} ({})", line.text, line.place)).collect();
        if goes && !left.is_empty() {
            let (name, left) = (rival.name, left.join(", "));
            plan.notes.push(format!(
                "chronyd is not told what {name} was: {left}; to keep a server, name it as a [[source]]: cloud-timesync.toml(5)"
            ));
        }
    }
}

fn is_source(intent: &Intent, server: &ForeignServer) -> bool {
    intent.sources.lines().iter().any(|line| is_same_name(line.directive.word(0), &server.name))
}
