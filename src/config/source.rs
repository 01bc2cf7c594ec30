//! The operator's time sources.

use std::fmt;

use serde::Deserialize;

use super::options::one_line;
use super::{Host, Options};
use crate::platform::{Platform, Scale, scale_of};

/// One `[[source]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Words")]
pub struct OwnSource {
    pub kind: SourceKind,
    pub options: Options,
    pub scale: Scale,
    /// Where it is used; None for everywhere.
    pub platforms: Option<Vec<Platform>>,
    /// Added to the platform's sources, which it replaces otherwise.
    pub beside: bool,
    /// "/etc/cloud-timesync/config.toml, line 3"
    pub place: String,
}

impl fmt::Display for OwnSource {
    /// Its line of chrony.conf.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(format!("{} {}", self.kind, self.options).trim_end())
    }
}

impl OwnSource {
    /// Whether it is used on this platform.
    pub fn is_for(&self, platform: Platform) -> bool {
        self.platforms.as_ref().is_none_or(|platforms| platforms.contains(&platform))
    }

    /// Whether a platform would have both, and they are the same.
    fn repeats(&self, other: &OwnSource) -> bool {
        self.kind == other.kind && Platform::ALL.iter().any(|one| self.is_for(*one) && other.is_for(*one))
    }
}

/// The index of the first source that another one before it has named already.
pub fn repeated(sources: &[OwnSource]) -> Option<usize> {
    (0..sources.len()).find(|index| sources[..*index].iter().any(|other| other.repeats(&sources[*index])))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    Server(Host),
    Pool(Host),
    Refclock(Refclock),
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceKind::Server(host) => write!(f, "server {host}"),
            SourceKind::Pool(host) => write!(f, "pool {host}"),
            SourceKind::Refclock(clock) => write!(f, "refclock {}", clock.0),
        }
    }
}

/// The drivers of reference clocks. `chronyd -p` accepts others, and chronyd exits when it starts by them.
const DRIVERS: [&str; 5] = ["SHM", "SOCK", "PHC", "PPS", "RTC"];

/// A reference clock, as chrony.conf(5) has it: the driver, its parameter, and options. Case matters in all of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Refclock(String);

impl TryFrom<String> for Refclock {
    type Error = String;

    fn try_from(text: String) -> Result<Refclock, String> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b" +-._:,=/@".contains(&byte);
        let line = one_line(&text).filter(|line| line.bytes().all(is_letter)).unwrap_or_default();
        let Some((driver, _)) = line.split_once(' ') else {
            return Err(format!("{text:?} is not a reference clock; use e.g. \"PHC /dev/ptp_kvm poll 2\""));
        };
        if !DRIVERS.contains(&driver) {
            return Err(format!("{text:?} begins with none of chronyd's drivers: {}", DRIVERS.join(", ")));
        }
        Ok(Refclock(line))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Words {
    server: Option<Host>,
    pool: Option<Host>,
    refclock: Option<Refclock>,
    options: Option<Options>,
    scale: Option<Scale>,
    platforms: Option<Vec<Platform>>,
    beside: bool,
}

impl TryFrom<Words> for OwnSource {
    type Error = &'static str;

    fn try_from(words: Words) -> Result<OwnSource, &'static str> {
        let Words { server, pool, refclock, options, scale, platforms, beside } = words;
        let (kind, usual) = match (server, pool, refclock) {
            (Some(server), None, None) => (SourceKind::Server(server), Options::of_a_server()),
            (None, Some(pool), None) => (SourceKind::Pool(pool), Options::of_a_server()),
            (None, None, Some(clock)) => (SourceKind::Refclock(clock), Options::default()),
            _ => return Err("a source has either a `server`, a `pool` or a `refclock`"),
        };
        if platforms.as_ref().is_some_and(Vec::is_empty) {
            return Err("`platforms` names none; without it the source is for all");
        }
        let known = match &kind {
            SourceKind::Server(host) | SourceKind::Pool(host) => scale_of(host.as_str()),
            SourceKind::Refclock(_) => Scale::Unknown,
        };
        Ok(OwnSource {
            kind,
            options: options.unwrap_or(usual),
            scale: scale.unwrap_or(known),
            platforms,
            beside,
            place: String::new(),
        })
    }
}
