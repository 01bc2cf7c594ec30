//! What the image's maker put into chronyd's configuration beyond the distribution's text.

use std::path::Path;

use super::line::MARK;
use crate::error::shown;
use crate::machine::{Conf, ConfLine, Directive, Machine};
use crate::platform::{Clock, Platform, is_clouds_own, is_distributions, is_usual};
use crate::printable::printable;
use crate::receipt::{ImageLine, LineRole};

/// Directives that every chrony.conf of the agent's has, or that read more files: those are in the list themselves.
const WRITTEN_ANEW: [&str; 8] =
    ["makestep", "maxsamples", "maxjitter", "driftfile", "rtcsync", "include", "confdir", "sourcedir"];

/// How the agent's chrony.conf begins.
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

/// What chronyd was told. Once a run has written chrony.conf they are those of its receipt. Where that is gone, the
/// agent's own text still has the sources, and what an operator added at its end is the image's.
fn chronyds_lines(machine: &Machine) -> Vec<ImageLine> {
    let Some(conf) = machine.conf_path() else { return Vec::new() };
    if machine.receipt.wrote(conf).is_some() {
        return machine.receipt.image.clone();
    }
    let Some(text) = machine.file(conf).found.text() else { return Vec::new() };
    let (read, unread) = match &machine.conf {
        Ok(whole) => (whole.clone(), None),
        Err(why) => (Conf::of_file(text, conf), Some(named("what cannot be read", why.clone()))),
    };
    let (mut lines, read) = match text.starts_with(HEADING) {
        true => (marked(text, read.directives()), added_lines(text, conf, read)),
        false => (unread.into_iter().collect(), read.into_directives()),
    };
    for (directive, role) in beyond_the_distribution(machine, &read) {
        // The receipt and the journal are for others, too.
        let line = match directive.is_closed {
            true => named("lines that not every user may read", shown(&directive.file)),
            false => image_line(directive, role),
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Whether the image's sources, or what they need, are in a file that not every user may read.
pub fn has_closed_sources(machine: &Machine) -> bool {
    let is_ours = machine.conf_path().is_none_or(|conf| machine.receipt.wrote(conf).is_some());
    let read = machine.conf.as_ref().map(Conf::directives).unwrap_or_default();
    let lines = beyond_the_distribution(machine, read);
    !is_ours && lines.iter().any(|(directive, role)| directive.is_closed && *role != LineRole::Other)
}

/// Why it is not known what the image's sources are; None where it is, and where an earlier run wrote chrony.conf.
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
    let role = |line: &ConfLine| if line.is_source() { LineRole::Source } else { LineRole::Needed };
    let is_marked = |directive: &&Directive| lines.contains(&directive.line);
    read.iter().filter(is_marked).map(|directive| image_line(directive, role(&directive.line))).collect()
}

/// The directives below the last one of the agent's text.
fn added_lines(text: &str, conf: &Path, read: Conf) -> Vec<Directive> {
    let last = text.lines().position(|line| line == "rtcsync").unwrap_or(usize::MAX - 1) + 1;
    let is_added = |directive: &Directive| directive.file == conf && directive.number > last;
    read.into_directives().into_iter().filter(is_added).collect()
}

fn beyond_the_distribution<'a>(machine: &Machine, read: &'a [Directive]) -> Vec<(&'a Directive, LineRole)> {
    let pristine = Conf::parse(machine.pristine_conf.as_deref().unwrap_or_default());
    let is_pristine = |line: &ConfLine| {
        pristine.directives().iter().any(|own| own.line == *line) || is_usual(&line.to_string())
    };
    let is_theirs = |line: &ConfLine| {
        is_pristine(line) || is_distributions(line.word(0)) || is_platforms(line, machine.identity.platform)
    };
    // What lies in /run is of this boot: DHCP's.
    let is_of_run = |directive: &Directive| {
        directive.file.starts_with("/run")
            || directive.line.name == "sourcedir" && directive.line.word(0).starts_with("/run")
    };
    let has_dhcp = read.iter().any(is_of_run);
    let selectable = read.iter().filter(|directive| directive.line.is_selectable_source()).count();
    let read: Vec<&Directive> = read.iter().filter(|directive| !directive.file.starts_with("/run")).collect();
    let is_source = |line: &ConfLine| {
        line.is_source()
            && !is_theirs(line)
            && is_plain(line)
            && (selectable == 1 || !is_host_clock(machine, line))
    };
    let sources: Vec<&ConfLine> =
        read.iter().map(|directive| &directive.line).filter(|line| is_source(line)).collect();
    let is_whole = !has_dhcp && read.iter().all(|one| !one.line.is_source() || is_source(&one.line));
    let role = |line: &ConfLine| match line.name.as_str() {
        _ if is_source(line) => Some(LineRole::Source),
        "minsources" if is_whole && !sources.is_empty() => Some(LineRole::Needed),
        name if is_needed(name, &sources) && is_plain(line) => Some(LineRole::Needed),
        name if WRITTEN_ANEW.contains(&name) => None,
        _ if line.is_source() => (!is_theirs(line)).then_some(LineRole::Other),
        _ => (!is_pristine(line)).then_some(LineRole::Other),
    };
    read.into_iter().filter_map(|directive| Some((directive, role(&directive.line)?))).collect()
}

/// Whether a line can be written anew: it is short enough for chronyd, and steers no terminal.
fn is_plain(line: &ConfLine) -> bool {
    let line = line.to_string();
    line.len() <= 512 && line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a line names a source of the platform's own, or one that another platform alone has.
fn is_platforms(line: &ConfLine, platform: Platform) -> bool {
    match line.device().and_then(Clock::linked_as) {
        Some(clock) => platform.row().has_clock(clock),
        None => is_clouds_own(line.word(0), platform),
    }
}

/// Whether a line names the clock of the hypervisor's host.
fn is_host_clock(machine: &Machine, line: &ConfLine) -> bool {
    let Some(device) = line.device() else { return false };
    let name = machine.devices.get(device).map(String::as_str).unwrap_or_default();
    Clock::linked_as(device).or_else(|| Clock::called(name)).is_some()
}

/// Whether these sources need a directive of this name: without it they do not authenticate themselves, do not get through
/// a firewall, or are not selected.
fn is_needed(name: &str, sources: &[&ConfLine]) -> bool {
    let has = |option: &str| sources.iter().any(|line| line.has_option(option));
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
