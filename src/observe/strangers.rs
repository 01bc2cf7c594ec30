//! Enabled units that set the clock by their own unit file, and are in no table.

use std::collections::BTreeSet;
use std::path::Path;

use super::units::{SEARCH, fragment};
use crate::error::Result;
use crate::machine::Machine;
use crate::rival::{self, DOUBTFUL_INSTANCES};
use crate::root::Root;

/// The usual names of chronyd's unit: some distributions have both.
const CHRONY: [&str; 2] = ["chrony.service", "chronyd.service"];

/// Looks at each unit that a .wants or .requires directory has, the distribution's own among them.
pub fn strangers(root: &Root, machine: &Machine) -> Result<Vec<String>> {
    let chrony = machine.chrony.as_ref().map(|chrony| chrony.unit.as_str());
    let chronys: Vec<&str> = CHRONY.into_iter().chain(chrony).collect();
    let mut enabled = BTreeSet::new();
    for dir in SEARCH {
        for entry in root.list(dir)? {
            if entry.is_dir && (entry.name.ends_with(".wants") || entry.name.ends_with(".requires")) {
                let units = root.list(Path::new(dir).join(entry.name))?;
                enabled.extend(units.into_iter().map(|unit| unit.name));
            }
        }
    }
    let unknown =
        enabled.into_iter().filter(|name| rival::of(name).is_none() && !chronys.contains(&name.as_str()));
    let says = |name: String| Some(format!("{name} is not known, and {}", why(root, &chronys, &name)?));
    Ok(unknown.filter_map(says).collect())
}

/// Why a unit may be a time daemon; None of any other.
fn why(root: &Root, chronys: &[&str], name: &str) -> Option<&'static str> {
    if name.starts_with(DOUBTFUL_INSTANCES) {
        return Some("may set the clock, or only a network card's");
    }
    // What a timer, a path or a socket starts.
    let stem = [".timer", ".path", ".socket"].into_iter().find_map(|end| name.strip_suffix(end));
    let service = stem.map_or(name.to_owned(), |stem| format!("{stem}.service"));
    let template = service.split_once('@').map(|(stem, _)| format!("{stem}@.service"));
    let path = fragment(root, &service).or_else(|| fragment(root, &template?))?;
    // A mask has no text.
    root.text(path)?.lines().find_map(|line| says(line, chronys))
}

/// What a line of a unit file says of the clock.
fn says(line: &str, chronys: &[&str]) -> Option<&'static str> {
    // A list that begins with ~ is of those that it does not have.
    let (key, value) = line.split_once('=').filter(|(_, value)| !value.trim().starts_with('~'))?;
    let mut words = value.split_whitespace();
    match key.trim() {
        "Conflicts" if words.any(|word| chronys.contains(&word)) => Some("conflicts with chronyd"),
        "AmbientCapabilities" | "CapabilityBoundingSet" if words.any(|word| word == "CAP_SYS_TIME") => {
            Some("may set the clock by its capabilities")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_that_its_unit_may_set_the_clock() {
        for line in ["AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_TIME", "CapabilityBoundingSet = CAP_SYS_TIME"]
        {
            assert_eq!(says(line, &CHRONY), Some("may set the clock by its capabilities"), "{line}");
        }
        for line in ["Conflicts=ntpd.service chronyd.service", "Conflicts=chrony.service"] {
            assert_eq!(says(line, &CHRONY), Some("conflicts with chronyd"), "{line}");
        }
        for line in [
            "CapabilityBoundingSet=~CAP_SYS_BOOT CAP_SYS_TIME",
            "ConditionCapability=CAP_SYS_TIME",
            "Conflicts=shutdown.target",
            "After=chronyd.service",
            "# AmbientCapabilities=CAP_SYS_TIME",
        ] {
            assert_eq!(says(line, &CHRONY), None, "{line}");
        }
    }
}
