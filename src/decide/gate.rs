//! The gate: which units wait for the clock, and for how right a one.

use std::collections::HashMap;

use super::Intent;
use crate::config::{Config, Millis};
use crate::database::{self, product};
use crate::machine::UnitFile;

/// Clock that the gated units wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    ChronyWait,
    /// The agent's own wait, too, as long as the gate's timeout: for this error bound, or because chrony has none.
    OwnWait(Option<Millis>),
    /// The same without an end.
    Right(Option<Millis>),
}

impl Intent {
    pub fn awaited(&self) -> Awaited {
        match self.hold {
            true => Awaited::Right(self.max_error),
            false if self.lacks_wait || self.max_error.is_some() => Awaited::OwnWait(self.max_error),
            false => Awaited::ChronyWait,
        }
    }

    /// Tells whether chrony's own wait is not enough.
    pub fn waits_longer(&self) -> bool {
        self.awaited() != Awaited::ChronyWait
    }
}

/// Share of what a database bears: CockroachDB's nodes leave at it.
const PERCENT: u32 = 80;

/// The error of the clock at which these units may start: the operator's, else the smallest that their databases have.
pub fn max_error(config: &Config, gated: &[String]) -> Option<Millis> {
    let borne = gated.iter().filter_map(|unit| product(unit)?.max_offset(config));
    config.gate.max_error.or_else(|| borne.map(|borne| Millis((borne.0 * PERCENT / 100).max(1))).min())
}

/// The units that wait, of those that are there or loaded, and those that the configuration names in vain.
pub fn gated(
    units: &[UnitFile],
    is_loaded: impl Fn(&str) -> bool,
    config: &Config,
) -> (Vec<String>, Vec<String>) {
    let files: HashMap<&str, &UnitFile> = units.iter().map(|unit| (unit.name.as_str(), unit)).collect();
    let found: Vec<String> =
        units.iter().map(|unit| unit.name.clone()).filter(|name| product(name).is_some()).collect();
    let is_there = |unit: &String| files.contains_key(unit.as_str()) || is_loaded(unit);
    let (mut there, mut absent): (Vec<String>, Vec<String>) =
        database::candidates(config, &found).into_iter().partition(is_there);
    let is_named = |unit: &String| config.gate.units.iter().any(|named| named.as_str() == unit);
    // What is masked does not start, and says nothing of this machine. One that is named keeps its drop-in until it is unmasked.
    there.retain(|unit| is_named(unit) || !files.get(unit.as_str()).is_some_and(|file| file.masked));
    absent.retain(is_named);
    (there, absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_bound_of_several_databases_counts_for_all() {
        let bound = |settings: &str, units: &[&str]| {
            let config: Config = toml::from_str(settings).expect("a configuration");
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            max_error(&config, &units).map(|most| most.0)
        };
        let both = ["scylla-server.service", "yb-master.service", "cockroach.service"];
        assert_eq!(bound("", &both[..1]), None);
        assert_eq!(bound("", &both[..2]), Some(400));
        assert_eq!(bound("[cockroach]\nmax_offset = 0.25", &both), Some(200));
        assert_eq!(bound("[cockroach]\nmax_offset = 0.001", &both), Some(1), "it can be reached");
        assert_eq!(bound("[gate]\nmax_error = 2", &both), Some(2000), "the operator's, though it is larger");
        assert_eq!(bound("[gate]\nmax_error = 0.05", &["influxdb.service"]), Some(50));
    }
}
