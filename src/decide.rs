//! Deciding: from what the machine is to what should be.

use crate::config::{ChronyConf, Config};
use crate::machine::{Machine, Manager, Platform, PtpClock, Strength};
use crate::names::{CHRONY_WAIT, GATED, RIVALS};
use crate::platform::{Directive, Row, Source, row};

/// What should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub sources: Sources,
    /// Units whose start waits for the clock.
    pub gated: Vec<String>,
    /// Units that are to be enabled.
    pub enabled: Vec<String>,
    /// Units that are to be disabled.
    pub disabled: Vec<String>,
    /// cloud-init is told to leave NTP alone.
    pub cloud_init_ntp_off: bool,
    /// The decision is made again when the network is online.
    pub ask_again: bool,
    /// What an operator edited is set aside and written anew.
    pub over_edits: bool,
}

/// Where chrony's sources come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// The platform's own, in this order.
    Platform { name: &'static str, lines: Vec<Line> },
    /// The distribution's: a chrony.conf that the agent wrote elsewhere is given back.
    Distribution,
    /// Nothing is touched, for this reason.
    AsTheyAre(String),
}

/// A line of chrony.conf that names a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub directive: String,
    pub says: &'static str,
    pub page: &'static str,
}

/// What should be on this machine.
pub fn decide(machine: &Machine, config: &Config, over_edits: bool) -> Intent {
    let chrony = machine.chrony.iter().map(|chrony| chrony.unit.clone());
    let sources = sources(machine, config);
    Intent {
        cloud_init_ntp_off: machine.cloud_init && matches!(sources, Sources::Platform { .. }),
        sources,
        gated: GATED.map(str::to_owned).to_vec(),
        enabled: chrony.chain([CHRONY_WAIT.to_owned()]).collect(),
        disabled: RIVALS.map(str::to_owned).to_vec(),
        ask_again: machine.identity.ask_again,
        over_edits,
    }
}

fn sources(machine: &Machine, config: &Config) -> Sources {
    let identity = &machine.identity;
    if config.chrony_conf == ChronyConf::Keep {
        return as_they_are("the configuration says chrony_conf = \"keep\"");
    }
    if let Some(row) = row(identity.platform) {
        return Sources::Platform { name: row.name, lines: lines(row, &machine.clocks) };
    }
    match identity.strength {
        Some(Strength::Strong | Strength::Told) => Sources::Distribution,
        // Doubt changes nothing: a machine that was right before stays right.
        Some(Strength::Weak) => as_they_are("what DMI hints at is not confirmed"),
        None if machine.manager == Manager::Image => {
            as_they_are("an image does not tell its platform: chrony.conf waits for the first boot")
        }
        None => as_they_are("nothing tells which platform this is"),
    }
}

fn as_they_are(why: &str) -> Sources {
    Sources::AsTheyAre(why.to_owned())
}

fn lines(row: &Row, clocks: &[PtpClock]) -> Vec<Line> {
    let line = |source: &Source| {
        let place = match source.directive {
            Directive::Server(name) => format!("server {name}"),
            Directive::Pool(name) => format!("pool {name}"),
            // chronyd exits when the device of a refclock line is not there. The device itself is never
            // named: its number can be another clock's in the next boot.
            Directive::Phc(clock_name) => {
                let clock = clocks.iter().find(|clock| clock.is_linked_as(clock_name))?;
                format!("refclock PHC {}", clock.device.display())
            }
        };
        Some(Line { directive: format!("{place} {}", source.options), says: source.says, page: source.page })
    };
    row.sources.iter().filter_map(line).collect()
}

/// The clock_name of the PTP clock that this platform gives its machines.
pub fn wanted_clock(platform: Platform) -> Option<&'static str> {
    row(platform).and_then(Row::clock_name)
}
