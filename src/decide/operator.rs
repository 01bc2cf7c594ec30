//! The operator's sources: `[[source]]` in the configuration.

use super::line::Line;
use crate::config::{Config, OwnSource, TimeScale};
use crate::machine::Machine;
use crate::platform::{Platform, Scale};

/// The scale that the operator wants of every source; unknown where the platform's own is right.
pub fn required_scale(config: &Config) -> Scale {
    match config.time_scale {
        TimeScale::Platform => Scale::Unknown,
        TimeScale::Smeared => Scale::Smeared,
        TimeScale::Utc => Scale::Utc,
    }
}

/// The operator's sources for this platform.
pub fn operator_sources(config: &Config, platform: Platform) -> impl Iterator<Item = &OwnSource> {
    config.sources.iter().filter(move |source| source.is_for(platform))
}

/// Whether the operator's sources replace all others, and are the same on every platform.
pub fn replace_all_everywhere(sources: &[OwnSource]) -> bool {
    sources.iter().all(|source| source.platforms.is_empty()) && sources.iter().any(|source| !source.beside)
}

/// Adds the operator's sources, and the file of their keys.
pub fn add_operator_sources(
    machine: &Machine,
    config: &Config,
    lines: &mut Vec<Line>,
    refused: &mut Vec<String>,
) {
    let mut keyed = false;
    for source in operator_sources(config, machine.identity.platform) {
        match refusal(source, machine).or_else(|| objection(source, lines, required_scale(config))) {
            None => {
                keyed |= source.options.names_a_key();
                lines.push(operator_line(source));
            }
            Some(why) => refused.push(format!("the source {} is left out: {why}", source.place)),
        }
    }
    lines.extend(key_file(machine).filter(|_| keyed));
}

/// What chronyd has against an operator's source.
fn refusal(source: &OwnSource, machine: &Machine) -> Option<String> {
    let said = machine.refused_sources.get(&source.to_string())?;
    Some(format!("chronyd refuses `{source}` of {}: {said}", source.file.display()))
}

/// Why an operator's source cannot be written next to these lines.
fn objection(source: &OwnSource, lines: &[Line], required: Scale) -> Option<String> {
    let says = source.scale.says();
    match required {
        Scale::Unknown => {
            let other = lines.iter().find(|line| line.scale.differs(source.scale))?;
            Some(format!("it {says}, and `{}` {}", other.directive, other.scale.says()))
        }
        _ if source.scale == required => None,
        _ => Some(format!("it {says}, and time_scale wants one that {}", required.says())),
    }
}

fn operator_line(source: &OwnSource) -> Line {
    Line {
        directive: source.to_string(),
        scale: source.scale,
        says: "Your own: a [[source]] in the configuration of cloud-timesync.",
        page: "cloud-timesync.toml(5)",
    }
}

/// The distribution's, beside its chrony.conf: /etc/chrony/chrony.keys, /etc/chrony.keys.
fn key_file(machine: &Machine) -> Option<Line> {
    let path = machine.conf_path()?.with_file_name("chrony.keys");
    Some(Line {
        directive: format!("keyfile {}", path.display()),
        scale: Scale::Unknown,
        says: "The keys that a source of yours names.",
        page: "chrony.conf(5)",
    })
}
