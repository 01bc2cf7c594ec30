//! What chrony.conf says: its sources and the settings that every platform has.

use std::path::Path;

use super::Scope::Anywhere;
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::decide::Line;
use crate::machine::{Conf, ConfLine};
use crate::platform::{Directive, ROWS, Scale};

pub const CHECKS: &[Check] = &[
    Check {
        name: "source-directives",
        scope: Anywhere,
        says: "chrony.conf names the time sources that are right here and no other",
        ask: sources,
        next: "cloud-timesync apply --force",
    },
    Check {
        name: "one-time-scale",
        scope: Anywhere,
        says: "All sources treat leap seconds alike, and as time_scale says; no table steps what they spread",
        ask: one_scale,
        next: "remove the lines, or cloud-timesync apply --force",
    },
    Check {
        name: "makestep",
        scope: Anywhere,
        says: "The clock is stepped and slewed as the step policy says",
        ask: makestep,
        next: "cloud-timesync apply --force; into a file that is not its own write the directives",
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
const SMEARED: [&str; 5] =
    ["time.google.com", "time1.google.com", "time2.google.com", "time3.google.com", "time4.google.com"];

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
            .filter(ConfLine::is_source)
            .map(|line| line.to_string())
            .collect();
        let found_words = if found.is_empty() { "none".to_owned() } else { found.join("; ") };
        if found == wanted { right(found_words) } else { wrong(found_words, wanted.join("; ")) }
    })
}

fn one_scale(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        let scaled: Vec<(String, Scale)> = conf
            .sources()
            .into_iter()
            // chronyd only looks at it.
            .filter(|line| !line.words.iter().any(|word| word == "noselect"))
            .map(|line| (line.to_string(), scale(line, subject.lines().unwrap_or_default())))
            .collect();
        let of = |wanted: Scale| scaled.iter().find(|(_, scale)| *scale == wanted);
        if let Some((smeared, _)) = of(Scale::Smeared) {
            let table = LEAP_TABLES.into_iter().find_map(|name| conf.last(name));
            if let Some(table) = table {
                return wrong(format!("{table} beside {smeared}, which smears"), "no leap second table");
            }
            if let Some((other, _)) = of(Scale::Utc) {
                return wrong(format!("{other} beside {smeared}, which smears"), "only sources that smear");
            }
        }
        let wanted = match (subject.intent.scale, of(Scale::Smeared)) {
            (Scale::Unknown, None) => return right(""),
            (Scale::Unknown, Some(_)) => Scale::Smeared,
            (configured, _) => configured,
        };
        if let Some((other, scale)) = scaled.iter().find(|(_, scale)| scale.differs(wanted)) {
            let configured = format!("a source that {}, as time_scale says", wanted.says());
            return wrong(format!("{other}, which {}", scale.says()), configured);
        }
        match of(Scale::Unknown) {
            Some((other, _)) => Verdict::Unknown(format!("nothing tells whether {other} {}", wanted.says())),
            None => right(if wanted == Scale::Smeared { "all of them smear" } else { "none of them smears" }),
        }
    })
}

/// By what is wanted here, else by what is known of the name.
fn scale(line: &ConfLine, wanted: &[Line]) -> Scale {
    if let Some(wanted) =
        wanted.iter().find(|wanted| ConfLine::parse(&wanted.directive).as_ref() == Some(line))
    {
        return wanted.scale;
    }
    let name = line.word(0);
    let is = |known: &str| name == known || name.ends_with(&format!(".{known}"));
    let rows = ROWS.iter().flat_map(|row| [row.sources, row.without_ipv4]).flatten();
    let row = rows.into_iter().find(|source| match source.directive {
        Directive::Server(known) | Directive::Pool(known) => is(known),
        Directive::DistributionPool | Directive::Phc(_) | Directive::Dhcp(_) => false,
    });
    match row {
        Some(source) => source.scale,
        None if SMEARED.into_iter().any(is) => Scale::Smeared,
        None if NOT_SMEARED.into_iter().any(is) => Scale::Utc,
        None => Scale::Unknown,
    }
}

fn makestep(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        if subject.lines().is_none() {
            return steps_at_start(&conf);
        }
        let wanted: Vec<ConfLine> =
            subject.intent.steps.iter().filter_map(|rule| ConfLine::parse(&rule.directive)).collect();
        let found: Vec<&ConfLine> = wanted.iter().filter_map(|line| conf.last(&line.name)).collect();
        let words = |lines: &[&ConfLine]| match lines {
            [] => "none".to_owned(),
            lines => lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        };
        let is_right = wanted.iter().all(|wanted| found.iter().any(|found| says_the_same(found, wanted)));
        if is_right {
            right(words(&found))
        } else {
            wrong(words(&found), words(&wanted.iter().collect::<Vec<_>>()))
        }
    })
}

/// A distribution's file may step otherwise, as long as a clock that is wrong at the start is stepped.
fn steps_at_start(conf: &Conf) -> Verdict {
    const WANTED: &str = "makestep 1.0 3";
    let Some(line) = conf.last("makestep") else { return wrong("none", WANTED) };
    let threshold = line.word(0).parse::<f64>().unwrap_or(f64::INFINITY);
    // A negative limit is none.
    let limit = line.word(1).parse::<i32>().unwrap_or(0);
    let steps = threshold <= 1.0 && !(0..3).contains(&limit);
    if steps { right(line.to_string()) } else { wrong(line.to_string(), WANTED) }
}

/// "makestep 1 3" is "makestep 1.0 3".
fn says_the_same(one: &ConfLine, other: &ConfLine) -> bool {
    let number = |word: &str| word.parse::<f64>().ok();
    let same = |(a, b): (&String, &String)| a == b || (number(a).is_some() && number(a) == number(b));
    one.name == other.name
        && one.words.len() == other.words.len()
        && one.words.iter().zip(&other.words).all(same)
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
                if user.may_make_files_in(permissions) {
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
