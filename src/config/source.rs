//! The operator's time sources.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Host, Options};
use crate::platform::{Platform, Scale};

/// One `[[source]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Words")]
pub struct OwnSource {
    pub place: Place,
    pub options: Options,
    pub scale: Scale,
    /// Where it is used; empty for everywhere.
    pub platforms: Vec<Platform>,
    /// Added to the platform's sources, which it replaces otherwise.
    pub beside: bool,
    /// The file that it was read from.
    pub file: PathBuf,
}

impl fmt::Display for OwnSource {
    /// Its line of chrony.conf.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(format!("{} {}", self.place, self.options).trim_end())
    }
}

impl OwnSource {
    /// Whether it is used on this platform.
    pub fn is_for(&self, platform: Platform) -> bool {
        self.platforms.is_empty() || self.platforms.contains(&platform)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Server(Host),
    Pool(Host),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Server(host) => write!(f, "server {host}"),
            Place::Pool(host) => write!(f, "pool {host}"),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Words {
    server: Option<Host>,
    pool: Option<Host>,
    options: Options,
    scale: Scale,
    platforms: Vec<Platform>,
    beside: bool,
}

impl TryFrom<Words> for OwnSource {
    type Error = &'static str;

    fn try_from(words: Words) -> Result<OwnSource, &'static str> {
        let Words { server, pool, options, scale, platforms, beside } = words;
        let place = match (server, pool) {
            (Some(server), None) => Place::Server(server),
            (None, Some(pool)) => Place::Pool(pool),
            _ => return Err("a source has either a `server` or a `pool`"),
        };
        Ok(OwnSource { place, options, scale, platforms, beside, file: PathBuf::new() })
    }
}
