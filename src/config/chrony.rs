//! Lines of the operator's own in the chrony.conf that the agent writes.

use std::fmt;

use serde::Deserialize;

use super::options::one_line;

/// `[chrony]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChronyLines {
    pub extra: Vec<Extra>,
    /// "/etc/cloud-timesync/config.toml, line 3"
    #[serde(skip)]
    pub place: String,
}

/// A directive of the operator's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Extra(String);

/// Directives that cloud-timesync decides, each with what to do instead.
const DECIDED: &[(&[&str], &str)] = &[
    (&["server", "pool", "peer", "refclock"], "a time source is a [[source]]"),
    (&["include", "confdir", "sourcedir"], "chrony.conf reads no other file: name the lines themselves"),
    (&["makestep", "initstepslew"], "[makestep] and step_policy say when the clock is stepped"),
    (&["maxsamples", "maxjitter"], "step_policy decides it"),
    (&["driftfile"], "it is the same on every machine"),
    (&["rtcsync", "rtcfile"], "the kernel keeps the real-time clock right, by rtcsync"),
    (&["local"], "the gate would open on a clock that nothing has set; see orphan_stratum of [cluster]"),
];

/// Directives of which chronyd takes the last alone: the keys of another file would be lost.
const ONCE: [&str; 11] = [
    "keyfile",
    "ntsdumpdir",
    "authselectmode",
    "leapsectz",
    "leapseclist",
    "port",
    "cmdport",
    "logdir",
    "maxdistance",
    "minsources",
    "sched_priority",
];

/// Directives that step at a leap second by a table.
pub const LEAP_TABLES: [&str; 2] = ["leapsectz", "leapseclist"];

/// What to do instead of a directive that cloud-timesync decides; None of any other.
pub fn instead_of(directive: &str) -> Option<&'static str> {
    DECIDED.iter().find(|(names, _)| names.contains(&directive)).map(|(_, instead)| *instead)
}

/// The name of the first directive that is there twice and that chronyd takes once.
pub fn repeated(extra: &[Extra]) -> Option<String> {
    let mut names = extra.iter().map(Extra::name).enumerate();
    let is_before = |index: usize, name: &str| extra[..index].iter().any(|line| line.name() == name);
    names.find(|(index, name)| extra[*index].is_once() && is_before(*index, name)).map(|(_, name)| name)
}

impl Extra {
    /// Whether it names a table of leap seconds, which chronyd must not have next to sources that smear them.
    pub fn is_leap_table(&self) -> bool {
        LEAP_TABLES.contains(&self.name().as_str())
    }

    /// Whether chronyd takes the last alone of those that have its name.
    pub fn is_once(&self) -> bool {
        ONCE.contains(&self.name().as_str())
    }

    /// In lower case, as chronyd compares it.
    pub fn name(&self) -> String {
        self.0.split(' ').next().unwrap_or_default().to_ascii_lowercase()
    }
}

impl TryFrom<String> for Extra {
    type Error = String;

    fn try_from(text: String) -> Result<Extra, String> {
        let Some(line) =
            one_line(&text).filter(|line| line.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        else {
            return Err(format!("{text:?} is not a directive on one line, such as \"port 0\""));
        };
        let extra = Extra(line);
        let name = extra.name();
        let is_priority = |word: &str| word.parse::<u8>().is_ok_and(|priority| priority <= 99);
        // `chronyd -p` accepts it, and chronyd ends when it starts.
        if name == "sched_priority" && !extra.0.split(' ').nth(1).is_some_and(is_priority) {
            return Err(format!("{text:?} is not a priority from 0 to 99, and chronyd would not start"));
        }
        match instead_of(&name) {
            Some(instead) => Err(format!("{text:?} is cloud-timesync's to decide: {instead}")),
            None => Ok(extra),
        }
    }
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
