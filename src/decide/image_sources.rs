//! The image's own sources as lines of chrony.conf: they rank after the platform's own service and before DHCP's.

use super::line::{Line, MARK};
use super::operator::required_scale;
use crate::config::Config;
use crate::machine::{ConfLine, ForeignServer, Machine};
use crate::platform::{Scale, is_clouds_own, is_distributions, scale_of};
use crate::receipt::{ImageLine, LineRole};

/// The lines, with what they need; none where chronyd could follow none of them.
pub fn image_sources(image: &[ImageLine], machine: &Machine, config: &Config) -> Vec<Line> {
    let lines = fitting_lines(image, machine, config);
    let may_be_followed = |line: &ConfLine| line.is_selectable_source() || line.is_directory();
    let is_enough =
        lines.iter().any(|(line, role)| *role == LineRole::Source && may_be_followed(&line.directive));
    match is_enough {
        true => lines.into_iter().map(|(line, _)| line).collect(),
        false if image.iter().any(|line| line.role == LineRole::Source) => Vec::new(),
        false => displaced_servers(machine, config),
    }
}

/// The image's lines that can stand in one configuration on this machine: its own sources first, for what they cannot stand next
/// to is left out.
fn fitting_lines(image: &[ImageLine], machine: &Machine, config: &Config) -> Vec<(Line, LineRole)> {
    let of_roles = |roles: &'static [LineRole]| {
        let lines = image.iter().filter(|line| roles.contains(&line.role));
        lines.filter_map(|line| Some((ConfLine::parse(&line.directive)?, line.role)))
    };
    let own = of_roles(&[LineRole::Source, LineRole::Needed]);
    let parsed: Vec<(ConfLine, LineRole)> = own.chain(of_roles(&[LineRole::Fallback])).collect();
    let has_table = parsed.iter().any(|(line, _)| line.is_leap_table());
    let mut lines: Vec<(Line, LineRole)> = Vec::new();
    let (mut gives_tai, mut is_whole) = (false, true);
    for (line, role) in parsed {
        let scale = scale_of_line(&line);
        // chronyd exits when the device of a refclock line is not there, and when TAI has no table.
        let starts =
            line.device().is_none_or(|device| machine.has_device(device)) && (has_table || !line.gives_tai());
        let is_source = role != LineRole::Needed;
        if !starts || is_source && !fits(scale, lines.iter().map(|(line, _)| line), required_scale(config)) {
            is_whole = false;
            continue;
        }
        gives_tai |= line.gives_tai();
        if !lines.iter().any(|(other, _)| other.directive == line) {
            lines.push((image_line(line, scale), role));
        }
    }
    // A table must not stand next to sources that smear, and so many sources may not be left.
    lines.retain(|(Line { directive, .. }, _)| {
        (gives_tai || !directive.is_leap_table()) && (is_whole || directive.name != "minsources")
    });
    lines
}

/// The scale of a line that names a source: chronyd makes UTC of TAI.
fn scale_of_line(line: &ConfLine) -> Scale {
    match line.is_source() {
        true if line.gives_tai() => Scale::Utc,
        true => scale_of(line.word(0)),
        false => Scale::Unknown,
    }
}

/// Servers that the daemons asked that chronyd replaces, the distribution's next to a site's own; none where chronyd could
/// follow none of a site's.
fn displaced_servers(machine: &Machine, config: &Config) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut is_site = false;
    for server in &machine.foreign_servers {
        let Some(options) = server.options.as_ref().filter(|_| !is_clouds(server, machine)) else { continue };
        let scale = scale_of(&server.name);
        if fits(scale, lines.iter(), required_scale(config)) {
            let directive = if server.pool { "pool" } else { "server" };
            let line = ConfLine::from(format!("{directive} {} {options}", server.name).as_str());
            is_site |= is_wanted(server, machine) && line.is_selectable_source();
            lines.push(image_line(line, scale));
        }
    }
    lines.into_iter().filter(|_| is_site).collect()
}

/// Tells whether a displaced daemon was told to ask this server by somebody: it is not what every machine of the
/// distribution, or of a cloud, asks.
pub fn is_wanted(server: &ForeignServer, machine: &Machine) -> bool {
    !is_distributions(&server.name) && !is_clouds(server, machine)
}

fn is_clouds(server: &ForeignServer, machine: &Machine) -> bool {
    is_clouds_own(&server.name, machine.identity.platform)
}

/// Tells whether a source can stand next to these lines, and is of the scale that every source must have.
fn fits<'l>(scale: Scale, mut lines: impl Iterator<Item = &'l Line>, required: Scale) -> bool {
    match required {
        Scale::Unknown => !lines.any(|line| line.scale.differs(scale)),
        _ => scale == required,
    }
}

fn image_line(directive: ConfLine, scale: Scale) -> Line {
    Line { directive, scale, says: MARK, page: "cloud-timesync.toml(5), TIME SOURCES" }
}

/// The image's lines that this text has not: what chronyd is not told any more. Sources that stood behind the image's own go with them.
pub fn lost_lines<'a>(image: &'a [ImageLine], text: &str) -> (Vec<&'a ImageLine>, Vec<&'a ImageLine>) {
    let is_there = |line: &ImageLine| text.lines().any(|written| is_same(written, &line.directive));
    let has_images = image.iter().any(|line| line.role == LineRole::Source && is_there(line));
    let is_lost = |line: &&ImageLine| match line.role {
        LineRole::Displaced => false,
        LineRole::Fallback => has_images && !is_there(line),
        LineRole::Source | LineRole::Needed | LineRole::Other => !is_there(line),
    };
    let is_source = |line: &&ImageLine| {
        line.role != LineRole::Other || ConfLine::parse(&line.directive).is_some_and(|line| line.is_source())
    };
    image.iter().filter(is_lost).partition(is_source)
}

fn is_same(written: &str, directive: &str) -> bool {
    ConfLine::parse(written) == ConfLine::parse(directive)
}
