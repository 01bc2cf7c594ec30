//! The words that a setting can have, each checked while it is read. A refusal quotes the word: in a list the
//! library does not say which one it was.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::platform::comparable_name;

/// Compares names as DNS does: case and a final dot make no difference.
pub fn is_same_name(one: &str, other: &str) -> bool {
    comparable_name(one) == comparable_name(other)
}

/// The name or the address of a time server.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Host(String);

impl PartialEq for Host {
    fn eq(&self, other: &Host) -> bool {
        self.is_called(&other.0)
    }
}

impl TryFrom<String> for Host {
    type Error = String;

    fn try_from(name: String) -> Result<Host, String> {
        if is_name(&name) || name.parse::<IpAddr>().is_ok() {
            Ok(Host(name))
        } else {
            Err(format!(
                "{name:?} is not a host name or an IP address (a port goes into `options`: \"port 123\")"
            ))
        }
    }
}

/// A name that DNS could have (RFC 1123). A resolver takes "10.1" and "0x7f.1" for addresses: they are refused.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels: Vec<&str> = name.strip_suffix('.').unwrap_or(name).split('.').collect();
    let number = |label: &&str| label.starts_with(|letter: char| letter.is_ascii_digit());
    name.len() <= 253 && labels.iter().all(|label| is_label(label)) && !labels.last().is_some_and(number)
}

impl Host {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_called(&self, name: &str) -> bool {
        is_same_name(&self.0, name)
    }

    pub fn is_address(&self) -> bool {
        self.0.parse::<IpAddr>().is_ok()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Units that the wait consists of or comes after: to gate one would be an ordering cycle. Sockets and mounts
/// come before any service, and no configuration can name them.
const UNGATEABLE_UNITS: [&str; 13] = [
    "chrony.service",
    "chronyd.service",
    "chrony-wait.service",
    "time-sync.target",
    "sysinit.target",
    "basic.target",
    "sockets.target",
    "local-fs.target",
    "network.target",
    "dbus.service",
    "cloud-init-local.service",
    "cloud-init.service",
    "cloud-init-network.service",
];

/// A service or a target that can wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Unit(String);

impl Unit {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Unit {
    type Error = String;

    fn try_from(name: String) -> Result<Unit, String> {
        let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || b":-_.\\@".contains(&letter);
        if UNGATEABLE_UNITS.contains(&name.as_str()) || name.starts_with("cloud-timesync") {
            return Err(format!(
                "{name:?} is not a unit that can wait for the clock: the wait comes after it"
            ));
        }
        if name.contains("@.") {
            return Err(format!(
                "{name:?} is not a unit but a template; name the instance, e.g. \"postgresql@15-main.service\""
            ));
        }
        let stem = [".service", ".target"].iter().find_map(|end| name.strip_suffix(end));
        if stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(is_letter)) && name.len() < 256 {
            Ok(Unit(name))
        } else {
            Err(format!("{name:?} is not a unit name; use e.g. \"scylla-server.service\""))
        }
    }
}

/// A network, such as 10.0.0.0/8 or fd00::/8.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(String);

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        let is_network = text.split_once('/').is_some_and(|(address, bits)| {
            let widest = match address.parse() {
                Ok(IpAddr::V4(_)) => 32,
                Ok(IpAddr::V6(_)) => 128,
                Err(_) => return false,
            };
            bits.parse::<u8>().is_ok_and(|bits| bits <= widest)
        });
        if is_network {
            Ok(Network(text))
        } else {
            Err(format!("{text:?} is not a network; use e.g. \"10.0.0.0/8\""))
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
