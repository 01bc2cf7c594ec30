//! The directives of a chrony.conf that is the operator's or the distribution's. Of cloud-timesync's own `chrony-conf` says
//! whether it is whole.

use std::path::Path;

use super::{Check, Subject, Verdict, anywhere, if_observed, none_of, right, unknown, wrong};
use crate::conf::LEAP_TABLES;
use crate::machine::{Conf, ConfLine};
use crate::names::DRIFT;
use crate::platform::{Scale, scale_of};

pub const CHECKS: &[Check] = &[
    anywhere("source-directives", "A chrony.conf that is not cloud-timesync's names a time source", sources)
        .next("name a server, pool or refclock in chrony.conf"),
    anywhere("one-time-scale", "All sources smear leap seconds or none does, as time_scale says", one_scale)
        .next(
            "remove the other sources, or the leap-second table next to smeared ones, or correct time_scale",
        ),
    anywhere("makestep", "A chrony.conf that is not cloud-timesync's sets a wrong clock at once", makestep)
        .next("add this line to your chrony.conf: makestep 1.0 3"),
    anywhere("driftfile", "chrony.conf names a driftfile, in a directory that is there", driftfile)
        .next("have a driftfile line in chrony.conf; its directory must be writable by chronyd's user"),
    anywhere("rtcsync", "The kernel keeps the real-time clock right", rtcsync)
        .next("add this line to your chrony.conf: rtcsync"),
];

/// Judges a chrony.conf that cloud-timesync does not write.
fn if_theirs(subject: &Subject, judge: impl FnOnce(Conf) -> Verdict) -> Verdict {
    match subject.wanted() {
        Some(_) if subject.machine.chrony.is_some() => right("chrony-conf compares the whole file"),
        _ => if_observed(subject.conf(), judge),
    }
}

fn sources(subject: &Subject) -> Verdict {
    if_theirs(subject, |conf| {
        let found: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
        // What DHCP hands out may come yet.
        let of_run = |line: &&ConfLine| line.words.iter().any(|directory| directory.starts_with("/run/"));
        let some = !found.is_empty() || conf.all("sourcedir").iter().any(of_run);
        if some { right(found.join("; ")) } else { wrong("none", "a time source") }
    })
}

fn one_scale(subject: &Subject) -> Verdict {
    if_theirs(subject, |conf| {
        // At one that is not selectable chronyd only looks.
        let sources = conf.sources().into_iter().filter(|line| line.is_selectable_source());
        let scaled: Vec<(&ConfLine, Scale)> = sources.map(|line| (line, scale_of(line.word(0)))).collect();
        let first = |wanted| scaled.iter().find(|(_, scale)| *scale == wanted).map(|(line, _)| *line);
        let smeared = first(Scale::Smeared);
        // Where none is asked for, that of the first that smears.
        let wanted = match subject.intent.scale {
            Scale::Unknown if smeared.is_none() => return right(""),
            Scale::Unknown => Scale::Smeared,
            configured => configured,
        };
        let table = LEAP_TABLES.into_iter().find_map(|name| conf.in_force(name));
        let other = scaled.iter().find(|(_, scale)| scale.differs(wanted));
        let all = format!("only sources of which each {}", wanted.says());
        match (table.filter(|_| smeared.is_some()), other, first(Scale::Unknown)) {
            (Some(table), ..) => {
                wrong(format!("{table} next to a source that smears"), "no leap second table")
            }
            (None, Some((other, scale)), _) => wrong(format!("{other}, which {}", scale.says()), all),
            (None, None, Some(other)) => unknown(format!("nothing tells whether {other} {}", wanted.says())),
            (None, None, None) => right(all),
        }
    })
}

/// A distribution's file may step otherwise, as long as a clock that is wrong at the start is stepped.
fn makestep(subject: &Subject) -> Verdict {
    const WANTED: &str = "makestep 1.0 3";
    if_theirs(subject, |conf| {
        let Some(found) = conf.in_force("makestep") else { return wrong("none", WANTED) };
        let line = &found.line;
        let threshold = line.word(0).parse::<f64>().unwrap_or(f64::INFINITY);
        // A negative limit is none.
        let limit = line.word(1).parse::<i32>().unwrap_or(0);
        let steps = threshold <= 1.0 && !(0..3).contains(&limit);
        if steps { right(found.to_string()) } else { wrong(found.to_string(), WANTED) }
    })
}

/// The line, where the file is not cloud-timesync's; the directory in every case.
fn driftfile(subject: &Subject) -> Verdict {
    let conf = subject.conf();
    let path = conf.as_ref().ok().and_then(|conf| conf.last("driftfile")).map(|line| Path::new(line.word(0)));
    let Some(path) = path.filter(|path| subject.wanted().is_none() || *path == Path::new(DRIFT)) else {
        return if_theirs(subject, |_| wrong("none", "a driftfile"));
    };
    let dir = path.parent().unwrap_or(path).display().to_string();
    if !path.is_absolute() {
        return wrong(path.display().to_string(), "an absolute path");
    }
    match subject.around.has_drift_dir {
        true => right(path.display().to_string()),
        false => wrong(format!("{dir} is not there"), dir),
    }
}

fn rtcsync(subject: &Subject) -> Verdict {
    if_theirs(subject, |conf| none_of(conf.last("rtcsync").is_none().then_some("no rtcsync"), "rtcsync"))
}
