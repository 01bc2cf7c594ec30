//! What a platform gives its machines, as lines of chrony.conf.

use super::{IMAGE, Line, own, required};
use crate::config::{ChronyConf, Config, Role, StepPolicy};
use crate::machine::{Addresses, Conf, Earlier, Machine, PtpClock, Standing};
use crate::platform::{
    AMAZON_CLOCK, Clock, Directive, FastStart, Platform, Scale, Source, TWIN, pool, stand_in,
};

/// What the platform gives, and what is not there that was asked for.
pub fn given(machine: &Machine, config: &Config) -> (Vec<&'static Source>, Option<String>) {
    let platform = machine.identity.platform;
    let sources = of_scale(platform, required(config), is_without_ipv4(machine));
    let Some(clock) = amazon_clock(platform, config) else {
        const WHY: &str = "aws_hardware_clock: that clock does not smear leap seconds, and time_scale wants a \
                           source that does";
        let is_asked = platform == Platform::Aws && config.aws_hardware_clock;
        return (sources, is_asked.then(|| WHY.to_owned()));
    };
    if machine.clocks.iter().any(|found| found.is_linked_as(clock)) {
        return (AMAZON_CLOCK.iter().collect(), None);
    }
    let name = clock.name;
    (sources, Some(format!("aws_hardware_clock: there is no clock {name}: the sources without it are used")))
}

/// The platform's own sources, if they are of the scale, else what stands in for them.
fn of_scale(platform: Platform, required: Scale, without_ipv4: bool) -> Vec<&'static Source> {
    let row = platform.row();
    let sources = if without_ipv4 && minds_addresses(platform) { row.without_ipv4 } else { row.sources };
    let fits = |source: &&Source| required == Scale::Unknown || source.scale == required;
    let fitting: Vec<_> = sources.iter().filter(fits).collect();
    if fitting.is_empty() { stand_in(required).iter().collect() } else { fitting }
}

fn amazon_clock(platform: Platform, config: &Config) -> Option<&'static Clock> {
    let wanted = platform == Platform::Aws && config.aws_hardware_clock && required(config) != Scale::Smeared;
    AMAZON_CLOCK.iter().filter(|_| wanted).find_map(clock_of)
}

fn clock_of(source: &Source) -> Option<&'static Clock> {
    match source.directive {
        Directive::Phc(clock) => Some(clock),
        Directive::Server(_) | Directive::Pool(_) | Directive::DistributionPool | Directive::Dhcp(_) => None,
    }
}

/// The PTP clock that chronyd is to follow on this platform: it is waited for.
pub fn wanted_clock(platform: Platform, config: &Config) -> Option<&'static Clock> {
    // A machine that follows the cluster's own servers has no use for one.
    let role = config.cluster.as_ref().and_then(|cluster| cluster.role);
    if role.is_some_and(|role| role != Role::Core) {
        return None;
    }
    if config.chrony_conf == ChronyConf::Keep || own(config, platform).any(|source| !source.beside) {
        return None;
    }
    let sources = of_scale(platform, required(config), false);
    amazon_clock(platform, config).or_else(|| sources.into_iter().find_map(clock_of))
}

/// By the machine's addresses. Before it has any, by what an earlier pass found: the last one that saw
/// them wrote it into chrony.conf.
fn is_without_ipv4(machine: &Machine) -> bool {
    match machine.addresses {
        Addresses::OnlyV6 => true,
        Addresses::V4 => false,
        Addresses::Unknown => says_without_ipv4(machine),
    }
}

fn says_without_ipv4(machine: &Machine) -> bool {
    let Some(text) = ours(machine) else { return false };
    let conf = Conf::parse(text);
    let has = |name: &str| conf.sources().iter().any(|line| line.word(0) == name);
    machine.identity.platform.row().without_ipv4.iter().any(|source| match source.directive {
        Directive::Server(name) => has(name),
        _ => false,
    })
}

/// The chrony.conf of an earlier pass.
pub fn ours(machine: &Machine) -> Option<&str> {
    let target = machine.file(&machine.chrony.as_ref()?.conf);
    target.found.text().filter(|_| target.standing == Standing::Ours)
}

/// It is what `apply --root` left, which knew no platform.
pub fn is_as_prepared(machine: &Machine) -> bool {
    ours(machine).is_some() && machine.receipt.written_for.as_deref() == Some(IMAGE)
}

/// The agent runs before the network. It looks again when a pass that saw the addresses could have
/// another answer: at the first text, at one for a machine without IPv4, and at one of another machine (an image's). IPv6
/// may be a moment before IPv4.
pub fn is_worth_asking_again(machine: &Machine) -> bool {
    let first = ours(machine).is_none() || is_as_prepared(machine) || machine.earlier != Earlier::Here;
    minds_addresses(machine.identity.platform)
        && match machine.addresses {
            Addresses::V4 => false,
            Addresses::OnlyV6 => true,
            Addresses::Unknown => first || says_without_ipv4(machine),
        }
}

/// A machine without IPv4 has other sources there.
pub fn minds_addresses(platform: Platform) -> bool {
    !platform.row().without_ipv4.is_empty()
}

/// A source's lines as the configuration wants them; none for a PTP clock that is not there.
pub fn lines(source: &Source, machine: &Machine, config: &Config) -> Vec<Line> {
    let with = |options, says| line(&Source { options, says, ..*source }, machine);
    let lines = match (config.fast_start, source.fast_start) {
        (false, _) | (true, FastStart::No) => [line(source, machine), None],
        (true, FastStart::Options { resume, boot }) => {
            let options = match config.step_policy {
                StepPolicy::Resume => resume,
                StepPolicy::Boot => boot,
            };
            [with(options, source.says), None]
        }
        (true, FastStart::Beside(options)) => [line(source, machine).map(preferred), with(options, TWIN)],
    };
    lines.into_iter().flatten().collect()
}

fn preferred(mut line: Line) -> Line {
    if !line.directive.ends_with(" prefer") {
        line.directive += " prefer";
    }
    line
}

/// None for a PTP clock that is not there.
pub fn line(source: &Source, machine: &Machine) -> Option<Line> {
    let place = match source.directive {
        Directive::Server(name) => format!("server {name}"),
        Directive::Pool(name) => format!("pool {name}"),
        Directive::DistributionPool => format!("pool {}", pool(&machine.distribution)),
        Directive::Dhcp(dir) => format!("sourcedir {dir}"),
        // chronyd exits when the device of a refclock line is not there. The device itself is never
        // named: its number can be another clock's in the next boot.
        Directive::Phc(clock) => format!("refclock PHC {}", linked(&machine.clocks, clock)?),
    };
    let directive = format!("{place} {}", source.options).trim_end().to_owned();
    Some(Line { directive, scale: source.scale, says: source.says, page: source.page })
}

fn linked(clocks: &[PtpClock], clock: &'static Clock) -> Option<&'static str> {
    clocks.iter().any(|found| found.is_linked_as(clock)).then_some(clock.link)
}
