//! What chrony.conf says: its sources and the settings that every platform has.

use std::path::Path;

use super::Scope::Anywhere;
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::machine::{Conf, ConfLine};
use crate::platform::{Directive, ROWS, Scale};

pub const CHECKS: &[Check] = &[
    Check {
        name: "source-directives",
        scope: Anywhere,
        says: "chrony.conf names the platform's time sources and no other",
        ask: sources,
        next: "cloud-timesync apply --force",
    },
    Check {
        name: "one-time-scale",
        scope: Anywhere,
        says: "No source spreads a leap second while another one, or a leap second table, steps it",
        ask: one_scale,
        next: "remove the lines, or cloud-timesync apply --force",
    },
    Check {
        name: "makestep",
        scope: Anywhere,
        says: "A clock that is off by more than a second at the start is stepped",
        ask: makestep,
        next: "write makestep 1.0 3 into chrony.conf",
    },
    Check {
        name: "driftfile",
        scope: Anywhere,
        says: "chronyd can keep what it learns of the clock's drift",
        ask: driftfile,
        next: "write driftfile /var/lib/chrony/drift into chrony.conf; the directory belongs to chronyd's user",
    },
    Check {
        name: "rtcsync",
        scope: Anywhere,
        says: "The kernel keeps the real-time clock right",
        ask: rtcsync,
        next: "write rtcsync into chrony.conf",
    },
];

/// Directives that step at a leap second by a table.
const LEAP_TABLES: [&str; 2] = ["leapsectz", "leapseclist"];

/// Google's public servers smear as the clouds' own do: https://developers.google.com/time/smear
const SMEARED: [&str; 1] = ["time.google.com"];

/// The pool's rules forbid to smear: https://www.ntppool.org/en/join/configuration.html
const NOT_SMEARED: [&str; 1] = ["pool.ntp.org"];

fn sources(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        let found: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
        let Some(lines) = subject.lines() else {
            let some = !found.is_empty() || !conf.more_files().is_empty();
            return if some { right(found.join("; ")) } else { wrong("none", "a time source") };
        };
        let wanted: Vec<String> = lines
            .iter()
            .filter_map(|line| ConfLine::parse(&line.directive))
            .map(|line| line.to_string())
            .collect();
        let found_words = if found.is_empty() { "none".to_owned() } else { found.join("; ") };
        if found == wanted { right(found_words) } else { wrong(found_words, wanted.join("; ")) }
    })
}

fn one_scale(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        let table = LEAP_TABLES.into_iter().find_map(|name| conf.last(name));
        let sources = conf.sources();
        let Some(smeared) = sources.iter().find(|line| is_smeared(line) == Some(true)) else {
            return right("");
        };
        let smeared = smeared.word(0);
        if let Some(table) = table {
            return wrong(format!("{table} beside {smeared}, which smears"), "no leap second table");
        }
        if let Some(other) = sources.iter().find(|line| is_smeared(line) == Some(false)) {
            return wrong(format!("{other} beside {smeared}, which smears"), "only sources that smear");
        }
        match sources.iter().find(|line| is_smeared(line).is_none()) {
            Some(other) => {
                Verdict::Unknown(format!("nothing tells whether {other} smears as {smeared} does"))
            }
            None => right("all of them smear"),
        }
    })
}

/// None where nobody says so.
fn is_smeared(line: &ConfLine) -> Option<bool> {
    let name = line.word(0);
    let is = |known: &str| name == known || name.ends_with(&format!(".{known}"));
    let ours = ROWS.iter().flat_map(|row| row.sources).any(|source| match source.directive {
        Directive::Server(known) | Directive::Pool(known) => source.scale == Scale::Smeared && is(known),
        Directive::Phc(_) => false,
    });
    if ours || SMEARED.into_iter().any(is) {
        return Some(true);
    }
    NOT_SMEARED.into_iter().any(is).then_some(false)
}

fn makestep(subject: &Subject) -> Verdict {
    const WANTED: &str = "makestep 1.0 3";
    given(subject.conf(), |conf| {
        let Some(line) = conf.last("makestep") else { return wrong("none", WANTED) };
        let threshold = line.word(0).parse::<f64>().unwrap_or(f64::INFINITY);
        // A negative limit is none.
        let limit = line.word(1).parse::<i32>().unwrap_or(0);
        let steps = threshold <= 1.0 && !(0..3).contains(&limit);
        if steps { right(line.to_string()) } else { wrong(line.to_string(), WANTED) }
    })
}

fn driftfile(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf: Conf| {
        let Some(path) = conf.last("driftfile").map(|line| Path::new(line.word(0))) else {
            return wrong("none", "a driftfile");
        };
        let dir = path.parent().unwrap_or(path).display().to_string();
        if !path.is_absolute() {
            return wrong(path.display().to_string(), "an absolute path");
        }
        given(subject.around.drift_dir.clone(), |permissions| {
            let Some(permissions) = permissions else { return wrong(format!("{dir} is not there"), dir) };
            given(subject.around.chrony_user.clone(), |user| {
                if permissions.let_in(&user) {
                    right(path.display().to_string())
                } else {
                    let found = format!("{dir} is of uid {}, mode {:04o}", permissions.uid, permissions.mode);
                    wrong(found, format!("writable by {}, uid {}", user.name, user.uid))
                }
            })
        })
    })
}

fn rtcsync(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        if conf.last("rtcsync").is_some() { right("") } else { wrong("no rtcsync", "rtcsync") }
    })
}
