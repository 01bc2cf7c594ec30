//! Checks of what the agent knows, and of what its configuration asks for and does not get: no edit of a plan mends that.

use super::daemon::enablement;
use super::{Check, Subject, Verdict, anywhere, if_observed, live, none_of, right, unknown, wrong};
use crate::machine::{Identity, Manager};
use crate::names::AGENT_UNIT;
use crate::platform::Strength;

pub const CHECKS: &[Check] = &[
    anywhere("platform-known", "The platform is known, or the first boot of this image finds it", known)
        .next("set platform = \"...\" in /etc/cloud-timesync/config.toml, or give --platform"),
    live("imds-agrees", "The metadata service, where it answers, names the same platform", imds_agrees)
        .next("cloud-timesync detect"),
    anywhere("configuration", "The configuration of cloud-timesync can be read", configuration)
        .next("fix the file; until then the last good settings stay in force"),
    anywhere("agent-enabled", "cloud-timesync's unit, where it is installed, is enabled", enabled)
        .next("systemctl enable cloud-timesync.service"),
    anywhere("named-units-installed", "Every unit that gate.units names is installed", units_installed).next(
        "correct gate.units by systemctl list-unit-files, or install the unit; then cloud-timesync apply",
    ),
    anywhere(
        "sources-accepted",
        "No source and no line that the configuration asks for is left out",
        accepted,
    )
    .next(
        "correct [[source]], its scale, time_scale or [chrony] extra by cloud-timesync.toml(5); then \
         cloud-timesync apply",
    ),
];

fn known(subject: &Subject) -> Verdict {
    let Identity { platform, strength, evidence, .. } = &subject.machine.identity;
    let evidence = evidence.join("; ");
    match strength {
        Some(Strength::Strong | Strength::Told) => right(format!("{platform}, {evidence}")),
        _ if subject.machine.manager == Manager::Image => right("decided by the first boot"),
        Some(Strength::Weak) => unknown(format!("only a hint, and nothing confirms it: {evidence}")),
        None => unknown("nothing tells which platform this is"),
    }
}

fn imds_agrees(subject: &Subject) -> Verdict {
    let platform = subject.machine.identity.platform;
    if_observed(subject.observed(|running| &running.imds), |proof| match proof {
        None => right("no metadata service proves another"),
        Some(proof) if proof.platform == platform => right(&proof.says),
        Some(proof) => wrong(&proof.says, format!("what the machine was found to be: {platform}")),
    })
}

fn configuration(subject: &Subject) -> Verdict {
    none_of(&subject.intent.broken, "files without a mistake")
}

fn enabled(subject: &Subject) -> Verdict {
    if_observed(subject.around.agent.as_ref().map_err(Clone::clone), |unit| match unit {
        None => right("its unit is not installed"),
        Some(unit) => enablement(AGENT_UNIT, Some(unit)),
    })
}

fn units_installed(subject: &Subject) -> Verdict {
    none_of(&subject.intent.absent, "the names of units that are installed")
}

fn accepted(subject: &Subject) -> Verdict {
    none_of(&subject.intent.refused, "nothing that is left out")
}
