//! chronyd: enabled, running, alone, and on the file that is looked at.

use super::{Check, Subject, Verdict, anywhere, if_observed, live, none_of, right, unknown, wrong};
use crate::machine::UnitFile;
use crate::names::CHRONY_WAIT;
use crate::plan::Edit;
use crate::rival;

pub const CHECKS: &[Check] = &[
    live("chrony-version", "chronyd is 4.0 or later", version).next("upgrade chrony"),
    anywhere("chrony-enabled", "chronyd starts in every boot", enabled)
        .mended_by(|edit| matches!(edit, Edit::Enable { unit, .. } if unit != CHRONY_WAIT))
        .next("systemctl unmask chronyd (on Debian and Ubuntu: chrony), then cloud-timesync apply"),
    live("chrony-running", "chronyd runs", is_running)
        .next("systemctl start chronyd; journalctl -u chrony -u chronyd says why it ended"),
    anywhere("no-other-daemon-enabled", "No time daemon that is known starts next to chronyd", none_enabled)
        .mended_by(|edit| matches!(edit, Edit::Disable { .. } | Edit::Mask { .. }))
        .next("systemctl disable it"),
    live("no-other-daemon-running", "No time daemon that is known runs next to chronyd", none_running)
        .next("cloud-timesync apply stops it"),
    live("host-sync-off", "VMware Tools, where installed, do not set the clock every minute", |_| right(""))
        .mended_by(|edit| *edit == Edit::HostSyncOff),
    anywhere("chronyd-options", "The options of chronyd's unit point at no other configuration", options)
        .next("take them out of /etc/default/chrony or /etc/sysconfig/chronyd"),
    live("chronyd-command-line", "The chronyd that runs was given no other configuration", command_line)
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
    alone(subject, &enabled.map(|unit| unit.name.as_str()).collect::<Vec<_>>())
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
    if_observed(subject.chrony(), |chrony| judge(&subject.around.options, &chrony.conf.display().to_string()))
}

fn command_line(subject: &Subject) -> Verdict {
    let conf = subject.chrony().map(|chrony| chrony.conf.display().to_string());
    if_observed(subject.observed(|running| &running.chronyd), |process| match process {
        None => unknown("chronyd does not run"),
        Some(process) => {
            if_observed(conf, |conf| judge(process.arguments.get(1..).unwrap_or_default(), &conf))
        }
    })
}

fn judge(options: &[String], conf: &str) -> Verdict {
    let wanted = format!("no -f and no directives: chronyd reads {conf}");
    none_of(other_configuration(options, conf), wanted)
}

/// chronyd(8): -f names another file, and what is no option is a directive in place of the file.
fn other_configuration(options: &[String], conf: &str) -> Option<String> {
    const WITH_VALUE: &str = "fFlLPtu";
    let mut words = options.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-') else { return Some(word.clone()) };
        let Some(at) = letters.find(|letter| WITH_VALUE.contains(letter)) else { continue };
        let (letter, joined) = letters[at..].split_at(1);
        let value = if joined.is_empty() { words.next().map_or("", String::as_str) } else { joined };
        if letter == "f" && value != conf {
            return Some(format!("-f {value}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_configuration_is_found_however_it_is_written() {
        let found = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            other_configuration(&words, "/etc/chrony/chrony.conf")
        };
        for harmless in ["", "-F 1", "-x -F 1", "-f /etc/chrony/chrony.conf", "-4 -u _chrony -L 1", "-dF1"] {
            assert_eq!(found(harmless), None, "{harmless}");
        }
        assert_eq!(found("-F 1 -f /run/x.conf").as_deref(), Some("-f /run/x.conf"));
        assert_eq!(found("-F1 -df/run/x.conf").as_deref(), Some("-f /run/x.conf"));
        assert_eq!(found("-F 1 server 10.1.2.3").as_deref(), Some("server"));
    }
}
