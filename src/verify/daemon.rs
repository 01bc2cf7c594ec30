//! chronyd: enabled, running, alone, and on the file that is looked at.

use super::Scope::{Anywhere, Live};
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::machine::UnitFile;
use crate::rival;

pub const CHECKS: &[Check] = &[
    Check {
        name: "chrony-version",
        scope: Live,
        says: "chronyd is 4.0 or later",
        ask: version,
        next: "upgrade chrony",
    },
    Check {
        name: "chrony-enabled",
        scope: Anywhere,
        says: "chronyd starts in every boot",
        ask: enabled,
        next: "systemctl unmask it where it is masked; cloud-timesync apply enables it",
    },
    Check {
        name: "chrony-running",
        scope: Live,
        says: "chronyd runs",
        ask: is_running,
        next: "systemctl start chronyd; journalctl -u chrony -u chronyd says why it ended",
    },
    Check {
        name: "no-other-daemon-enabled",
        scope: Anywhere,
        says: "No other time daemon starts in the boot",
        ask: no_other_enabled,
        next: "cloud-timesync apply disables or masks it; systemctl disable what it leaves",
    },
    Check {
        name: "no-other-daemon-running",
        scope: Live,
        says: "No other time daemon runs",
        ask: no_other_running,
        next: "cloud-timesync apply stops it",
    },
    Check {
        name: "host-sync-off",
        scope: Live,
        says: "VMware Tools, where they are installed, do not set the clock every minute",
        ask: host_sync_off,
        next: "cloud-timesync apply; by hand: vmware-toolbox-cmd timesync disable",
    },
    Check {
        name: "chronyd-options",
        scope: Anywhere,
        says: "The options of chronyd's unit point at no other configuration",
        ask: options,
        next: "take them out of /etc/default/chrony or /etc/sysconfig/chronyd",
    },
    Check {
        name: "chronyd-command-line",
        scope: Live,
        says: "The chronyd that runs was given no other configuration",
        ask: command_line,
        next: "systemctl restart chronyd after its options are right",
    },
];

fn version(subject: &Subject) -> Verdict {
    given(subject.running().and_then(|running| running.version.as_deref().map_err(Clone::clone)), |version| {
        let major = version.split('.').next().and_then(|number| number.parse::<u32>().ok());
        match major {
            Some(4..) => right(version),
            Some(_) => wrong(version, "4.0 or later"),
            None => Verdict::Unknown(format!("chronyd calls itself {version}")),
        }
    })
}

fn enabled(subject: &Subject) -> Verdict {
    given(subject.chrony(), |chrony| enablement(&chrony.unit, subject.machine.unit(&chrony.unit)))
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
    given(subject.chrony(), |chrony| {
        given(subject.unit(&chrony.unit), |unit| match unit.active.as_str() {
            "active" => right(""),
            other => wrong(format!("{} is {other}", chrony.unit), "active"),
        })
    })
}

fn no_other_enabled(subject: &Subject) -> Verdict {
    let units = subject.machine.units.iter();
    let enabled = units.filter(|unit| unit.is_enabled() && rival::of(&unit.name).is_some());
    alone(subject, &enabled.map(|unit| unit.name.as_str()).collect::<Vec<_>>())
}

fn no_other_running(subject: &Subject) -> Verdict {
    given(subject.running().and_then(|running| running.units.as_ref().map_err(Clone::clone)), |units| {
        let up = units.iter().filter(|(name, unit)| unit.is_up() && rival::of(name).is_some());
        alone(subject, &up.map(|(name, _)| name.as_str()).collect::<Vec<_>>())
    })
}

fn host_sync_off(subject: &Subject) -> Verdict {
    match subject.machine.host_sync {
        Some(true) if subject.intent.keeps_rivals => right("on: the configuration keeps it"),
        Some(true) => wrong("on", "off"),
        Some(false) | None => right(""),
    }
}

fn alone(subject: &Subject, others: &[&str]) -> Verdict {
    match others {
        [] => right(""),
        _ if subject.intent.keeps_rivals => {
            right(format!("{}: the configuration keeps them", others.join(", ")))
        }
        _ => wrong(others.join(", "), "chronyd alone"),
    }
}

fn options(subject: &Subject) -> Verdict {
    given(subject.chrony(), |chrony| judge(&subject.around.options, &chrony.conf.display().to_string()))
}

fn command_line(subject: &Subject) -> Verdict {
    given(subject.running().and_then(|running| running.chronyd.as_ref().map_err(Clone::clone)), |process| {
        given(subject.chrony(), |chrony| match process {
            None => Verdict::Unknown("chronyd does not run".to_owned()),
            Some(process) => {
                let options = process.arguments.get(1..).unwrap_or_default();
                judge(options, &chrony.conf.display().to_string())
            }
        })
    })
}

fn judge(options: &[String], conf: &str) -> Verdict {
    match other_configuration(options, conf) {
        None => right(options.join(" ")),
        Some(found) => wrong(found, format!("no -f and no directives: chronyd reads {conf}")),
    }
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
