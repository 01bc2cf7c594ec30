//! The sources that chronyd has, and what stands between it and them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::clock::span;
use super::{Check, Subject, Verdict, if_observed, live, none_of, right, wrong};
use crate::config::Role;
use crate::machine::{ClockSource, Conf, ConfLine, Directive, LOCAL, Tracking};
use crate::platform::Platform;

pub const CHECKS: &[Check] = &[
    live("no-other-source", "chronyd has no source but those that are wanted", no_other)
        .next("systemctl restart chronyd drops what was added with chronyc"),
    live("reference", "chronyd follows one of the sources that are wanted", reference)
        .caused_by(&["sources-agree"])
        .next("chronyc -N sources, chronyc ntpdata and chronyc selectdata say why"),
    live("sources-agree", "A majority of chronyd's sources agrees on the time", agree)
        .next("find out which is right; trust_clock = true or a [[source]] decides: cloud-timesync.toml(5)"),
    live("ptp-clock", "The devices that chronyd needs to start, a PTP clock or an interface of hwtimestamp, are there", ptp_clock)
        .caused_by(&["chrony-conf"])
        .next("chronyd's next start will fail without this device; cloud-timesync apply switches a clock to NTP, and hwtimestamp is a line of yours"),
    live("firewall", "On OCI the time server answers: no packet filter is in its way", firewall)
        .next("a packet filter on this machine must let UDP port 123 to 169.254.169.254 out"),
];

/// OCI's time server.
const OCI_SERVER: &str = "169.254.169.254";

fn no_other(subject: &Subject) -> Verdict {
    if_observed(subject.sources(), |sources| {
        let others = sources.iter().filter(|source| !is_wanted(subject, source));
        none_of(others.map(|source| &source.name), wanted(subject))
    })
}

fn reference(subject: &Subject) -> Verdict {
    if_observed(subject.sources(), |sources| match sources.iter().find(|source| source.state == '*') {
        None if is_alone(subject) && subject.tracking().is_ok_and(leads) => {
            right("none: this machine leads the mesh")
        }
        None => wrong("none is selected", wanted(subject)),
        Some(source) if is_wanted(subject, source) => right(&source.name),
        Some(source) => wrong(&source.name, wanted(subject)),
    })
}

/// Two sources that disagree have no majority: chronyd calls both falsetickers, follows neither, and says no more.
fn agree(subject: &Subject) -> Verdict {
    if_observed(subject.sources(), |sources| {
        let apart: Vec<&ClockSource> = sources.iter().filter(|source| source.state == 'x').collect();
        let follows = sources.iter().any(|source| source.state == '*');
        match apart[..] {
            [_, _, ..] if !follows => wrong(
                format!(
                    "they disagree, and chronyd follows none: {}",
                    apart.iter().map(distance).collect::<Vec<_>>().join(", ")
                ),
                "a majority that agrees",
            ),
            _ => right(""),
        }
    })
}

/// "PHC0 is 200.0 ms ahead of the clock"
fn distance(source: &&ClockSource) -> String {
    let direction = if source.last_sample_offset < 0.0 { "ahead of" } else { "behind" };
    format!("{} is {} {direction} the clock", source.name, span(source.last_sample_offset.abs()))
}

/// Tells whether a source is wanted. Where none are, every source is right.
fn is_wanted(subject: &Subject, source: &ClockSource) -> bool {
    let Some(conf) = subject.wanted() else { return true };
    let directories: Vec<&String> = conf.all("sourcedir").into_iter().flat_map(|line| &line.words).collect();
    let is_in_directory = |one: &Directive| {
        one.line.word(0) == source.name && directories.iter().any(|directory| one.file.starts_with(directory))
    };
    if source.mode == '#' {
        return refclock_names(&conf).contains(&source.name);
    }
    conf.sources().iter().any(|line| line.name != "refclock" && line.word(0) == source.name)
        || subject.conf().is_ok_and(|conf| conf.directives.iter().any(is_in_directory))
}

/// Names that chronyd gives the reference clocks: by the refid, else by the driver's first three letters and the clock's
/// number: PHC0.
fn refclock_names(conf: &Conf) -> Vec<String> {
    let name = |(number, line): (usize, &ConfLine)| {
        let mut options = line.words.iter().skip_while(|word| !word.eq_ignore_ascii_case("refid"));
        let numbered = || format!("{}{number}", line.word(0).chars().take(3).collect::<String>());
        options.nth(1).cloned().unwrap_or_else(numbered)
    };
    conf.all("refclock").into_iter().enumerate().map(name).collect()
}

fn wanted(subject: &Subject) -> String {
    let Some(conf) = subject.wanted() else { return "one of those in chrony.conf".to_owned() };
    let name = |line: &ConfLine| line.word(usize::from(line.name == "refclock")).to_owned();
    let directories = conf.all("sourcedir").into_iter().flat_map(|line| line.words.clone());
    let directories = directories.map(|directory| format!("one of those in {directory}"));
    conf.sources().into_iter().map(name).chain(directories).collect::<Vec<_>>().join(" or ")
}

fn ptp_clock(subject: &Subject) -> Verdict {
    let conf = subject.conf().unwrap_or_default();
    let clocks = conf.sources().into_iter().filter_map(ConfLine::device).map(Path::to_owned);
    let needed: BTreeSet<PathBuf> = clocks.chain(interfaces(&conf)).collect();
    let missing = needed.iter().find(|path| !subject.machine.has_device(path));
    match missing {
        Some(path) => wrong(format!("{}: it is not there", path.display()), "a device that is there"),
        None if needed.is_empty() => right("none is used"),
        None => right(needed.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// The network interfaces that `hwtimestamp` names. `*` stands for those that there are.
fn interfaces(conf: &Conf) -> impl Iterator<Item = PathBuf> {
    let names = conf.all("hwtimestamp").into_iter().map(|line| line.word(0));
    names
        .filter(|name| !name.is_empty() && !name.contains('*'))
        .map(|name| Path::new("/sys/class/net").join(name))
}

/// OCI's images bring rules of their own, and the server never moves: silence is theirs, or another filter's.
fn firewall(subject: &Subject) -> Verdict {
    if subject.machine.identity.platform != Platform::Oci {
        return right("this is not OCI");
    }
    if_observed(subject.sources(), |sources| match sources.iter().find(|source| source.name == OCI_SERVER) {
        None => right(format!("{OCI_SERVER} is no source here")),
        Some(source) if source.reach != 0 => right(format!("{OCI_SERVER} answers")),
        Some(_) => wrong(format!("{OCI_SERVER} does not answer"), "an answer to one of the last eight polls"),
    })
}

/// A mesh that no member of which follows the outside by this machine's configuration.
pub fn is_alone(subject: &Subject) -> bool {
    let mesh = subject.intent.cluster.as_ref().is_some_and(|part| part.role == Role::Mesh);
    mesh && subject.wanted().unwrap_or_default().sources().iter().all(|line| line.name == "peer")
}

/// The machine's clock follows nothing but itself.
pub fn leads(tracking: &Tracking) -> bool {
    tracking.reference_id == LOCAL
}
