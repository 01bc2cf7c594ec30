//! Whether the chrony.conf of an earlier pass does for the machine that it is on now.

use std::path::Path;

use super::given::{is_as_prepared, ours};
use super::{Choice, Sources, written};
use crate::config::{ChronyConf, Config};
use crate::machine::{Conf, ConfLine, Identity, Machine, Manager};
use crate::platform::{ROWS, Strength};

/// It is an image's or for another platform, whose time source may not even be reached.
pub fn is_elsewhere(machine: &Machine) -> bool {
    let Identity { platform, strength, .. } = machine.identity;
    let is_told = matches!(strength, Some(Strength::Strong | Strength::Told)) && platform.is_known();
    // A receipt of 0.1.0 does not say it.
    let written_for = machine.receipt.written_for.as_deref().filter(|_| ours(machine).is_some());
    let is_anothers = |title| {
        ROWS.iter().any(|row| row.platform.is_known() && row.platform != platform && row.title == title)
    };
    is_told && (is_as_prepared(machine) || written_for.is_some_and(is_anothers))
}

/// chronyd would not start by this chrony.conf. In an image no clock can be seen.
pub fn names_a_missing_clock(machine: &Machine, conf: Option<&str>) -> bool {
    let is_there =
        |line: &ConfLine| machine.clocks.iter().any(|clock| clock.device == Path::new(line.word(1)));
    let conf = conf.map(Conf::parse).unwrap_or_default();
    machine.manager != Manager::Image
        && conf.sources().iter().any(|line| line.name == "refclock" && !is_there(line))
}

/// The same choice, unless it leaves or gives back a chrony.conf by which chronyd would not start: then what the machine's
/// platform gives, or any machine.
pub fn that_starts(choice: Choice, machine: &Machine, config: &Config) -> Choice {
    let is_ours_unsound = || names_a_missing_clock(machine, ours(machine));
    let unsound = match &choice.sources {
        Sources::Ours { .. } => false,
        Sources::AsTheyAre(_) => config.chrony_conf != ChronyConf::Keep && is_ours_unsound(),
        // Where nothing was before, nothing is given back.
        Sources::Distribution => match &machine.original_conf {
            Some(original) => ours(machine).is_some() && names_a_missing_clock(machine, Some(original)),
            None => is_ours_unsound(),
        },
    };
    if !unsound {
        return choice;
    }
    let written = written(machine, config, Vec::new());
    Choice { ask_again: choice.ask_again || written.ask_again, adopts: false, ..written }
}
