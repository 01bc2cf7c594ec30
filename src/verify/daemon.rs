//! chronyd: enabled, running, alone, and on the file that is looked at.

use super::{Check, Subject, Verdict, anywhere, if_observed, live, none_of, right, unknown, wrong};
use crate::job::UnitChange;
use crate::machine::{Chrony, CommandLine, UnitFile};
use crate::names::CHRONY_WAIT;
use crate::plan::Edit;
use crate::rival;

pub const CHECKS: &[Check] = &[
    live("chrony-version", "chronyd is 4.0 or later", version).next("upgrade chrony"),
    anywhere("chrony-enabled", "chronyd starts in every boot", enabled)
        .mended_by(
            |edit| matches!(edit, Edit::Unit { change: UnitChange::Enable, unit, .. } if unit != CHRONY_WAIT),
        )
        .next("systemctl unmask chronyd (on Debian and Ubuntu: chrony), then cloud-timesync apply"),
    live("chrony-running", "chronyd runs", is_running)
        .next("systemctl start chronyd; journalctl -u chrony -u chronyd says why it ended"),
    anywhere(
        "no-other-daemon-enabled",
        "No known time daemon, and no unit that says it is one, is enabled",
        none_enabled,
    )
    .mended_by(|edit| matches!(edit, Edit::Unit { change: UnitChange::Disable | UnitChange::Mask, .. }))
    .next("systemctl disable it"),
    live("no-other-daemon-running", "No time daemon that is known runs next to chronyd", none_running)
        .caused_by(&["no-other-daemon-enabled"])
        .next("cloud-timesync apply stops it"),
    live("host-sync-off", "VMware Tools, where installed, do not set the clock every minute", |_| right(""))
        .mended_by(|edit| *edit == Edit::HostSyncOff),
    anywhere(
        "chronyd-options",
        "The options of chronyd's unit have it set the clock, by the known configuration",
        options,
    )
    .next("take them out of /etc/default/chrony, /etc/sysconfig/chronyd or the unit"),
    live("chronyd-command-line", "The chronyd that runs was given no other options", command_line)
        .caused_by(&["chronyd-options"])
        .next("systemctl restart chronyd after its options are right"),
];

fn version(subject: &Subject) -> Verdict {
    if_observed(subject.observed(|running| &running.version), |version| {
        let major = version.split('.').next().and_then(|number| number.parse::<u32>().ok());
        match major {
            Some(4..) => right(version),
            Some(_) => wrong(version, "4.0 or later"),
            None => unknown(format!("chronyd calls itself {version}")),
        }
    })
}

fn enabled(subject: &Subject) -> Verdict {
    if_observed(subject.chrony(), |chrony| enablement(&chrony.unit, subject.machine.unit(&chrony.unit)))
}

/// A unit that is to start in every boot.
pub fn enablement(name: &str, unit: Option<&UnitFile>) -> Verdict {
    match unit {
        None => wrong(format!("{name} is not installed"), "an enabled unit"),
        Some(unit) if unit.masked => wrong(format!("{name} is masked"), "enabled"),
        Some(unit) if unit.missing.is_empty() => right(""),
        Some(_) => wrong(format!("{name} is disabled"), "enabled"),
    }
}

fn is_running(subject: &Subject) -> Verdict {
    if_observed(subject.chrony(), |chrony| active(subject, &chrony.unit))
}

/// A unit that is to be up.
pub fn active(subject: &Subject, name: &str) -> Verdict {
    if_observed(subject.unit(name), |unit| match unit.active.as_str() {
        "active" => right(""),
        other => wrong(format!("{name} is {other}"), "active"),
    })
}

fn none_enabled(subject: &Subject) -> Verdict {
    let units = subject.machine.units.iter();
    let enabled = units.filter(|unit| unit.is_enabled() && rival::of(&unit.name).is_some());
    let enabled: Vec<&str> = enabled.map(|unit| unit.name.as_str()).collect();
    match &subject.around.strangers {
        _ if subject.intent.keeps_rivals || !enabled.is_empty() => alone(subject, &enabled),
        Ok(strangers) if strangers.is_empty() => right(""),
        Ok(strangers) => unknown(strangers.join("; ")),
        Err(why) => unknown(why),
    }
}

fn none_running(subject: &Subject) -> Verdict {
    if_observed(subject.observed(|running| &running.units), |units| {
        let up = units.iter().filter(|(name, unit)| unit.is_up() && rival::of(name).is_some());
        alone(subject, &up.map(|(name, _)| name.as_str()).collect::<Vec<_>>())
    })
}

fn alone(subject: &Subject, others: &[&str]) -> Verdict {
    if subject.intent.keeps_rivals && !others.is_empty() {
        return right(format!("{}: the configuration keeps them", others.join(", ")));
    }
    none_of(others, "chronyd alone")
}

fn options(subject: &Subject) -> Verdict {
    if_observed(subject.chrony(), |chrony| judge(chrony, &chrony.options))
}

fn command_line(subject: &Subject) -> Verdict {
    if_observed(subject.observed(|running| &running.chronyd), |process| match process {
        None => unknown("chronyd does not run"),
        Some(process) => if_observed(subject.chrony(), |chrony| {
            judge(chrony, process.arguments.get(1..).unwrap_or_default())
        }),
    })
}

/// Tells whether chronyd, so called, sets the clock by the file that is looked at: no other one by `-f`, no directives
/// instead.
fn judge(chrony: &Chrony, options: &[String]) -> Verdict {
    let conf = match &chrony.conf {
        Ok(conf) => conf.display().to_string(),
        Err(why) => return wrong(why, "a file below /etc that is known"),
    };
    let CommandLine { file, directive, leaves_clock, .. } = CommandLine::parse(options);
    let other = directive.or(file.filter(|file| *file != conf).map(|file| format!("-f {file}")));
    let leaves = leaves_clock.map(|flag| format!("-{flag}, by which chronyd does not keep the clock right"));
    none_of(other.into_iter().chain(leaves), format!("chronyd sets the clock by {conf}"))
}
