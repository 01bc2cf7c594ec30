//! The status: what the machine is, its clock, its gate and its boot, for every user to see.

mod show;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::machine::{Boot, ClockSource, ForeignServer, Identity, LiveUnit, Step, Tracking};
use crate::platform::Platform;
use crate::timeline::Timeline;
use crate::timeline::held::milliseconds;

pub use show::Look;

/// What could be seen, and why the rest could not.
#[derive(Debug)]
pub struct Status {
    pub identity: Identity,
    /// chronyd's unit; None where chrony is not installed.
    pub chrony: Option<Unit>,
    pub tracking: Result<Tracking>,
    pub sources: Result<Vec<ClockSource>>,
    pub gates: Vec<Gate>,
    /// The servers of daemons that are displaced.
    pub foreign_servers: Vec<ForeignServer>,
    pub boot: Result<Boot>,
}

/// A unit, with its state where systemd answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub name: String,
    pub live: Option<LiveUnit>,
}

/// What makes a database wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    pub database: Unit,
    pub drop_in: DropIn,
    /// It is to be held until the clock is right, however long that takes.
    pub hold: bool,
}

/// The drop-in on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropIn {
    Right,
    /// Another text than the agent writes.
    Other,
    Absent,
    /// "reading /etc/…: permission denied"
    Unreadable(Error),
}

impl Gate {
    /// PID 1 knows that the unit waits; None where it does not answer.
    pub fn in_effect(&self) -> Option<bool> {
        self.database.live.as_ref().map(|live| live.waits(self.hold))
    }

    /// Its start is queued, and has not begun.
    pub fn is_held(&self) -> bool {
        let waits = |live: &LiveUnit| live.has_job && !live.is_up();
        self.in_effect() == Some(true) && self.database.live.as_ref().is_some_and(waits)
    }

    /// False where systemd says that there is no such unit.
    pub fn is_installed(&self) -> bool {
        self.database.live.as_ref().is_none_or(|live| live.loaded)
    }
}

impl Status {
    /// Nothing at all could be seen.
    pub fn is_blind(&self) -> bool {
        let systemd = self.gates.iter().any(|gate| gate.database.live.is_some());
        let platform = self.identity.platform != Platform::Unknown;
        !platform && self.tracking.is_err() && self.boot.is_err() && !systemd
    }

    /// This boot, with the databases that are installed.
    pub fn timeline(&self) -> Option<Timeline> {
        let boot = self.boot.as_ref().ok()?;
        let chrony = self.chrony.as_ref().map_or("chrony.service", |chrony| &chrony.name);
        let installed = self.gates.iter().filter(|gate| gate.is_installed());
        let databases: Vec<String> = installed.map(|gate| gate.database.name.clone()).collect();
        Some(Timeline::of(boot, chrony, &databases))
    }

    /// The databases that ran while the clock was stepped, with each step.
    fn steps_under_databases(&self) -> Vec<(&str, Step)> {
        let Ok(boot) = &self.boot else { return Vec::new() };
        let names = self.gates.iter().map(|gate| gate.database.name.as_str());
        names.flat_map(|name| boot.steps_under(name).into_iter().map(move |step| (name, step))).collect()
    }

    /// Something is not as it should be, as far as can be seen.
    pub fn is_off(&self) -> bool {
        let clock = self.tracking.as_ref().is_ok_and(Tracking::is_synchronised);
        let gates = self.gates.iter().filter(|gate| gate.is_installed());
        let mut gates = gates.map(|gate| gate.drop_in == DropIn::Right && gate.in_effect() != Some(false));
        let cycles = self.boot.as_ref().is_ok_and(|boot| !boot.cycles.is_empty());
        let held = self.timeline().is_none_or(|timeline| timeline.held.iter().all(|held| !held.is_off()));
        !clock || cycles || !held || !self.steps_under_databases().is_empty() || !gates.all(|right| right)
    }

    /// `{"schema":1,"platform":...,"clock":{...},"sources":[...],"gates":[...],"boot":{...}}`; what
    /// could not be seen is null, with the reason in "errors".
    pub fn to_json(&self) -> Value {
        let Identity { platform, strength, evidence, .. } = &self.identity;
        let errors = [self.tracking.as_ref().err(), self.sources.as_ref().err(), self.boot.as_ref().err()];
        let errors: Vec<String> = errors.into_iter().flatten().map(Error::to_string).collect();
        let sources = self.sources.as_ref().ok();
        let sources = sources.map(|sources| sources.iter().map(source_json).collect::<Vec<_>>());
        let gates: Vec<Value> = self.gates.iter().map(gate_json).collect();
        json!({
            "schema": 1, "platform": platform, "strength": strength, "evidence": evidence,
            "chrony": self.chrony.as_ref().map(unit_json),
            "clock": self.tracking.as_ref().ok().map(clock_json),
            "sources": sources,
            "gates": gates,
            "foreign_servers": self.foreign_servers,
            "boot": self.boot.as_ref().ok().map(|boot| self.boot_json(boot)),
            "errors": errors,
        })
    }

    fn boot_json(&self, boot: &Boot) -> Value {
        let timeline = self.timeline().unwrap_or_default();
        let event = |event: &crate::machine::UnitEvent| {
            let what = format!("{:?}", event.what).to_lowercase();
            json!({ "unit": event.unit, "what": what, "at_ms": milliseconds(event.at) })
        };
        let under = self.steps_under_databases();
        let step = |step: &Step| {
            let ran = under.iter().filter(|(_, under)| under == step).map(|(unit, _)| unit);
            let ran: Vec<_> = ran.collect();
            json!({ "at_ms": milliseconds(step.at), "seconds": step.seconds, "while_ran": ran })
        };
        let update = boot.update.as_ref();
        json!({
            "events": boot.events.iter().map(event).collect::<Vec<_>>(),
            "first_update": update.map(|update| json!({ "at_ms": milliseconds(update.at), "source": update.source })),
            "steps": boot.steps.iter().map(step).collect::<Vec<_>>(),
            "cycles": boot.cycles,
            "waits": timeline.held.iter().map(|held| held.to_json()).collect::<Vec<_>>(),
        })
    }
}

fn unit_json(unit: &Unit) -> Value {
    json!({ "unit": unit.name, "state": unit.live.as_ref().map(|live| &live.active) })
}

fn clock_json(tracking: &Tracking) -> Value {
    json!({
        "synchronised": tracking.is_synchronised(), "leap": tracking.leap, "reference": tracking.name,
        "reference_id": tracking.reference_id, "stratum": tracking.stratum,
        "system_offset": tracking.system_offset, "root_delay": tracking.root_delay,
        "root_dispersion": tracking.root_dispersion,
    })
}

fn source_json(source: &ClockSource) -> Value {
    json!({
        "name": source.name, "mode": source.mode, "state": source.state, "stratum": source.stratum,
        "poll": source.poll, "reach": source.reach, "last_sample_offset": source.last_sample_offset,
    })
}

fn gate_json(gate: &Gate) -> Value {
    let drop_in = match gate.drop_in {
        DropIn::Right => Some("right"),
        DropIn::Other => Some("other"),
        DropIn::Absent => Some("absent"),
        DropIn::Unreadable(_) => None,
    };
    let state = gate.database.live.as_ref().map(|live| live.active.as_str());
    json!({
        "unit": gate.database.name, "installed": gate.database.live.as_ref().map(|live| live.loaded),
        "state": state, "drop_in": drop_in, "in_effect": gate.in_effect(), "held": gate.is_held(),
    })
}

#[cfg(test)]
mod tests;
