//! Deciding: from what the machine is to what should be.

mod cluster;
mod extra;
mod gate;
mod image;
mod image_sources;
mod line;
mod operator;
mod ours;
mod platform_sources;
mod situation;
mod sources;
mod steps;
mod theirs;

use std::path::Path;
use std::time::Duration;

use crate::config::{AtTimeout, Config, Gate, Millis, Rivals};
use crate::database::{Product, product};
use crate::machine::{Conf, Directive, Machine};
use crate::names::CHRONY_WAIT;
use crate::platform::{Platform, Scale};
use crate::receipt::ImageLine;
use crate::rival::{RIVALS, Rival};

use extra::add_extra_lines;
use image::image_lines;
use operator::{add_needed_lines, required_scale};
use ours::our_chrony_conf;
use platform_sources::minds_addresses;
use situation::{is_only_gates, is_untold_image};
use sources::Choice;

pub use cluster::Part;
pub use gate::{Awaited, gated, max_error};
pub use image::{HEADING, only_source};
pub use image_sources::{is_wanted, lost_lines};
pub use line::Line;
pub use platform_sources::missing_clock;
pub use sources::Sources;
pub use steps::{EARLY_STEP, Rule};

/// State that should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub sources: Sources,
    /// Reason why a chrony.conf that should be written cannot be: which file chronyd reads is not known, or not the
    /// agent's.
    pub blocked: Option<String>,
    /// The scale that every source must have; unknown where none is asked for.
    pub scale: Scale,
    /// Part of the machine among the cluster's own time servers.
    pub cluster: Option<Part>,
    /// Directives of chrony.conf on stepping and slewing, where the agent writes it.
    pub steps: Vec<Rule>,
    /// Directive that chronyd gets again after the gate's wait, in which it steps earlier than `steps` says.
    pub after_early_step: Option<String>,
    /// Units whose start waits for the clock.
    pub gated: Vec<String>,
    /// Units that the configuration names and that are not there.
    pub absent: Vec<String>,
    /// The gated units are held beyond the gate's timeout, until the clock is right.
    pub hold: bool,
    /// chrony has no wait here.
    pub lacks_wait: bool,
    /// Limit of chrony-wait; None for its own unit's.
    pub wait_timeout: Option<Duration>,
    /// The directive of chronyd's that closes its port to chrony-wait, which asks chronyd's socket then.
    pub closed_port: Option<String>,
    /// No wait can ask chronyd: this directive takes the socket away as well.
    pub moved_socket: Option<String>,
    /// Error bound of the clock at their start; None for as much as chrony-wait lets pass.
    pub max_error: Option<Millis>,
    /// Daemons that chronyd takes the place of.
    pub rivals: &'static [Rival],
    /// The operator wants them to stay.
    pub keeps_rivals: bool,
    /// The image's own directives, which were in force before the first chrony.conf of the agent's.
    pub image: Vec<ImageLine>,
    /// Google's guest agent is told to leave the clock alone.
    pub skew_daemon_off: bool,
    /// VMware Tools are told to leave the clock alone.
    pub host_sync_off: bool,
    /// cloud-init is told to leave NTP alone.
    pub cloud_init_ntp_off: bool,
    /// The decision is made again when the network is online.
    pub ask_again: bool,
    /// An operator's edits are set aside and written anew.
    pub over_edits: bool,
    /// Things asked for that are not there.
    pub notes: Vec<String>,
    /// Things that the operator asked for and does not get, because it would make the clock wrong.
    pub refused: Vec<String>,
    /// Reason why the configuration cannot be read.
    pub broken: Option<String>,
    /// All that an earlier run has set stays, as the configuration cannot be read; the gates are as they were.
    pub only_gates: bool,
}

/// Decides what should be on this machine.
pub fn decide(machine: &Machine, config: &Config, over_edits: bool) -> Intent {
    let image = image_lines(machine);
    let part = config.cluster.as_ref().map(|cluster| Part::of(cluster, config, machine));
    let choice = choose(part.as_ref(), machine, config, &image);
    let only_gates = is_only_gates(machine, config);
    let keeps_rivals = config.rivals == Rivals::Keep || only_gates;
    // Without chronyd the other one is the only one.
    let displaces = !keeps_rivals
        && machine.chrony.iter().any(|chrony| machine.unit(&chrony.unit).is_some_and(|unit| !unit.masked));
    let is_loaded = |unit: &str| machine.live(unit).is_some_and(|live| live.loaded);
    let (gated, absent) = gated(&machine.units, is_loaded, config);
    let Gate { timeout, at_timeout, .. } = &config.gate;
    let has_cockroach = gated.iter().any(|unit| product(unit) == Some(Product::Cockroach));
    let steps = steps::steps(config, choice.sources.lines(), has_cockroach);
    let after_early_step =
        steps::after_early_step(config, &steps).filter(|_| writes(machine, &choice.sources, over_edits));
    let conf = conf_to_come(machine, &choice.sources, over_edits);
    let closed_port = conf.closed_port().map(Directive::told_to_all);
    let moved_socket = conf.moved_socket().filter(|_| closed_port.is_some()).map(Directive::told_to_all);
    Intent {
        after_early_step,
        closed_port,
        moved_socket,
        cloud_init_ntp_off: machine.cloud_init.is_some() && matches!(choice.sources, Sources::Ours { .. }),
        sources: choice.sources,
        blocked: choice.blocked,
        scale: required_scale(config),
        cluster: part.and_then(Result::ok),
        steps,
        max_error: max_error(config, &gated),
        gated,
        absent,
        hold: *at_timeout == AtTimeout::Hold,
        lacks_wait: machine.chrony.is_some() && machine.unit(CHRONY_WAIT).is_none(),
        wait_timeout: Some(*timeout).filter(|timeout| *timeout != Gate::default().timeout),
        rivals: if displaces { RIVALS } else { &[] },
        host_sync_off: displaces && machine.host_sync == Some(true),
        keeps_rivals,
        image,
        // An image that has the agent is Google's, whether it tells so or not.
        skew_daemon_off: displaces
            && machine.google_agent
            && (is_untold_image(machine) || machine.identity.platform == Platform::Gce),
        ask_again: machine.identity.ask_again || choice.ask_again,
        over_edits,
        notes: choice.notes,
        refused: choice.refused,
        broken: config.broken.clone(),
        only_gates,
    }
}

/// Chooses the sources; none where it is not known which file chronyd reads.
fn choose(
    part: Option<&Result<Part, String>>,
    machine: &Machine,
    config: &Config,
    image: &[ImageLine],
) -> Choice {
    let choice = match part {
        None => sources::choose(machine, config, image),
        Some(part) => cluster::choose(part, machine, config, image),
    };
    let mut choice = sources::choose_what_starts(choice, machine, config, image);
    add_needed_lines(machine, config, image, &mut choice.sources);
    add_extra_lines(machine, config, &mut choice);
    if let Some(Err(why)) = machine.chrony.as_ref().map(|chrony| &chrony.conf) {
        if matches!(choice.sources, Sources::Ours { .. }) {
            choice.blocked = Some(why.clone());
        }
        choice.sources = Sources::AsTheyAre(why.clone());
    }
    choice
}

/// Tells whether it matters that an image is on another machine now: that one's network or name may make another choice.
pub fn minds_machine(machine: &Machine, config: &Config) -> bool {
    let is_named = config.cluster.as_ref().is_some_and(|cluster| cluster.role.is_none());
    is_named || minds_addresses(machine.identity.platform)
}

/// The chrony.conf that chronyd reads is the agent's.
fn writes(machine: &Machine, sources: &Sources, over_edits: bool) -> bool {
    let is_left = |conf: &Path| machine.file(conf).is_left(over_edits);
    matches!(sources, Sources::Ours { .. }) && !machine.conf_path().is_some_and(is_left)
}

/// Configuration that chronyd reads once the plan is done, as far as it is known.
fn conf_to_come(machine: &Machine, sources: &Sources, over_edits: bool) -> Conf {
    let original = machine.original_conf.as_deref().filter(|_| our_chrony_conf(machine).is_some());
    match (sources, original) {
        (Sources::Ours { .. }, _) if writes(machine, sources, over_edits) => sources.conf(),
        (Sources::Distribution, Some(original)) => Conf::parse(original),
        _ => machine.conf.clone().unwrap_or_default(),
    }
}
