//! The agent itself: whether it knows what is wanted, and whether it will be there in the next boot.

use super::Scope::Anywhere;
use super::daemon::enablement;
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::names::AGENT_UNIT;

pub const CHECKS: &[Check] = &[
    Check {
        name: "configuration",
        scope: Anywhere,
        says: "The configuration of cloud-timesync can be read",
        ask: configuration,
        next: "correct the file; until then nothing changes that is set",
    },
    Check {
        name: "agent-enabled",
        scope: Anywhere,
        says: "cloud-timesync, where its unit is installed, starts in every boot",
        ask: enabled,
        next: "systemctl enable cloud-timesync.service",
    },
];

fn configuration(subject: &Subject) -> Verdict {
    match &subject.intent.broken {
        None => right(""),
        Some(why) => wrong(why, "files without a mistake"),
    }
}

fn enabled(subject: &Subject) -> Verdict {
    given(subject.around.agent.clone(), |unit| match unit {
        None => right("its unit is not installed"),
        Some(unit) => enablement(AGENT_UNIT, Some(&unit)),
    })
}
