//! The status: what the machine is, its clock, its gate and its boot, for every user to see.

mod show;

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::machine::{Boot, ClockSource, ForeignServer, Identity, LiveUnit, Step, Tracking};
use crate::platform::Platform;
use crate::render;
use crate::root::Found;
use crate::timeline::Timeline;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    #[serde(rename = "unit")]
    pub name: String,
    pub state: Option<String>,
}

/// What makes a database wait, as far as it can be observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    pub unit: String,
    /// None where systemd does not answer, as in the state and the effect.
    pub installed: Option<bool>,
    pub state: Option<String>,
    /// None where it cannot be read.
    pub drop_in: Option<DropIn>,
    /// PID 1 knows that the unit waits.
    pub in_effect: Option<bool>,
    /// Its start is queued, and has not begun.
    pub held: bool,
    /// It is to be held until the clock is right, however long that takes.
    #[serde(skip)]
    pub hold: bool,
}

/// The drop-in on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DropIn {
    Right,
    /// Another text than the agent writes.
    Other,
    Absent,
}

impl Gate {
    pub fn of(unit: &str, hold: bool, drop_in: Option<&Found>, live: Option<&LiveUnit>) -> Gate {
        let wanted = render::gate(unit, hold);
        let in_effect = live.map(|live| live.waits(hold));
        Gate {
            unit: unit.to_owned(),
            installed: live.map(|live| live.loaded),
            state: live.map(|live| live.active.clone()),
            drop_in: drop_in.map(|found| match found {
                Found::Absent => DropIn::Absent,
                found if found.text() == Some(wanted.as_str()) => DropIn::Right,
                _ => DropIn::Other,
            }),
            in_effect,
            held: in_effect == Some(true) && live.is_some_and(|live| live.has_job && !live.is_up()),
            hold,
        }
    }

    /// A gated unit that is installed waits, as far as that can be told.
    fn is_right(&self) -> bool {
        let waits = self.drop_in == Some(DropIn::Right) && self.in_effect != Some(false);
        waits || self.installed == Some(false)
    }
}

impl Status {
    /// Nothing at all could be observed.
    pub fn is_blind(&self) -> bool {
        let systemd = self.gates.iter().any(|gate| gate.state.is_some());
        let platform = self.identity.platform != Platform::Unknown;
        !platform && self.tracking.is_err() && self.boot.is_err() && !systemd
    }

    /// This boot, with the databases that are installed.
    pub fn timeline(&self) -> Option<Timeline> {
        let boot = self.boot.as_ref().ok()?;
        let chrony = self.chrony.as_ref().map_or("chrony.service", |chrony| &chrony.name);
        let installed = self.gates.iter().filter(|gate| gate.installed != Some(false));
        let databases: Vec<String> = installed.map(|gate| gate.unit.clone()).collect();
        Some(Timeline::of(boot, chrony, &databases))
    }

    /// The databases that ran while the clock was stepped, with each step.
    fn steps_under_databases(&self) -> Vec<(&str, Step)> {
        let Ok(boot) = &self.boot else { return Vec::new() };
        let names = self.gates.iter().map(|gate| gate.unit.as_str());
        names.flat_map(|name| boot.steps_under(name).into_iter().map(move |step| (name, step))).collect()
    }

    /// Something is not as it should be, as far as it can be observed.
    pub fn is_off(&self) -> bool {
        let clock = self.tracking.as_ref().is_ok_and(Tracking::is_synchronised);
        let gates = self.gates.iter().all(Gate::is_right);
        let cycles = self.boot.as_ref().is_ok_and(|boot| !boot.cycles.is_empty());
        let held = self.timeline().is_none_or(|timeline| timeline.held.iter().all(|held| !held.is_off()));
        !clock || !gates || cycles || !held
    }

    /// `{"schema":1,"platform":...,"clock":{...},"sources":[...],"gates":[...],"boot":{...}}`; what
    /// could not be observed is null, with the reason in "errors".
    pub fn to_json(&self) -> Value {
        let Identity { platform, strength, evidence, .. } = &self.identity;
        let errors = [self.tracking.as_ref().err(), self.sources.as_ref().err(), self.boot.as_ref().err()];
        let errors: Vec<String> = errors.into_iter().flatten().map(Error::to_string).collect();
        let clock = |tracking: &Tracking| {
            let mut clock = json!(tracking);
            clock["synchronised"] = json!(tracking.is_synchronised());
            clock
        };
        json!({
            "schema": 1, "platform": platform, "strength": strength, "evidence": evidence,
            "chrony": self.chrony,
            "clock": self.tracking.as_ref().ok().map(clock),
            "sources": self.sources.as_ref().ok(),
            "gates": self.gates,
            "foreign_servers": self.foreign_servers,
            "boot": self.boot.as_ref().ok().map(|boot| self.boot_json(boot)),
            "errors": errors,
        })
    }

    fn boot_json(&self, boot: &Boot) -> Value {
        let under = self.steps_under_databases();
        let step = |step: &Step| {
            let units: Vec<&str> =
                under.iter().filter(|(_, under)| under == step).map(|(unit, _)| *unit).collect();
            let mut step = json!(step);
            step["while_ran"] = json!(units);
            step
        };
        json!({
            "events": boot.events, "first_update": boot.update,
            "steps": boot.steps.iter().map(step).collect::<Vec<_>>(),
            "cycles": boot.cycles, "waits": self.timeline().unwrap_or_default().held,
        })
    }
}

#[cfg(test)]
mod tests;
