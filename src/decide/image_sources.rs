//! The image's own sources as lines of chrony.conf: they rank after the platform's own service and before DHCP's.

use super::line::{Line, MARK};
use super::operator::required_scale;
use crate::config::Config;
use crate::machine::{ConfLine, ForeignServer, Machine};
use crate::platform::{Scale, is_clouds_own, is_distributions, scale_of};
use crate::receipt::{ImageLine, LineRole};

/// The lines, with what they need; none where chronyd could follow none of them.
pub fn image_sources(image: &[ImageLine], machine: &Machine, config: &Config) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in image.iter().filter(|line| line.role != LineRole::Other) {
        let Some(parsed) = ConfLine::parse(&line.directive) else { continue };
        let scale = if parsed.is_source() { scale_of(parsed.word(0)) } else { Scale::Unknown };
        // chronyd exits when the device of a refclock line is not there.
        let is_there = parsed.device().is_none_or(|device| machine.has_device(device));
        let fits = !parsed.is_source() || fits(scale, &lines, required_scale(config));
        let is_new = !lines.iter().any(|other| other.directive == line.directive);
        if is_there && fits && is_new {
            lines.push(image_line(line.directive.clone(), scale));
        }
    }
    let is_selectable =
        |line: &Line| ConfLine::parse(&line.directive).is_some_and(|line| line.is_selectable_source());
    match lines.iter().any(is_selectable) {
        true => lines,
        false if image.iter().any(|line| line.role == LineRole::Source) => Vec::new(),
        false => displaced_servers(machine, config),
    }
}

/// What the daemons asked that chronyd takes the place of.
fn displaced_servers(machine: &Machine, config: &Config) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for server in machine.foreign_servers.iter().filter(|server| is_wanted(server, machine)) {
        let scale = scale_of(&server.name);
        if fits(scale, &lines, required_scale(config)) {
            let directive = if server.pool { "pool" } else { "server" };
            lines.push(image_line(format!("{directive} {} iburst", server.name), scale));
        }
    }
    lines
}

/// Whether a displaced daemon was told to ask this server by somebody: it is not what every machine of the distribution, or
/// of a cloud, asks.
pub fn is_wanted(server: &ForeignServer, machine: &Machine) -> bool {
    !is_distributions(&server.name) && !is_clouds_own(&server.name, machine.identity.platform)
}

/// Whether a source can stand next to these lines, and is of the scale that every source must have.
fn fits(scale: Scale, lines: &[Line], required: Scale) -> bool {
    match required {
        Scale::Unknown => !lines.iter().any(|line| line.scale.differs(scale)),
        _ => scale == required,
    }
}

fn image_line(directive: String, scale: Scale) -> Line {
    Line { directive, scale, says: MARK, page: "cloud-timesync.toml(5), TIME SOURCES" }
}

/// The image's lines that this text has not: what chronyd is not told any more.
pub fn lost_lines<'a>(image: &'a [ImageLine], text: &str) -> (Vec<&'a ImageLine>, Vec<&'a ImageLine>) {
    let is_lost = |line: &&ImageLine| !text.lines().any(|written| is_same(written, &line.directive));
    let is_source = |line: &&ImageLine| {
        line.role != LineRole::Other || ConfLine::parse(&line.directive).is_some_and(|line| line.is_source())
    };
    image.iter().filter(is_lost).partition(is_source)
}

fn is_same(written: &str, directive: &str) -> bool {
    ConfLine::parse(written) == ConfLine::parse(directive)
}
