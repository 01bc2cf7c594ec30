//! Lines that the image's maker put into chronyd's configuration beyond the distribution's text.

use std::path::Path;

use super::line::MARK;
use super::operator::usual_line;
use super::theirs::{Theirs, is_filled_later, is_of_boot, is_plain, is_usual_source, later_directories};
use crate::error::shown;
use crate::machine::{Conf, ConfLine, Directive, Machine};
use crate::platform::{Clock, Platform, is_clouds_own};
use crate::printable::printable;
use crate::receipt::{ImageLine, LineRole};

/// Directives that every chrony.conf of the agent's has.
const WRITTEN_ANEW: [&str; 5] = ["makestep", "maxsamples", "maxjitter", "driftfile", "rtcsync"];

/// Beginning of the agent's chrony.conf.
pub const HEADING: &str = "# Written by cloud-timesync for ";

/// The image's own directives, and what the daemons that are displaced now were told.
pub fn image_lines(machine: &Machine) -> Vec<ImageLine> {
    let mut lines = chronyds_lines(machine);
    lines.retain(|line| line.role != LineRole::Displaced);
    lines.extend(machine.foreign_lines.iter().map(|line| ImageLine {
        directive: line.text.clone(),
        place: line.place.clone(),
        role: LineRole::Displaced,
    }));
    lines
}

/// Reads what chronyd was told. Once a run has written chrony.conf that is in its receipt, or where an older build wrote
/// that, in the backup. Where the receipt is gone, the agent's own text still has the sources, and what an operator added
/// at its end is the image's.
fn chronyds_lines(machine: &Machine) -> Vec<ImageLine> {
    let Some(conf) = machine.conf_path() else { return Vec::new() };
    if machine.receipt.wrote(conf).is_some() {
        let original = machine.original_conf.as_deref().filter(|text| !text.starts_with(HEADING));
        let is_needed = machine.receipt.image.is_empty() && !machine.original_is_closed;
        return match original.filter(|_| is_needed) {
            None => machine.receipt.image.clone(),
            Some(text) => lines_of(machine, &Conf::of_file(text, conf).directives),
        };
    }
    let Some(text) = machine.file(conf).found.text() else { return Vec::new() };
    let (read, unread) = match &machine.conf {
        Ok(whole) => (whole.clone(), None),
        Err(why) => (Conf::of_file(text, conf), Some(named("what cannot be read", why.clone()))),
    };
    let (mut lines, read) = match text.starts_with(HEADING) {
        true => (marked(text, &read.directives), added_lines(text, conf, read)),
        false => (unread.into_iter().collect(), read.directives),
    };
    for line in lines_of(machine, &read) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The image's lines among these directives. The receipt and the journal are for others, too.
fn lines_of(machine: &Machine, read: &[Directive]) -> Vec<ImageLine> {
    let line = |(directive, role): (&Directive, LineRole)| match directive.is_closed {
        true => named("lines that not every user may read", shown(&directive.file)),
        false => image_line(directive, role),
    };
    beyond_the_distribution(machine, read).into_iter().map(line).collect()
}

/// Tells whether the image's sources, or what they need, are in a file that not every user may read.
pub fn has_closed_sources(machine: &Machine) -> bool {
    let is_ours = machine.conf_path().is_none_or(|conf| machine.receipt.wrote(conf).is_some());
    let read = machine.conf.as_ref().map_or(&[][..], |conf| &conf.directives);
    let lines = beyond_the_distribution(machine, read);
    !is_ours && lines.iter().any(|(directive, role)| directive.is_closed && *role != LineRole::Other)
}

/// Reason why the image's sources are not known; None where it is, and where an earlier run wrote chrony.conf.
pub fn unread_rest(machine: &Machine) -> Option<String> {
    let conf = machine.conf_path().filter(|conf| machine.receipt.wrote(conf).is_none())?;
    let text = machine.file(conf).found.text().filter(|text| !text.starts_with(HEADING));
    machine.conf.as_ref().err().filter(|_| text.is_some()).cloned()
}

fn named(what: &str, place: String) -> ImageLine {
    ImageLine { directive: what.to_owned(), place, role: LineRole::Other }
}

fn image_line(directive: &Directive, role: LineRole) -> ImageLine {
    ImageLine { directive: printable(&directive.line.to_string(), &[]), place: directive.place(), role }
}

/// The directives below the comment that the agent writes above the image's own.
fn marked(text: &str, read: &[Directive]) -> Vec<ImageLine> {
    let blocks = text.split("\n\n").filter(|block| block.contains(MARK));
    let lines: Vec<ConfLine> = blocks.flat_map(str::lines).filter_map(ConfLine::parse).collect();
    let role = |line: &ConfLine| match line.is_source() || line.is_directory() {
        true if is_usual_source(line) => LineRole::Fallback,
        true => LineRole::Source,
        false => LineRole::Needed,
    };
    let is_marked = |directive: &&Directive| lines.contains(&directive.line);
    read.iter().filter(is_marked).map(|directive| image_line(directive, role(&directive.line))).collect()
}

/// The directives below the last one of the agent's text.
fn added_lines(text: &str, conf: &Path, read: Conf) -> Vec<Directive> {
    let last = text.lines().position(|line| line == "rtcsync").unwrap_or(usize::MAX - 1) + 1;
    let is_added = |directive: &Directive| directive.file == conf && directive.number > last;
    read.directives.into_iter().filter(is_added).collect()
}

fn beyond_the_distribution<'a>(machine: &Machine, read: &'a [Directive]) -> Vec<(&'a Directive, LineRole)> {
    let theirs = Theirs::of(machine);
    let only = only_source(read, machine.identity.platform);
    // The clock of a host is a source where it was the only one.
    let is_source = |line: &ConfLine| {
        let is_one = match line.is_source() {
            true => only.is_some_and(|only| only.device() == line.device()) || !is_host_clock(machine, line),
            false => line.is_directory() && is_filled_later(line),
        };
        is_one && !theirs.has_source(line) && is_plain(line)
    };
    // What lies in such a directory is of this boot.
    let directories: Vec<&str> = read.iter().flat_map(|one| later_directories(&one.line)).collect();
    let is_lasting = |one: &&Directive| {
        !is_of_boot(&one.file) && !directories.iter().any(|directory| one.file.starts_with(directory))
    };
    let read: Vec<&Directive> = read.iter().filter(is_lasting).collect();
    let lines: Vec<&ConfLine> = read.iter().map(|directive| &directive.line).collect();
    let sources: Vec<&ConfLine> = lines.iter().copied().filter(|line| is_source(line)).collect();
    let has_sources = !sources.is_empty();
    let stays = |line: &ConfLine| is_source(line) || theirs.is_fallback(line);
    let is_whole = has_sources && lines.iter().all(|line| !line.is_source() || stays(line));
    let role = |line: &ConfLine| match line.name.as_str() {
        _ if is_source(line) => Some(LineRole::Source),
        _ if has_sources && theirs.is_fallback(line) => Some(LineRole::Fallback),
        "minsources" if is_whole => Some(LineRole::Needed),
        name if is_needed(name, &sources) && is_plain(line) => Some(LineRole::Needed),
        _ if line.is_source() => {
            (!theirs.has_source(line) || theirs.is_out_of_reach(line)).then_some(LineRole::Other)
        }
        name if WRITTEN_ANEW.contains(&name) => None,
        _ if line.reads_more() => {
            (is_filled_later(line) && !theirs.has_source(line)).then_some(LineRole::Other)
        }
        // Sources of the operator's may need one that is not where the distribution has it.
        name @ ("keyfile" | "ntsdumpdir") => {
            (usual_line(machine, name).as_ref() != Some(line)).then_some(LineRole::Other)
        }
        _ => (!theirs.has(line)).then_some(LineRole::Other),
    };
    read.into_iter().filter_map(|directive| Some((directive, role(&directive.line)?))).collect()
}

/// The only source that chronyd can follow, among those that a machine of this platform reaches: a clock with two lines is one, and
/// another cloud's servers answer in that cloud.
pub fn only_source(read: &[Directive], platform: Platform) -> Option<&ConfLine> {
    let lines = || read.iter().map(|directive| &directive.line);
    let is_reached = |line: &&ConfLine| line.is_selectable_source() && !is_clouds_own(line.word(0), platform);
    let only = lines().find(is_reached)?;
    let is_other = |line: &ConfLine| line.device().is_none() || line.device() != only.device();
    let has_own_directory =
        lines().any(|line| line.is_directory() && !is_usual_source(line) && is_filled_later(line));
    let others = lines().filter(is_reached).skip(1).filter(|line| is_other(line)).count();
    (others == 0 && !has_own_directory).then_some(only)
}

/// Tells whether a line names the clock of the hypervisor's host.
fn is_host_clock(machine: &Machine, line: &ConfLine) -> bool {
    let Some(device) = line.device() else { return false };
    let name = machine.devices.get(device).map(String::as_str).unwrap_or_default();
    Clock::linked_as(device).or_else(|| Clock::called(name)).is_some()
}

/// Tells whether these sources need a directive of this name: without it they do not authenticate themselves, do not get
/// through a firewall, or are not selected. Of what comes in a directory that is not known.
pub fn is_needed(name: &str, sources: &[&ConfLine]) -> bool {
    let has = |option: &str| sources.iter().any(|line| line.has_option(option) || line.is_directory());
    match name {
        "keyfile" => has("key"),
        "ntsdumpdir" | "ntstrustedcerts" | "nosystemcert" | "nocerttimecheck" | "ntsrefresh" | "ntsaeads" => {
            has("nts")
        }
        "leapsectz" | "leapseclist" => sources.iter().any(|line| line.gives_tai()),
        "authselectmode" => has("key") || has("nts"),
        "acquisitionport" | "bindacqaddress" | "bindacqdevice" | "dscp" | "maxdistance" => {
            !sources.is_empty()
        }
        _ => false,
    }
}
