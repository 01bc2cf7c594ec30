//! The servers of displaced daemons as sources, where the operator wants them to be.

use super::line::Line;
use crate::config::{Config, is_same_name};
use crate::machine::{ForeignServer, Machine};
use crate::platform::Scale;
use crate::rival::RIVALS;

/// A line for each of them.
pub fn lines(machine: &Machine, config: &Config) -> Vec<Line> {
    let adopted = machine.foreign_servers.iter().filter(|_| config.adopt_servers);
    adopted.map(line).collect()
}

fn line(server: &ForeignServer) -> Line {
    let directive = if server.pool { "pool" } else { "server" };
    let rival = RIVALS.iter().find(|rival| rival.name == server.daemon);
    Line {
        directive: format!("{directive} {} iburst", server.name),
        scale: Scale::Unknown,
        says: "Adopted from a daemon that cloud-timesync displaced. Its time scale is not known.",
        page: rival.and_then(|rival| rival.servers.as_ref()).map_or("", |file| file.path),
    }
}

/// Puts them beside the other lines, but for those that are there. Where a time scale is known or
/// wanted they are refused, since theirs is not known, and the reason is returned.
pub fn join(lines: &mut Vec<Line>, adopted: Vec<Line>, required: Scale) -> Option<String> {
    let there: Vec<String> = lines.iter().map(Line::named).collect();
    let adopted: Vec<Line> = adopted
        .into_iter()
        .filter(|line| !there.iter().any(|name| is_same_name(name, &line.named())))
        .collect();
    let smeared = lines.iter().any(|line| line.scale == Scale::Smeared);
    let why = match required {
        _ if adopted.is_empty() => return None,
        Scale::Unknown if smeared => "the sources here smear leap seconds, and whether these do is not known",
        Scale::Unknown => {
            lines.extend(adopted);
            return None;
        }
        _ => "time_scale wants sources of one scale, and theirs is not known",
    };
    let names: Vec<String> = adopted.iter().map(Line::named).collect();
    Some(format!("not adopted: {}: {why}", names.join(", ")))
}
