//! The time sources that a platform gives its machines.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::line::{Line, source_lines};
use super::operator::{operator_sources, required_scale};
use super::ours::{is_of_any_image, our_chrony_conf};
use crate::config::{ChronyConf, Config, Role};
use crate::machine::{Addresses, Conf, Earlier, Machine};
use crate::platform::{AMAZON_CLOCK, Clock, Directive, Platform, Scale, Source, stand_in};

/// The lines of this platform's sources, and what was asked for and is not there.
pub fn platform_lines(machine: &Machine, config: &Config) -> (Vec<Line>, Option<String>) {
    let (sources, note) = platform_sources(machine, config);
    (sources.into_iter().flat_map(|source| source_lines(source, machine, config)).collect(), note)
}

fn platform_sources(machine: &Machine, config: &Config) -> (Vec<&'static Source>, Option<String>) {
    let platform = machine.identity.platform;
    let sources = sources_of_scale(platform, required_scale(config), is_without_ipv4(machine));
    let Some(clock) = amazon_clock(platform, config) else {
        const WHY: &str = "aws_hardware_clock: that clock does not smear leap seconds, and time_scale wants a \
                           source that does";
        let is_asked = platform == Platform::Aws && config.aws_hardware_clock;
        return (sources, is_asked.then(|| WHY.to_owned()));
    };
    if clock.is_among(&machine.devices) {
        return (AMAZON_CLOCK.iter().collect(), None);
    }
    let name = clock.name;
    (sources, Some(format!("aws_hardware_clock: there is no clock {name}: the sources without it are used")))
}

/// The platform's own sources, if they are of the scale, else what stands in for them.
fn sources_of_scale(platform: Platform, required: Scale, without_ipv4: bool) -> Vec<&'static Source> {
    let row = platform.row();
    let sources = if without_ipv4 && minds_addresses(platform) { row.without_ipv4 } else { row.sources };
    let fits = |source: &&Source| required == Scale::Unknown || source.scale == required;
    let fitting: Vec<_> = sources.iter().filter(fits).collect();
    if fitting.is_empty() { stand_in(required).iter().collect() } else { fitting }
}

fn amazon_clock(platform: Platform, config: &Config) -> Option<&'static Clock> {
    let wanted =
        platform == Platform::Aws && config.aws_hardware_clock && required_scale(config) != Scale::Smeared;
    AMAZON_CLOCK.iter().filter(|_| wanted).find_map(Source::clock)
}

/// The PTP clock that chronyd is to follow: it is waited for. `images` is the one that the image followed alone.
pub fn wanted_clock(
    platform: Platform,
    config: &Config,
    images: Option<&'static Clock>,
) -> Option<&'static Clock> {
    // A machine that follows the cluster's own servers has no use for one.
    let role = config.cluster.as_ref().and_then(|cluster| cluster.role);
    if role.is_some_and(|role| role != Role::Core) {
        return None;
    }
    if config.chrony_conf == ChronyConf::Keep {
        return None;
    }
    let mut named =
        operator_sources(config, platform).filter_map(|source| Clock::linked_as(source.line.device()?));
    if let Some(clock) = named.next() {
        return Some(clock);
    }
    if operator_sources(config, platform).any(|source| !source.beside) {
        return None;
    }
    let required = required_scale(config);
    let sources = sources_of_scale(platform, required, false);
    amazon_clock(platform, config)
        .or_else(|| sources.into_iter().find_map(Source::clock))
        .or(images.filter(|_| required == Scale::Unknown))
}

/// The same clock, where it is not among `devices`.
pub fn missing_clock(
    platform: Platform,
    config: &Config,
    images: Option<&'static Clock>,
    devices: &BTreeMap<PathBuf, String>,
) -> Option<&'static Clock> {
    wanted_clock(platform, config, images).filter(|wanted| !wanted.is_among(devices))
}

/// Tells whether the machine has no IPv4, by its addresses. Before it has any, by what an earlier run found: the last one
/// that saw them wrote it into chrony.conf.
fn is_without_ipv4(machine: &Machine) -> bool {
    match machine.addresses {
        Addresses::OnlyV6 => true,
        Addresses::V4 => false,
        Addresses::Unknown => says_without_ipv4(machine),
    }
}

fn says_without_ipv4(machine: &Machine) -> bool {
    let Some(text) = our_chrony_conf(machine) else { return false };
    let conf = Conf::parse(text);
    let has = |name: &str| conf.sources().iter().any(|line| line.word(0) == name);
    let mut sources = machine.identity.platform.row().without_ipv4.iter();
    sources.any(|source| matches!(source.directive, Directive::Server(name) if has(name)))
}

/// Tells whether a run that sees the addresses could choose otherwise; the agent first runs before the network. It could
/// after the first text, after one for a machine without IPv4, and after one of another machine (an image's). IPv6 may be a
/// moment before IPv4.
pub fn is_worth_asking_again(machine: &Machine) -> bool {
    let first =
        our_chrony_conf(machine).is_none() || is_of_any_image(machine) || machine.earlier != Earlier::Here;
    minds_addresses(machine.identity.platform)
        && match machine.addresses {
            Addresses::V4 => false,
            Addresses::OnlyV6 => true,
            Addresses::Unknown => first || says_without_ipv4(machine),
        }
}

/// Tells whether a machine without IPv4 has other sources there.
pub fn minds_addresses(platform: Platform) -> bool {
    !platform.row().without_ipv4.is_empty()
}
