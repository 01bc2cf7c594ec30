//! Lines of the operator's own in the chrony.conf that the agent writes.

use serde::{Deserialize, Deserializer};

use super::options::one_line;
use crate::conf::ConfLine;

/// `[chrony]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChronyLines {
    #[serde(deserialize_with = "directives")]
    pub extra: Vec<ConfLine>,
    /// "/etc/cloud-timesync/config.toml, line 3"
    #[serde(skip)]
    pub place: String,
}

/// A directive of the operator's.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Extra(ConfLine);

fn directives<'de, D: Deserializer<'de>>(words: D) -> Result<Vec<ConfLine>, D::Error> {
    Vec::<Extra>::deserialize(words).map(|lines| lines.into_iter().map(|line| line.0).collect())
}

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

/// Advice in place of a directive that cloud-timesync decides; None of any other.
fn instead_of(directive: &str) -> Option<&'static str> {
    DECIDED.iter().find(|(names, _)| names.contains(&directive)).map(|(_, instead)| *instead)
}

/// Tells whether cloud-timesync decides this line's directive, which `extra` cannot have then.
pub fn is_decided(line: &str) -> bool {
    instead_of(line.split(' ').next().unwrap_or_default()).is_some()
}

/// Tells whether chronyd takes the last alone of those that have the name of this line.
pub fn is_once(line: &ConfLine) -> bool {
    ONCE.contains(&line.name.as_str())
}

/// The name of the first directive that is there twice and that chronyd takes once.
pub fn repeated(extra: &[ConfLine]) -> Option<&str> {
    let is_before = |index: usize| extra[..index].iter().any(|line| line.name == extra[index].name);
    let mut lines = extra.iter().enumerate();
    lines.find(|(index, line)| is_once(line) && is_before(*index)).map(|(_, line)| line.name.as_str())
}

impl TryFrom<String> for Extra {
    type Error = String;

    fn try_from(text: String) -> Result<Extra, String> {
        let Some(line) =
            one_line(&text).filter(|line| line.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        else {
            return Err(format!("{text:?} is not a directive on one line, such as \"port 0\""));
        };
        let line = ConfLine::from(line.as_str());
        // `chronyd -p` accepts it, and chronyd ends when it starts.
        if line.name == "sched_priority" && !line.word(0).parse().is_ok_and(|priority: u8| priority <= 99) {
            return Err(format!("{text:?} is not a priority from 0 to 99, and chronyd would not start"));
        }
        match instead_of(&line.name) {
            Some(instead) => Err(format!("{text:?} is cloud-timesync's to decide: {instead}")),
            None => Ok(Extra(line)),
        }
    }
}
