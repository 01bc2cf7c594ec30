//! The status: what the machine is, its clock, its gate and its boot, for every user to see. What is wrong with them the
//! checks of `verify` say.

mod show;

use serde::Serialize;
use serde_json::{Value, json};

use crate::decide::Intent;
use crate::machine::{Boot, Identity, Machine};
use crate::names::gate_path;
use crate::render;
use crate::root::Found;
use crate::timeline::Timeline;
use crate::verify::{Report, Subject};

/// A machine that runs, and what its checks found.
#[derive(Debug)]
pub struct Status {
    pub subject: Subject,
    pub report: Report,
}

/// Gate that makes a database wait.
#[derive(Debug, Serialize)]
struct Gate<'a> {
    unit: &'a str,
    /// None where systemd does not answer, as in the state and the effect.
    installed: Option<bool>,
    state: Option<&'a str>,
    /// The drop-in on disk: "right", "absent", or "other" for another text than the agent writes.
    drop_in: &'static str,
    /// PID 1 knows that the unit waits.
    in_effect: Option<bool>,
    /// Start is queued, and has not begun.
    held: bool,
}

impl Status {
    pub fn of(subject: Subject) -> Status {
        Status { report: Report::of(&subject), subject }
    }

    /// Draws this boot, with the databases that are installed.
    pub fn timeline(&self) -> Option<Timeline> {
        let boot = self.subject.boot().ok()?;
        Some(Timeline::of(boot, self.subject.chrony_unit(), &self.subject.intent.gated))
    }

    /// The databases, and what the configuration names in vain.
    fn gates(&self) -> impl Iterator<Item = Gate<'_>> {
        let Subject { machine, intent, .. } = &self.subject;
        intent.gated.iter().chain(&intent.absent).map(|unit| gate(machine, unit, intent))
    }

    /// `{"schema":1,"platform":...,"clock":{...},"sources":[...],"gates":[...],"boot":{...},"checks":[...]}`; what could
    /// not be observed is null, with the reason in "errors".
    pub fn to_json(&self) -> Value {
        let subject = &self.subject;
        let machine = &subject.machine;
        let Identity { platform, strength, evidence, .. } = &machine.identity;
        let (tracking, sources, boot) = (subject.tracking(), subject.sources(), subject.boot());
        let errors = [tracking.as_ref().err(), sources.as_ref().err(), boot.as_ref().err()];
        let mut status = json!({
            "schema": 1, "platform": platform, "strength": strength, "evidence": evidence, "chrony": null,
            "clock": tracking.as_ref().ok(), "sources": sources.as_ref().ok(),
            "gates": self.gates().collect::<Vec<_>>(), "foreign_servers": machine.foreign_servers,
            "boot": boot.as_ref().ok().map(|boot| self.boot_json(boot)),
            "errors": errors.into_iter().flatten().collect::<Vec<_>>(),
            "verdict": self.report.verdict, "checks": self.report.findings,
        });
        if let Some(chrony) = &machine.chrony {
            let state = machine.live(&chrony.unit).map(|live| &live.active);
            status["chrony"] = json!({ "unit": chrony.unit, "state": state });
        }
        if let Ok(tracking) = tracking {
            status["clock"]["synchronised"] = json!(tracking.is_synchronised());
        }
        status
    }

    fn boot_json(&self, boot: &Boot) -> Value {
        let gated = &self.subject.intent.gated;
        let mut object = json!(boot);
        for (index, step) in boot.steps.iter().enumerate() {
            let ran = gated.iter().filter(|unit| boot.steps_under(unit).contains(step));
            object["steps"][index]["while_ran"] = ran.cloned().collect();
        }
        object["waits"] = gated.iter().map(|unit| json!(self.subject.held(boot, unit))).collect();
        object
    }
}

fn gate<'a>(machine: &'a Machine, unit: &'a str, intent: &Intent) -> Gate<'a> {
    let live = machine.live(unit);
    let in_effect = live.map(|live| live.waits(intent.waits_longer()));
    Gate {
        unit,
        installed: live.map(|live| live.loaded),
        state: live.map(|live| live.active.as_str()),
        drop_in: match &machine.file(&gate_path(unit)).found {
            Found::Absent => "absent",
            found if found.text() == Some(&render::gate(unit, intent.awaited())) => "right",
            _ => "other",
        },
        in_effect,
        held: in_effect == Some(true) && live.is_some_and(|live| live.has_job && !live.is_up()),
    }
}

#[cfg(test)]
mod tests;
