//! Origins of chrony's sources: the operator's, the platform's, the image's own, DHCP's, the distribution's.

use super::image::{has_closed_sources, unread_rest};
use super::image_sources::image_sources;
use super::line::{Line, source_line};
use super::operator::{add_operator_sources, operator_sources};
use super::ours::{IMAGE, names_a_missing_clock, our_chrony_conf};
use super::platform_sources::{is_worth_asking_again, platform_lines};
use super::situation::{is_untold_image, unchosen};
use crate::config::{ChronyConf, Config};
use crate::machine::{Conf, ConfLine, LiveUnit, Machine};
use crate::receipt::ImageLine;

const WAITS: &str = "an image does not tell its platform: chrony.conf waits for the first boot, and names what is right \
                     everywhere";

/// Origin of chrony's sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// Lines, in this order, in a chrony.conf of ours; `written_for` is the platform's name, or what else this machine
    /// is to its chrony.conf: an image, a client of the cluster.
    Ours { written_for: &'static str, lines: Vec<Line> },
    /// The distribution's: a chrony.conf that the agent wrote elsewhere is given back.
    Distribution,
    /// Nothing is touched, for this reason.
    AsTheyAre(String),
}

impl Sources {
    /// The lines of a chrony.conf of ours; none of another.
    pub fn lines(&self) -> &[Line] {
        match self {
            Sources::Ours { lines, .. } => lines,
            Sources::Distribution | Sources::AsTheyAre(_) => &[],
        }
    }

    /// Parses what chronyd reads of these lines.
    pub fn conf(&self) -> Conf {
        Conf::parse(&self.lines().iter().map(|line| format!("{}\n", line.directive)).collect::<String>())
    }
}

/// The sources, and what is to be said of them.
#[derive(Clone, Debug)]
pub struct Choice {
    pub sources: Sources,
    /// Things asked for that are not there.
    pub notes: Vec<String>,
    /// Things that the operator asked for and does not get, because it would make the clock wrong.
    pub refused: Vec<String>,
    /// Reason why chrony.conf is not written although it should be.
    pub blocked: Option<String>,
    /// Choice may change when the machine has its addresses, or its name.
    pub ask_again: bool,
}

/// Chooses the sources; `image` are the image's own directives.
pub fn choose(machine: &Machine, config: &Config, image: &[ImageLine]) -> Choice {
    unchosen(machine, config).map_or_else(|| choose_ours(machine, config, image), choice_of)
}

fn untouched(why: &str) -> Choice {
    choice_of(Sources::AsTheyAre(why.to_owned()))
}

/// A choice of which nothing is to be said.
pub fn choice_of(sources: Sources) -> Choice {
    Choice { sources, notes: Vec::new(), refused: Vec::new(), blocked: None, ask_again: false }
}

/// The sources in a chrony.conf of ours: the operator's, else the platform's own; where it has none the image's, and then DHCP's
/// and the distribution's.
fn choose_ours(machine: &Machine, config: &Config, image: &[ImageLine]) -> Choice {
    let row = machine.identity.platform.row();
    let (mut lines, mut refused, mut notes, mut ask_again) = (Vec::new(), Vec::new(), Vec::new(), false);
    if operator_sources(config, row.platform).any(|source| !source.beside) {
        add_operator_sources(machine, config, &mut lines, &mut refused);
    }
    // All that chronyd could follow of the operator's may have been refused.
    if !lines.iter().any(|line| line.directive.is_selectable_source()) {
        if !row.has_own_sources() && has_closed_sources(machine) {
            return untouched("it has the image's own time sources, and not every user may read it");
        }
        if let Some(why) = unread_rest(machine).filter(|_| !row.has_own_sources()) {
            return Choice { blocked: Some(why.clone()), ..untouched(&why) };
        }
        lines = if row.has_own_sources() { Vec::new() } else { image_sources(image, machine, config) };
        if lines.is_empty() {
            let (platforms, note) = platform_lines(machine, config);
            lines = platforms;
            notes.extend(note);
            ask_again = is_worth_asking_again(machine);
        }
        refused.clear();
        add_operator_sources(machine, config, &mut lines, &mut refused);
    }
    let mut written_for = row.title;
    if is_untold_image(machine) {
        written_for = IMAGE;
        notes.push(WAITS.to_owned());
    }
    let sources = Sources::Ours { written_for, lines: with_watched(lines, machine) };
    Choice { sources, notes, refused, blocked: None, ask_again }
}

/// Adds the clock of the hypervisor's host, to be compared with, where it is no source itself.
fn with_watched(mut lines: Vec<Line>, machine: &Machine) -> Vec<Line> {
    let watched = machine.identity.platform.row().watched.and_then(|source| source_line(source, machine));
    let is_new = |line: &Line| !lines.iter().any(|other| other.directive.device() == line.directive.device());
    let watched = watched.filter(|line| is_new(line) && !is_too_late(machine, &line.directive));
    lines.extend(watched);
    lines
}

/// A clock that is only looked at is not worth a restart of chronyd: one that comes late waits for the
/// next boot.
fn is_too_late(machine: &Machine, directive: &ConfLine) -> bool {
    let chronyd = machine.chrony.as_ref().and_then(|chrony| machine.live(&chrony.unit));
    let is_there =
        our_chrony_conf(machine).is_some_and(|text| Conf::parse(text).lines().any(|line| line == directive));
    chronyd.is_some_and(LiveUnit::is_up) && !is_there
}

/// The same choice, unless it leaves or gives back a chrony.conf by which chronyd would not start: then what the machine's
/// platform gives, or any machine.
pub fn choose_what_starts(choice: Choice, machine: &Machine, config: &Config, image: &[ImageLine]) -> Choice {
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
    let ours = choose_ours(machine, config, image);
    Choice { ask_again: choice.ask_again || ours.ask_again, ..ours }
}

#[cfg(test)]
mod tests;
