//! chrony's configuration as a whole: whose it is, and which files belong to it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Check, Subject, Verdict, anywhere, if_observed, live, none_of, right, unknown, wrong};
use crate::decide::Sources;
use crate::machine::{ConfLine, NtpFrom, Standing};
use crate::names::{CLOUD_INIT, DHCP_DIR, WAIT_PATH, gated_by};
use crate::plan::{Edit, changes};
use crate::render;
use crate::rival::SKEW_DAEMON;
use crate::root::Found;

pub const CHECKS: &[Check] = &[
    anywhere("chrony-installed", "chrony is installed", installed)
        .next("install the distribution's package chrony"),
    anywhere(
        "chrony-conf",
        "chrony.conf is unchanged since cloud-timesync wrote it, or is yours by chrony_conf = \"keep\"",
        conf,
    )
    .mended_by(is_conf)
    .next("cloud-timesync apply --force replaces the edited file and keeps a copy; or keep it: chrony_conf = \"keep\""),
    anywhere("one-configuration-file", "chrony.conf reads files that are there; an edited one no others than before", one_file)
        .next("correct or remove the lines, or cloud-timesync apply --force"),
    anywhere("serves-only-the-cluster", "chronyd serves only the networks that [cluster] allows", networks)
        .next("name the networks in [cluster] allow, then cloud-timesync apply --force"),
    anywhere("no-fragments", "No file lies in chrony's fragment directories", no_fragments)
        .mended_by(|edit| matches!(edit, Edit::SetAside { .. })),
    anywhere("cloud-init-leaves-ntp", "cloud-init, where it is installed, does not write chrony.conf", ntp)
        .mended_by(|edit| matches!(edit, Edit::Write { path, .. } if path == Path::new(CLOUD_INIT)))
        .next("remove `ntp:` from that file, or cloud-timesync apply --force where it is cloud-timesync's own"),
    anywhere("skew-daemon-off", "Google's guest agent, where installed, does not set the clock", skew_daemon)
        .mended_by(|edit| edit.path().is_some_and(|path| SKEW_DAEMON.is_set_in(path)))
        .next("cloud-timesync apply --force makes the setting and keeps a copy of the edited file"),
    live("no-dhcp-sources", "chronyd reads no time server of DHCP's, unless they are wanted", no_dhcp)
        .caused_by(&["chrony-conf", "one-configuration-file"])
        .next("remove the sourcedir line for /run/chrony-dhcp, or cloud-timesync apply --force"),
];

fn installed(subject: &Subject) -> Verdict {
    none_of(subject.chrony().err(), "chrony 4.0 or later")
}

/// Tells whether an edit is of chrony.conf. Where an image moves to a platform without sources of its own, the fragments
/// come back with the distribution's file.
fn is_conf(edit: &Edit) -> bool {
    let is_chronys = |path: &Path| {
        gated_by(path).is_none() && ![WAIT_PATH, SKEW_DAEMON.path].map(Path::new).contains(&path)
    };
    match edit {
        Edit::Write { path, .. } => is_chronys(path) && path != Path::new(CLOUD_INIT),
        Edit::Restore { path } => is_chronys(path),
        _ => false,
    }
}

fn conf(subject: &Subject) -> Verdict {
    let elsewhere = |line: &str| !reads_more(line) && !serves(line);
    if_observed(subject.chrony().and_then(|chrony| chrony.conf.clone()), |path| {
        let target = subject.machine.file(&path);
        match (&target.found, &subject.intent.sources) {
            (Found::Absent, _) => wrong(format!("{} is not there", path.display()), "a chrony.conf"),
            (_, Sources::Distribution) if target.standing == Standing::Ours => {
                wrong("cloud-timesync's text for another platform", "the distribution's own text")
            }
            (_, Sources::Ours { written_for, .. }) => match local_edits(subject, elsewhere) {
                Some(changes) => wrong(changes, OUR_TEXT),
                None => right(format!("cloud-timesync's, for {written_for}")),
            },
            (_, Sources::Distribution) => right("the distribution's chrony.conf decides"),
            (_, Sources::AsTheyAre(why)) if subject.intent.blocked.is_some() => {
                unknown(format!("what chrony.conf should be is not known: {why}"))
            }
            (_, Sources::AsTheyAre(why)) => right(format!("chrony.conf stays as it is: {why}")),
        }
    })
}

/// Finds what an operator changed in cloud-timesync's chrony.conf: lines of this kind, or comments alone.
fn local_edits(subject: &Subject, counts: fn(&str) -> bool) -> Option<String> {
    let Sources::Ours { written_for, lines } = &subject.intent.sources else { return None };
    let wanted = render::chrony_conf(written_for, lines, &subject.intent.steps);
    edited(subject, subject.machine.conf_path()?, &wanted, counts)
}

/// The lines of this kind that differ in a file of cloud-timesync's that an operator edited, and the plan leaves.
fn edited(subject: &Subject, path: &Path, wanted: &str, counts: fn(&str) -> bool) -> Option<String> {
    let target = subject.machine.file(path);
    let changes = changes(&target.found, wanted, counts);
    let is_left = target.is_left(subject.intent.over_edits) && !changes.is_empty();
    is_left.then(|| format!("local edits: {} {changes}", path.display()))
}

/// Judges a file of cloud-timesync's that no other check looks at.
pub fn unedited(subject: &Subject, path: &Path, wanted: &str) -> Verdict {
    none_of(edited(subject, path, wanted, |_| true), OUR_TEXT)
}

const OUR_TEXT: &str = "cloud-timesync's text";

fn reads_more(line: &str) -> bool {
    ConfLine::parse(line).is_some_and(|line| line.reads_more())
}

/// The directive opens chronyd to a network.
fn serves(line: &str) -> bool {
    ConfLine::parse(line).is_some_and(|line| line.name == "allow")
}

fn one_file(subject: &Subject) -> Verdict {
    match subject.machine.conf.as_ref().map(|conf| &conf.refused) {
        Ok(Some(refused)) if subject.wanted().is_none() => {
            wrong(format!("{refused}, and chronyd does not start"), "files that are there")
        }
        _ => none_of(local_edits(subject, reads_more), "no more files than cloud-timesync's text reads"),
    }
}

fn networks(subject: &Subject) -> Verdict {
    none_of(local_edits(subject, serves), "the networks of [cluster] allow")
}

fn no_fragments(subject: &Subject) -> Verdict {
    let is_left = !subject.machine.fragments.is_empty();
    right(if is_left {
        "left where they are: chrony.conf names them, is edited, or is not cloud-timesync's"
    } else {
        ""
    })
}

fn ntp(subject: &Subject) -> Verdict {
    if !subject.intent.cloud_init_ntp_off {
        return right("not applicable: no cloud-init, or chrony.conf is not cloud-timesync's");
    }
    let unedited = unedited(subject, Path::new(CLOUD_INIT), render::cloud_init());
    match subject.machine.cloud_init.as_ref().and_then(|cloud_init| cloud_init.ntp.as_ref()) {
        Some(from @ NtpFrom::File(_)) => wrong(
            format!("{from}, which is read after {CLOUD_INIT}, enables `ntp:`"),
            "no enabled `ntp:` there",
        ),
        Some(NtpFrom::Unclear(path)) => unknown(format!(
            "whether {path} enables `ntp:` is not known: it is written in a way that is not read here"
        )),
        // It is written once for an instance, and nobody can take that back here.
        Some(from @ NtpFrom::Data(_)) if matches!(unedited, Verdict::Right(_)) => right(format!(
            "`ntp:` comes from {from}: what cloud-init writes by it is replaced in the same boot"
        )),
        _ => unedited,
    }
}

fn skew_daemon(subject: &Subject) -> Verdict {
    if !subject.intent.skew_daemon_off {
        return right("not applicable: no guest agent, or rivals = \"keep\"");
    }
    let path = Path::new(SKEW_DAEMON.path);
    let text = subject.machine.file(path).found.text().unwrap_or_default();
    unedited(subject, path, &SKEW_DAEMON.switched_off_in(text))
}

fn no_dhcp(subject: &Subject) -> Verdict {
    if_observed(subject.conf(), |conf| {
        let files = conf.directives.iter().map(|one| &one.file).filter(|file| file.starts_with(DHCP_DIR));
        let is_foreign = subject.wanted().is_some() && !subject.wants_dhcp();
        let found: BTreeSet<String> =
            files.filter(|_| is_foreign).map(|path| path.display().to_string()).collect();
        none_of(found, "only the sources in chrony.conf")
    })
}
