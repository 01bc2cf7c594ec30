//! `[chrony] extra`: the operator's own lines of chrony.conf.

use super::line::Line;
use super::operator::{chronyds_refusal, operator_sources};
use super::sources::{Choice, Sources};
use super::theirs::is_usual_source;
use crate::config::{Config, is_once};
use crate::machine::{ConfLine, Machine};
use crate::platform::Scale;

/// Adds the operator's own lines to a chrony.conf of ours. Where there is none, what the operator wants in it has no effect.
pub fn add_extra_lines(machine: &Machine, config: &Config, choice: &mut Choice) {
    let (extra, place) = (&config.chrony.extra, &config.chrony.place);
    let Sources::Ours { lines, .. } = &mut choice.sources else {
        let sources = operator_sources(config, machine.identity.platform).next().map(|_| "[[source]]");
        let unused: Vec<&str> =
            sources.into_iter().chain((!extra.is_empty()).then_some("[chrony] extra")).collect();
        if !unused.is_empty() {
            choice
                .notes
                .push(format!("without effect, since chrony.conf is not written: {}", unused.join(", ")));
        }
        return;
    };
    let smears = lines.iter().any(|line| line.scale == Scale::Smeared);
    for line in extra {
        let table = (smears && line.is_leap_table()).then(|| "the sources smear leap seconds".to_owned());
        match chronyds_refusal(line, machine).or(table).or_else(|| unmet(line, lines)) {
            None => {
                // Of the image's line, which is not written, a note tells.
                lines.retain(|other| !is_once(line) || other.directive.name != line.name);
                lines.push(extra_line(line.clone()));
            }
            Some(why) => {
                choice.refused.push(format!("`{line}` of [chrony] extra in {place} is left out: {why}"))
            }
        }
    }
}

fn extra_line(directive: ConfLine) -> Line {
    Line {
        directive,
        scale: Scale::Unknown,
        says: "Your own: [chrony] extra in the configuration of cloud-timesync.",
        page: "cloud-timesync.toml(5)",
    }
}

/// Tells whether by this line chronyd follows no server that does not authenticate itself.
pub fn refuses_plain(line: &ConfLine) -> bool {
    line.name == "authselectmode" && line.word(0).eq_ignore_ascii_case("require")
}

/// Reason why by this line chronyd would follow none of the sources. What comes in a directory is not known.
fn unmet(line: &ConfLine, lines: &[Line]) -> Option<String> {
    let others = || lines.iter().map(|line| &line.directive);
    let mut directories = others().filter(|line| line.is_directory());
    let sources = || others().filter(|line| line.is_selectable_source());
    if refuses_plain(line) {
        // DHCP names no keys.
        let may_do = directories.any(|line| !is_usual_source(line))
            || sources().any(|line| !line.is_unauthenticated());
        return (!may_do).then(|| "no source has a key or nts, and chronyd would follow none".to_owned());
    }
    let wanted: i32 = line.word(0).parse().ok().filter(|_| line.name == "minsources")?;
    // chronyd's own limit for a pool is 4.
    let servers =
        |line: &ConfLine| if line.name == "pool" { line.number("maxsources").unwrap_or(4) } else { 1 };
    let most: i32 = sources().map(servers).sum();
    (directories.next().is_none() && wanted > most)
        .then(|| format!("there are {most} sources at most, and chronyd would follow none"))
}
