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
    match lines.iter().any(Line::is_selectable_source) {
        true => lines,
        false if image.iter().any(|line| line.role == LineRole::Source) => Vec::new(),
        false => displaced_servers(machine, config),
    }
}

/// The image's lines that can stand in one configuration on this machine.
fn fitting_lines(image: &[ImageLine], machine: &Machine, config: &Config) -> Vec<Line> {
    let wanted = image.iter().filter(|line| matches!(line.role, LineRole::Source | LineRole::Needed));
    let parsed: Vec<ConfLine> = wanted.filter_map(|line| ConfLine::parse(&line.directive)).collect();
    let has_table = parsed.iter().any(ConfLine::is_leap_table);
    let mut lines: Vec<Line> = Vec::new();
    let (mut gives_tai, mut is_whole) = (false, true);
    for line in &parsed {
        let scale = scale_of_line(line);
        // chronyd exits when the device of a refclock line is not there, and when TAI has no table.
        let starts =
            line.device().is_none_or(|device| machine.has_device(device)) && (has_table || !line.gives_tai());
        if !starts || line.is_source() && !fits(scale, &lines, required_scale(config)) {
            is_whole = false;
            continue;
        }
        gives_tai |= line.gives_tai();
        if !lines.iter().any(|other| other.directive == line.to_string()) {
            lines.push(image_line(line.to_string(), scale));
        }
    }
    // A table must not stand next to sources that smear, and so many sources may not be left.
    lines.retain(|line| {
        (gives_tai || !line.is_leap_table()) && (is_whole || !line.directive.starts_with("minsources "))
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

/// What the daemons asked that chronyd takes the place of, the distribution's next to a site's own; none where chronyd could
/// follow none of a site's.
fn displaced_servers(machine: &Machine, config: &Config) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut is_site = false;
    for server in &machine.foreign_servers {
        let Some(options) = server.options.as_ref().filter(|_| !is_clouds(server, machine)) else { continue };
        let scale = scale_of(&server.name);
        if fits(scale, &lines, required_scale(config)) {
            let directive = if server.pool { "pool" } else { "server" };
            let line = image_line(format!("{directive} {} {options}", server.name), scale);
            is_site |= is_wanted(server, machine) && line.is_selectable_source();
            lines.push(line);
        }
    }
    lines.into_iter().filter(|_| is_site).collect()
}

/// Whether a displaced daemon was told to ask this server by somebody: it is not what every machine of the distribution, or
/// of a cloud, asks.
pub fn is_wanted(server: &ForeignServer, machine: &Machine) -> bool {
    !is_distributions(&server.name) && !is_clouds(server, machine)
}

fn is_clouds(server: &ForeignServer, machine: &Machine) -> bool {
    is_clouds_own(&server.name, machine.identity.platform)
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
    let is_lost = |line: &&ImageLine| {
        line.role != LineRole::Displaced && !text.lines().any(|written| is_same(written, &line.directive))
    };
    let is_source = |line: &&ImageLine| {
        line.role != LineRole::Other || ConfLine::parse(&line.directive).is_some_and(|line| line.is_source())
    };
    image.iter().filter(is_lost).partition(is_source)
}

fn is_same(written: &str, directive: &str) -> bool {
    ConfLine::parse(written) == ConfLine::parse(directive)
}
