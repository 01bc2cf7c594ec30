//! Knowledge of a machine before sources are chosen for it.

use super::operator::{operator_sources, replace_all_everywhere, required_scale};
use super::ours::{is_of_another_platform, is_of_any_image, names_a_missing_clock, our_chrony_conf};
use super::sources::Sources;
use crate::config::{ChronyConf, Config};
use crate::machine::{Earlier, Machine, Manager};
use crate::platform::{Scale, Strength};

/// Decides what is done where sources are not chosen anew; None where enough is known to choose them.
pub fn unchosen(machine: &Machine, config: &Config) -> Option<Sources> {
    let ours = our_chrony_conf(machine);
    // On the machine of the earlier run another platform is what the lost configuration has named.
    let is_elsewhere = machine.earlier != Earlier::Here && is_of_another_platform(machine);
    let does = || !is_elsewhere && !names_a_missing_clock(machine, ours);
    if is_only_gates(machine, config) && does() {
        return as_they_are("the configuration cannot be read");
    }
    if config.chrony_conf == ChronyConf::Keep {
        return as_they_are(match ours {
            None => "the configuration says chrony_conf = \"keep\"",
            Some(_) => {
                "the configuration says chrony_conf = \"keep\"; its text is an earlier run's until cloud-timesync undo"
            }
        });
    }
    match machine.identity.strength {
        Some(Strength::Strong | Strength::Told) => of_a_named_machine(machine, config),
        Some(Strength::Weak) | None => in_doubt(machine, config),
    }
}

fn as_they_are(why: &str) -> Option<Sources> {
    Some(Sources::AsTheyAre(why.to_owned()))
}

fn of_a_named_machine(machine: &Machine, config: &Config) -> Option<Sources> {
    let platform = machine.identity.platform;
    let is_asked =
        operator_sources(config, platform).next().is_some() || required_scale(config) != Scale::Unknown;
    if platform.is_known() || is_asked {
        None
    } else if machine.identity.ask_again {
        as_they_are("the metadata service has not answered yet")
    } else {
        Some(Sources::Distribution)
    }
}

fn in_doubt(machine: &Machine, config: &Config) -> Option<Sources> {
    let ours = our_chrony_conf(machine);
    if replace_all_everywhere(&config.sources) {
        None
    } else if is_untold_image(machine) && ours.is_some() && !is_of_any_image(machine) {
        as_they_are("an image does not tell its platform, and this is for the one that it was prepared for")
    } else if is_untold_image(machine) {
        // What is right everywhere: the first boot then changes chrony.conf and nothing else.
        None
    } else if is_of_any_image(machine) && !machine.identity.ask_again {
        // Nothing more is going to tell its platform: as if nobody had prepared it.
        Some(Sources::Distribution)
    } else if names_a_missing_clock(machine, ours) {
        // The image of another machine.
        Some(Sources::Distribution)
    } else if machine.identity.strength.is_some() {
        // Doubt changes nothing: a machine that was right before stays right.
        as_they_are("what DMI hints at is not confirmed")
    } else {
        as_they_are("nothing tells which platform this is")
    }
}

/// Tells whether this is an image of which nothing tells the platform.
pub fn is_untold_image(machine: &Machine) -> bool {
    machine.manager == Manager::Image && machine.identity.strength.is_none()
}

/// Tells whether only the gates are set: the configuration cannot be read. On a first run the defaults are better than
/// nothing.
pub fn is_only_gates(machine: &Machine, config: &Config) -> bool {
    config.broken.is_some() && machine.earlier != Earlier::Never
}
