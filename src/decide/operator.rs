//! The operator's own lines: `[[source]]` and `[chrony] extra` in the configuration.

use std::path::Path;

use super::extra::refuses_plain;
use super::image::is_needed;
use super::line::Line;
use super::situation::is_untold_image;
use super::sources::Sources;
use crate::config::{Config, OwnSource, TimeScale};
use crate::machine::{Conf, ConfLine, Machine, Manager};
use crate::names::DRIFT;
use crate::platform::{Platform, Scale};
use crate::receipt::ImageLine;

/// The comment above the operator's sources.
const OWN: &str = "Your own: a [[source]] in the configuration of cloud-timesync.";

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

/// Tells whether the operator's sources replace all others, and are the same on every platform.
pub fn replace_all_everywhere(sources: &[OwnSource]) -> bool {
    sources.iter().all(|source| source.platforms.is_none()) && sources.iter().any(|source| !source.beside)
}

/// Adds the operator's sources.
pub fn add_operator_sources(
    machine: &Machine,
    config: &Config,
    lines: &mut Vec<Line>,
    refused: &mut Vec<String>,
) {
    for source in operator_sources(config, machine.identity.platform) {
        let refusal = chronyds_refusal(&source.line, machine);
        let gone = missing_device(source, machine);
        // The first boot sees the machine's clocks, and knows what the source stands next to.
        let waits = machine.manager == Manager::Image && (gone.is_some() || is_untold_image(machine));
        let objection = || {
            objection(source, lines, required_scale(config))
                .or_else(|| lacks_leap_table(source, lines, machine, config))
                .or_else(|| lacks_authentication(source, lines, config))
        };
        match refusal.clone().or(gone).or_else(objection) {
            None => lines.push(operator_line(source)),
            Some(_) if waits && refusal.is_none() => {}
            Some(why) => {
                refused.push(format!("the source {} of {} is left out: {why}", source.name(), source.place));
            }
        }
    }
}

/// Objection of chronyd's to a line of the operator's.
pub fn chronyds_refusal(line: &ConfLine, machine: &Machine) -> Option<String> {
    machine.refused_lines.get(&line.to_string()).map(|said| format!("chronyd refuses `{line}`: {said}"))
}

/// chronyd exits when the device of a refclock line is not there.
fn missing_device(source: &OwnSource, machine: &Machine) -> Option<String> {
    let device = source.line.device().filter(|device| !machine.has_device(device))?;
    Some(format!("{} is not there", device.display()))
}

/// chronyd exits when a refclock gives TAI and no table of leap seconds makes UTC of it.
fn lacks_leap_table(
    source: &OwnSource,
    lines: &[Line],
    machine: &Machine,
    config: &Config,
) -> Option<String> {
    let is_written = |line: &ConfLine| line.is_leap_table() && chronyds_refusal(line, machine).is_none();
    let has_table = lines.iter().any(|line| line.directive.is_leap_table())
        || source.scale != Scale::Smeared && config.chrony.extra.iter().any(is_written);
    (source.line.gives_tai() && !has_table)
        .then(|| "its option tai needs leapsectz or leapseclist in [chrony] extra".to_owned())
}

/// chronyd follows no plain server next to a line that requires authentication, unless the operator has another one.
fn lacks_authentication(source: &OwnSource, lines: &[Line], config: &Config) -> Option<String> {
    let is_required = lines.iter().any(|line| refuses_plain(&line.directive));
    let is_changed = config.chrony.extra.iter().any(|line| line.name == "authselectmode");
    (source.line.is_unauthenticated() && is_required && !is_changed)
        .then(|| "it has no key and no nts, and the image says authselectmode require".to_owned())
}

/// The scale of a source's time, which is UTC where a table makes it of TAI.
fn scale_of_source(source: &OwnSource) -> Scale {
    if source.scale == Scale::Unknown && source.line.gives_tai() { Scale::Utc } else { source.scale }
}

/// Reason why an operator's source cannot be written next to these lines.
fn objection(source: &OwnSource, lines: &[Line], required: Scale) -> Option<String> {
    let scale = scale_of_source(source);
    let says = scale.says();
    match required {
        Scale::Unknown => {
            let other = lines.iter().find(|line| line.scale.differs(scale))?;
            Some(format!("it {says}, and `{}` {}", other.directive, other.scale.says()))
        }
        _ if scale == required => None,
        _ => Some(format!("it {says}, and time_scale wants one that {}", required.says())),
    }
}

fn operator_line(source: &OwnSource) -> Line {
    Line {
        directive: source.line.clone(),
        scale: scale_of_source(source),
        says: OWN,
        page: "cloud-timesync.toml(5)",
    }
}

/// Directives by which chronyd knows whom to believe.
const OF_AUTHENTICATION: [&str; 8] = [
    "keyfile",
    "ntsdumpdir",
    "ntstrustedcerts",
    "nosystemcert",
    "nocerttimecheck",
    "ntsrefresh",
    "ntsaeads",
    "authselectmode",
];

/// Adds what the operator's sources with keys or NTS need, as the image has it. The image's own sources bring it.
pub fn add_needed_lines(machine: &Machine, config: &Config, image: &[ImageLine], sources: &mut Sources) {
    let Sources::Ours { lines, .. } = sources else { return };
    let own: Vec<ConfLine> =
        lines.iter().filter(|line| line.says == OWN).map(|line| line.directive.clone()).collect();
    let own: Vec<&ConfLine> = own.iter().collect();
    // Without a key or NTS a source would not be followed any more.
    let is_plain = |line: &ConfLine| line.is_source() && !line.has_option("key") && !line.has_option("nts");
    let is_mixed = lines.iter().any(|line| is_plain(&line.directive));
    for name in OF_AUTHENTICATION {
        let is_there = lines
            .iter()
            .map(|line| &line.directive)
            .chain(&config.chrony.extra)
            .any(|line| line.name == name);
        if is_there || !is_needed(name, &own) || is_mixed && name == "authselectmode" {
            continue;
        }
        let images =
            image.iter().filter_map(|line| ConfLine::parse(&line.directive)).filter(|line| line.name == name);
        let images: Vec<ConfLine> = images.collect();
        let usual = usual_line(machine, name).filter(|_| images.is_empty());
        lines.extend(images.into_iter().chain(usual).map(needed_line));
    }
}

fn needed_line(directive: ConfLine) -> Line {
    Line {
        directive,
        scale: Scale::Unknown,
        says: "What a source of yours with a key or NTS needs.",
        page: "chrony.conf(5)",
    }
}

/// The distribution's line of this name, for the files of keys and of cookies.
pub fn usual_line(machine: &Machine, name: &str) -> Option<ConfLine> {
    let pristine = Conf::parse(machine.pristine_conf.as_deref().unwrap_or_default());
    let guessed = || {
        let place = match name {
            // /etc/chrony/chrony.keys, /etc/chrony.keys
            "keyfile" => machine.conf_path()?.with_file_name("chrony.keys"),
            "ntsdumpdir" => Path::new(DRIFT).parent()?.to_owned(),
            _ => return None,
        };
        Some(ConfLine { name: name.to_owned(), words: vec![place.display().to_string()] })
    };
    pristine.last(name).cloned().or_else(guessed)
}
