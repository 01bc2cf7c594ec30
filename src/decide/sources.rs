//! Where chrony's sources come from: the operator's, the platform's, DHCP's, the distribution's.

mod given;
mod sound;

use super::{adopt, is_only_gates};
use crate::config::{ChronyConf, Config, OwnSource, TimeScale};
use crate::machine::{ConfLine, LiveUnit, Machine, Manager};
use crate::platform::{Platform, Scale, Strength};

use given::{given, is_as_prepared, is_worth_asking_again, line, lines as lines_of, ours};
pub use given::{minds_addresses, wanted_clock};
pub use sound::that_starts;
use sound::{is_elsewhere, names_a_missing_clock};

/// In place of a platform's name, where there is none yet.
const IMAGE: &str = "an image, until its first boot tells the platform";

const WAITS: &str = "an image does not tell its platform: chrony.conf waits for the first boot, and names what is right \
                     everywhere";

/// Where chrony's sources come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// These lines, in this order, in a chrony.conf of ours; `written_for` is the platform's name, or what else this machine
    /// is to its chrony.conf: an image, a client of the cluster.
    Ours { written_for: &'static str, lines: Vec<Line> },
    /// The distribution's: a chrony.conf that the agent wrote elsewhere is given back.
    Distribution,
    /// Nothing is touched, for this reason.
    AsTheyAre(String),
}

/// A line of chrony.conf that names a source, or a directory of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub directive: String,
    pub scale: Scale,
    pub says: &'static str,
    pub page: &'static str,
}

impl Line {
    /// What the directive names: a server, a pool, a kind of clock.
    pub fn named(&self) -> String {
        ConfLine::parse(&self.directive).map(|line| line.word(0).to_owned()).unwrap_or_default()
    }
}

/// The sources, and what is to be said of them.
#[derive(Clone, Debug)]
pub struct Choice {
    pub sources: Sources,
    /// What is not there that was asked for.
    pub notes: Vec<String>,
    /// What the operator asked for and does not get, because it would make the clock wrong.
    pub refused: Vec<String>,
    /// The servers of displaced daemons are among them, or refused.
    pub adopts: bool,
    /// It may be another choice when the machine has its addresses, or its name.
    pub ask_again: bool,
}

/// The scale that the operator wants of every source; unknown where the platform's own is right.
pub fn required(config: &Config) -> Scale {
    match config.time_scale {
        TimeScale::Platform => Scale::Unknown,
        TimeScale::Smeared => Scale::Smeared,
        TimeScale::Utc => Scale::Utc,
    }
}

/// Chooses the sources. `adopted` are those of displaced daemons: they come before DHCP's where the
/// platform has none of its own.
pub fn choose(machine: &Machine, config: &Config, adopted: Vec<Line>) -> Choice {
    let sources = match without_a_choice(machine, config) {
        Some(sources) => sources,
        None => return written(machine, config, adopted),
    };
    Choice { sources, notes: Vec::new(), refused: Vec::new(), adopts: false, ask_again: false }
}

fn without_a_choice(machine: &Machine, config: &Config) -> Option<Sources> {
    let identity = &machine.identity;
    let is_image = machine.manager == Manager::Image;
    if is_only_gates(machine, config)
        && !is_elsewhere(machine)
        && !names_a_missing_clock(machine, ours(machine))
    {
        return as_they_are("the configuration cannot be read");
    }
    if config.chrony_conf == ChronyConf::Keep {
        return as_they_are(match ours(machine) {
            None => "the configuration says chrony_conf = \"keep\"",
            Some(_) => {
                "the configuration says chrony_conf = \"keep\"; its text is an earlier run's until cloud-timesync undo"
            }
        });
    }
    match identity.strength {
        // Sources that replace all others on every platform need no platform.
        Some(Strength::Weak) | None if is_the_same_everywhere(&config.sources) => None,
        None if is_image && ours(machine).is_some() && !is_as_prepared(machine) => as_they_are(
            "an image does not tell its platform, and this is for the one that it was prepared for",
        ),
        // What is right everywhere: the first boot then changes chrony.conf and nothing else.
        None if is_image => None,
        // Nothing more is going to tell: it is as if nobody had prepared the image.
        Some(Strength::Weak) | None if is_as_prepared(machine) && !identity.ask_again => {
            Some(Sources::Distribution)
        }
        // The image of another machine.
        Some(Strength::Weak) | None if names_a_missing_clock(machine, ours(machine)) => {
            Some(Sources::Distribution)
        }
        // Doubt changes nothing: a machine that was right before stays right.
        Some(Strength::Weak) => as_they_are("what DMI hints at is not confirmed"),
        None => as_they_are("nothing tells which platform this is"),
        Some(Strength::Strong | Strength::Told) => {
            let asked = own(config, identity.platform).next().is_some() || required(config) != Scale::Unknown;
            if identity.platform.is_known() || asked {
                None
            } else if identity.ask_again {
                as_they_are("the metadata service has not answered yet")
            } else {
                Some(Sources::Distribution)
            }
        }
    }
}

fn as_they_are(why: &str) -> Option<Sources> {
    Some(Sources::AsTheyAre(why.to_owned()))
}

fn is_the_same_everywhere(sources: &[OwnSource]) -> bool {
    sources.iter().all(|source| source.platforms.is_empty()) && sources.iter().any(|source| !source.beside)
}

fn own(config: &Config, platform: Platform) -> impl Iterator<Item = &OwnSource> {
    config.sources.iter().filter(move |source| source.is_for(platform))
}

fn written(machine: &Machine, config: &Config, adopted: Vec<Line>) -> Choice {
    let platform = machine.identity.platform;
    let (mut lines, mut notes, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut ask_again = false;
    if own(config, platform).all(|source| source.beside) {
        let (sources, note) = given(machine, config);
        // Those of a displaced daemon are closer than the distribution's, and as unknown as DHCP's.
        if !platform.row().has_own_sources() && required(config) == Scale::Unknown && !adopted.is_empty() {
            lines.clone_from(&adopted);
        } else {
            lines.extend(sources.iter().flat_map(|source| lines_of(source, machine, config)));
            ask_again = is_worth_asking_again(machine);
        }
        notes.extend(note);
    }
    add_own(machine, config, &mut lines, &mut refused);
    refused.extend(adopt::join(&mut lines, adopted, required(config)));
    if lines.is_empty() {
        // All of the operator's were refused.
        lines.extend(given(machine, config).0.iter().flat_map(|source| lines_of(source, machine, config)));
    }
    let watched = platform.row().watched.and_then(|source| line(source, machine));
    lines.extend(watched.filter(|line| !is_too_late(machine, &line.directive)));
    let is_open = machine.manager == Manager::Image && machine.identity.strength.is_none();
    let written_for = if is_open { IMAGE } else { platform.row().title };
    if is_open {
        notes.push(WAITS.to_owned());
    }
    Choice {
        sources: Sources::Ours { written_for, lines },
        notes,
        refused,
        adopts: config.adopt_servers,
        ask_again,
    }
}

/// Adds the operator's sources, and the file of their keys.
pub fn add_own(machine: &Machine, config: &Config, lines: &mut Vec<Line>, refused: &mut Vec<String>) {
    let mut keyed = false;
    for source in own(config, machine.identity.platform) {
        match refusal(source, machine).or_else(|| objection(source, lines, required(config))) {
            None => {
                keyed |= source.options.names_a_key();
                lines.push(own_line(source));
            }
            Some(why) => refused.push(format!("the source {} is left out: {why}", source.place)),
        }
    }
    lines.extend(key_file(machine).filter(|_| keyed));
}

/// A clock that is only looked at is not worth a restart of chronyd: one that comes late waits for the
/// next boot.
fn is_too_late(machine: &Machine, directive: &str) -> bool {
    let chronyd = machine.chrony.as_ref().and_then(|chrony| machine.live(&chrony.unit));
    let is_there = ours(machine).is_some_and(|text| text.lines().any(|line| line == directive));
    chronyd.is_some_and(LiveUnit::is_up) && !is_there
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

fn own_line(source: &OwnSource) -> Line {
    Line {
        directive: source.to_string(),
        scale: source.scale,
        says: "Your own: a [[source]] in the configuration of cloud-timesync.",
        page: "cloud-timesync.toml(5)",
    }
}

/// The distribution's, beside its chrony.conf: /etc/chrony/chrony.keys, /etc/chrony.keys.
fn key_file(machine: &Machine) -> Option<Line> {
    let path = machine.chrony.as_ref()?.conf.with_file_name("chrony.keys");
    Some(Line {
        directive: format!("keyfile {}", path.display()),
        scale: Scale::Unknown,
        says: "The keys that a source of yours names.",
        page: "chrony.conf(5)",
    })
}

#[cfg(test)]
mod tests;
