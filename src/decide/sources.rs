//! Where chrony's sources come from: the operator's, the platform's, DHCP's, the distribution's.

use super::adopt;
use super::line::{Line, source_line};
use super::operator::{add_operator_sources, operator_sources, required_scale};
use super::ours::{IMAGE, names_a_missing_clock, our_chrony_conf};
use super::platform_sources::{is_worth_asking_again, platform_lines};
use super::situation::{Situation, is_untold_image, situation};
use crate::config::{ChronyConf, Config};
use crate::machine::{LiveUnit, Machine};
use crate::platform::Scale;

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

/// Chooses the sources. `adopted` are those of displaced daemons: they come before DHCP's where the
/// platform has none of its own.
pub fn choose(machine: &Machine, config: &Config, adopted: Vec<Line>) -> Choice {
    let sources = match situation(machine, config) {
        Situation::Known => return choose_ours(machine, config, adopted),
        Situation::PreparedInVain | Situation::ClockIsGone | Situation::OfNoPlatform => Sources::Distribution,
        Situation::BrokenConfiguration => as_they_are("the configuration cannot be read"),
        Situation::Kept { is_ours: false } => as_they_are("the configuration says chrony_conf = \"keep\""),
        Situation::Kept { is_ours: true } => as_they_are(
            "the configuration says chrony_conf = \"keep\"; its text is an earlier run's until cloud-timesync undo",
        ),
        Situation::ImageOfAPlatform => as_they_are(
            "an image does not tell its platform, and this is for the one that it was prepared for",
        ),
        Situation::Hinted => as_they_are("what DMI hints at is not confirmed"),
        Situation::Untold => as_they_are("nothing tells which platform this is"),
        Situation::NotAnsweredYet => as_they_are("the metadata service has not answered yet"),
    };
    Choice { sources, notes: Vec::new(), refused: Vec::new(), adopts: false, ask_again: false }
}

fn as_they_are(why: &str) -> Sources {
    Sources::AsTheyAre(why.to_owned())
}

/// The sources in a chrony.conf of ours.
fn choose_ours(machine: &Machine, config: &Config, adopted: Vec<Line>) -> Choice {
    let platform = machine.identity.platform;
    let (platforms, note) = platform_lines(machine, config);
    let (mut lines, mut notes, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut ask_again = false;
    if operator_sources(config, platform).all(|source| source.beside) {
        // Those of a displaced daemon are closer than the distribution's, and as unknown as DHCP's.
        let is_unscaled = required_scale(config) == Scale::Unknown;
        if !platform.row().has_own_sources() && is_unscaled && !adopted.is_empty() {
            lines.clone_from(&adopted);
        } else {
            lines.clone_from(&platforms);
            ask_again = is_worth_asking_again(machine);
        }
        notes.extend(note);
    }
    add_operator_sources(machine, config, &mut lines, &mut refused);
    refused.extend(adopt::join(&mut lines, adopted, required_scale(config)));
    if lines.is_empty() {
        // All of the operator's were refused.
        lines = platforms;
    }
    let watched = platform.row().watched.and_then(|source| source_line(source, machine));
    lines.extend(watched.filter(|line| !is_too_late(machine, &line.directive)));
    let written_for = if is_untold_image(machine) { IMAGE } else { platform.row().title };
    if is_untold_image(machine) {
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

/// A clock that is only looked at is not worth a restart of chronyd: one that comes late waits for the
/// next boot.
fn is_too_late(machine: &Machine, directive: &str) -> bool {
    let chronyd = machine.chrony.as_ref().and_then(|chrony| machine.live(&chrony.unit));
    let is_there = our_chrony_conf(machine).is_some_and(|text| text.lines().any(|line| line == directive));
    chronyd.is_some_and(LiveUnit::is_up) && !is_there
}

/// The same choice, unless it leaves or gives back a chrony.conf by which chronyd would not start: then what the machine's
/// platform gives, or any machine.
pub fn choose_what_starts(choice: Choice, machine: &Machine, config: &Config) -> Choice {
    let is_ours_unsound = || names_a_missing_clock(machine, our_chrony_conf(machine));
    let unsound = match &choice.sources {
        Sources::Ours { .. } => false,
        Sources::AsTheyAre(_) => config.chrony_conf != ChronyConf::Keep && is_ours_unsound(),
        // Where nothing was before, nothing is given back.
        Sources::Distribution => match &machine.original_conf {
            Some(original) => {
                our_chrony_conf(machine).is_some() && names_a_missing_clock(machine, Some(original))
            }
            None => is_ours_unsound(),
        },
    };
    if !unsound {
        return choice;
    }
    let ours = choose_ours(machine, config, Vec::new());
    Choice { ask_again: choice.ask_again || ours.ask_again, adopts: false, ..ours }
}

#[cfg(test)]
mod tests;
