//! What is known of a machine before sources are chosen for it.

use super::operator::{operator_sources, replace_all_everywhere, required_scale};
use super::ours::{is_of_another_platform, is_of_any_image, names_a_missing_clock, our_chrony_conf};
use crate::config::{ChronyConf, Config};
use crate::machine::{Earlier, Machine, Manager};
use crate::platform::{Scale, Strength};

/// What is known of a machine, as far as it matters for its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// The configuration cannot be read, and the chrony.conf of an earlier run does for this machine.
    BrokenConfiguration,
    /// The operator says `chrony_conf = "keep"`; `is_ours` where an earlier run had written it.
    Kept { is_ours: bool },
    /// Enough to choose sources.
    Known,
    /// An image that tells no platform, with a chrony.conf of ours for one.
    ImageOfAPlatform,
    /// It was prepared as an image, and nothing more is going to tell its platform: as if nobody had prepared it.
    PreparedInVain,
    /// Its platform is in doubt, and our chrony.conf names a clock that is gone: the image of another machine.
    ClockIsGone,
    /// DMI hints at a platform. Doubt changes nothing: a machine that was right before stays right.
    Hinted,
    /// Nothing tells the platform.
    Untold,
    /// DMI names a machine of no platform here, and the metadata service may yet prove one.
    NotAnsweredYet,
    /// It is of no platform here, and the operator asks for nothing.
    OfNoPlatform,
}

/// The situation of this machine.
pub fn situation(machine: &Machine, config: &Config) -> Situation {
    let ours = our_chrony_conf(machine);
    if is_only_gates(machine, config)
        && !is_of_another_platform(machine)
        && !names_a_missing_clock(machine, ours)
    {
        return Situation::BrokenConfiguration;
    }
    if config.chrony_conf == ChronyConf::Keep {
        return Situation::Kept { is_ours: ours.is_some() };
    }
    match machine.identity.strength {
        Some(Strength::Strong | Strength::Told) => of_a_named_machine(machine, config),
        Some(Strength::Weak) | None => in_doubt(machine, config),
    }
}

fn of_a_named_machine(machine: &Machine, config: &Config) -> Situation {
    let platform = machine.identity.platform;
    let is_asked =
        operator_sources(config, platform).next().is_some() || required_scale(config) != Scale::Unknown;
    if platform.is_known() || is_asked {
        Situation::Known
    } else if machine.identity.ask_again {
        Situation::NotAnsweredYet
    } else {
        Situation::OfNoPlatform
    }
}

fn in_doubt(machine: &Machine, config: &Config) -> Situation {
    let ours = our_chrony_conf(machine);
    if replace_all_everywhere(&config.sources) {
        Situation::Known
    } else if is_untold_image(machine) && ours.is_some() && !is_of_any_image(machine) {
        Situation::ImageOfAPlatform
    } else if is_untold_image(machine) {
        // What is right everywhere: the first boot then changes chrony.conf and nothing else.
        Situation::Known
    } else if is_of_any_image(machine) && !machine.identity.ask_again {
        Situation::PreparedInVain
    } else if names_a_missing_clock(machine, ours) {
        Situation::ClockIsGone
    } else if machine.identity.strength.is_some() {
        Situation::Hinted
    } else {
        Situation::Untold
    }
}

/// Whether this is an image of which nothing tells the platform.
pub fn is_untold_image(machine: &Machine) -> bool {
    machine.manager == Manager::Image && machine.identity.strength.is_none()
}

/// Whether only the gates are set: the configuration cannot be read. On a first run the defaults are better than nothing.
pub fn is_only_gates(machine: &Machine, config: &Config) -> bool {
    config.broken.is_some() && machine.earlier != Earlier::Never
}
