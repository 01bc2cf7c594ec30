//! The platform, and the plan as a whole.

use super::Scope::{Anywhere, Live};
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::machine::{Identity, Manager};
use crate::platform::Strength;

pub const CHECKS: &[Check] = &[
    Check {
        name: "platform-known",
        scope: Anywhere,
        says: "It is known which platform this is",
        ask: known,
        next: "set platform = \"...\" in /etc/cloud-timesync/config.toml, or give --platform",
    },
    Check {
        name: "imds-agrees",
        scope: Live,
        says: "The metadata service, where it answers, names the same platform",
        ask: imds_agrees,
        next: "cloud-timesync detect",
    },
    Check {
        name: "plan-is-empty",
        scope: Anywhere,
        says: "There is nothing to do",
        ask: plan_is_empty,
        next: "cloud-timesync plan, then cloud-timesync apply",
    },
];

fn known(subject: &Subject) -> Verdict {
    let Identity { platform, strength, evidence, .. } = &subject.machine.identity;
    let evidence = evidence.join("; ");
    match strength {
        Some(Strength::Strong | Strength::Told) => right(format!("{platform}, {evidence}")),
        Some(Strength::Weak) => Verdict::Unknown(format!("only a hint, and nothing confirms it: {evidence}")),
        None => Verdict::Unknown("nothing tells which platform this is".to_owned()),
    }
}

fn imds_agrees(subject: &Subject) -> Verdict {
    let platform = subject.machine.identity.platform;
    given(subject.running().and_then(|running| running.imds.as_ref().map_err(Clone::clone)), |proof| {
        match proof {
            None => right("no metadata service proves another"),
            Some(proof) if proof.platform == platform => right(&proof.says),
            Some(proof) => wrong(&proof.says, format!("what the machine was found to be: {platform}")),
        }
    })
}

fn plan_is_empty(subject: &Subject) -> Verdict {
    given(subject.chrony(), |_| {
        let plan = subject.plan;
        let edits = plan.edits.iter().map(ToString::to_string);
        let steps: Vec<String> = edits.chain(plan.jobs.iter().map(ToString::to_string)).collect();
        match steps.as_slice() {
            [] => right(""),
            // Without it every unit looks as if it had not started.
            _ if plan.edits.is_empty() && subject.machine.manager == Manager::Silent => {
                Verdict::Unknown("systemd does not answer".to_owned())
            }
            [step] => wrong(step, "an empty plan"),
            [step, more @ ..] => wrong(format!("{step}, and {} more", more.len()), "an empty plan"),
        }
    })
}
