//! What the image's maker put into chronyd's configuration beyond the distribution's text.

use super::line::MARK;
use crate::error::shown;
use crate::machine::{ConfLine, Directive, Machine};
use crate::platform::{Clock, Platform, is_clouds_own, is_distributions, is_usual};
use crate::printable::printable;
use crate::receipt::{ImageLine, LineRole};

/// Directives that the agent's chrony.conf decides, or that read more files: those are in the list themselves.
const DECIDED: [&str; 8] =
    ["makestep", "maxsamples", "maxjitter", "driftfile", "rtcsync", "include", "confdir", "sourcedir"];

/// The image's own directives. Once a run has written chrony.conf they are those of its receipt. Where that is gone, the
/// agent's own text still has the sources.
pub fn image_lines(machine: &Machine) -> Vec<ImageLine> {
    let Some(conf) = machine.conf_path() else { return Vec::new() };
    if machine.receipt.wrote(conf).is_some() {
        return machine.receipt.image.clone();
    }
    let read = machine.conf.as_ref().map(|conf| conf.directives()).unwrap_or_default();
    match machine.file(conf).found.text() {
        Some(text) if text.starts_with(HEADING) => marked(text, read),
        _ => beyond_the_distribution(machine, read),
    }
}

/// How the agent's chrony.conf begins.
pub const HEADING: &str = "# Written by cloud-timesync for ";

/// The directives below the comment that the agent writes above the image's own.
fn marked(text: &str, read: &[Directive]) -> Vec<ImageLine> {
    let blocks = text.split("\n\n").filter(|block| block.contains(MARK));
    let lines: Vec<ConfLine> = blocks.flat_map(str::lines).filter_map(ConfLine::parse).collect();
    let role = |line: &ConfLine| if line.is_source() { LineRole::Source } else { LineRole::Needed };
    let is_marked = |directive: &&Directive| lines.contains(&directive.line);
    read.iter().filter(is_marked).map(|directive| image_line(directive, role(&directive.line))).collect()
}

fn image_line(directive: &Directive, role: LineRole) -> ImageLine {
    ImageLine { directive: printable(&directive.line.to_string(), &[]), place: directive.place(), role }
}

fn beyond_the_distribution(machine: &Machine, read: &[Directive]) -> Vec<ImageLine> {
    let pristine = machine.pristine_conf.as_deref().unwrap_or_default();
    let pristine: Vec<ConfLine> = pristine.lines().filter_map(ConfLine::parse).collect();
    let is_pristine = |line: &ConfLine| pristine.contains(line) || is_usual(&line.to_string());
    // What lies in /run is of this boot: DHCP's.
    let read: Vec<&Directive> = read.iter().filter(|directive| !directive.file.starts_with("/run")).collect();
    let selectable = read.iter().filter(|one| one.line.is_selectable_source()).count();
    let is_theirs = |line: &ConfLine| {
        is_pristine(line) || is_distributions(line.word(0)) || is_platforms(line, machine.identity.platform)
    };
    let is_source = |line: &ConfLine| line.is_source() && (!is_host_clock(machine, line) || selectable == 1);
    let sources: Vec<&ConfLine> = read
        .iter()
        .map(|one| &one.line)
        .filter(|line| is_source(line) && !is_theirs(line) && is_plain(line))
        .collect();
    let mut lines: Vec<ImageLine> = Vec::new();
    for directive in read {
        let line = &directive.line;
        let role = if sources.contains(&line) {
            LineRole::Source
        } else if is_needed(&line.name, &sources) && is_plain(line) {
            LineRole::Needed
        } else if DECIDED.contains(&line.name.as_str())
            || if line.is_source() { is_theirs(line) } else { is_pristine(line) }
        {
            continue;
        } else {
            LineRole::Other
        };
        let line = match directive.is_closed {
            true => closed(directive),
            false => image_line(directive, role),
        };
        if !lines.iter().any(|other| other.directive == line.directive && other.place == line.place) {
            lines.push(line);
        }
    }
    lines
}

/// Whether a line can be written anew: it is short enough for chronyd, and steers no terminal.
fn is_plain(line: &ConfLine) -> bool {
    let line = line.to_string();
    line.len() <= 512 && line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A file is named whose text is not for everybody: the receipt and the journal are.
fn closed(directive: &Directive) -> ImageLine {
    ImageLine {
        directive: "lines that not every user may read".to_owned(),
        place: shown(&directive.file),
        role: LineRole::Other,
    }
}

/// Whether a source of the image's is in a file that not every user may read.
pub fn has_closed_sources(machine: &Machine) -> bool {
    let is_ours = machine.conf_path().is_none_or(|conf| machine.receipt.wrote(conf).is_some());
    let read = machine.conf.as_ref().map(|conf| conf.directives()).unwrap_or_default();
    let is_one = |one: &Directive| {
        one.is_closed
            && one.line.is_source()
            && !is_distributions(one.line.word(0))
            && !is_platforms(&one.line, machine.identity.platform)
    };
    !is_ours && read.iter().any(is_one)
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
        "authselectmode" => has("key") || has("nts"),
        "acquisitionport" | "bindacqaddress" | "bindacqdevice" | "dscp" | "maxdistance" | "minsources" => {
            !sources.is_empty()
        }
        _ => false,
    }
}
