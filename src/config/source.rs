//! A time source of the operator's.

use serde::Deserialize;

use super::{Host, Options};
use crate::platform::Platform;
use crate::platform::Scale;

/// One `[[source]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Words")]
pub struct OwnSource {
    pub place: Place,
    /// What follows the name on chrony's line.
    pub options: Options,
    pub scale: Scale,
    /// Where it is used; empty for everywhere.
    pub platforms: Vec<Platform>,
    /// Beside the platform's own sources, not instead of them.
    pub beside: bool,
}

impl OwnSource {
    /// It is used on this platform.
    pub fn is_for(&self, platform: Platform) -> bool {
        self.platforms.is_empty() || self.platforms.contains(&platform)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Server(Host),
    Pool(Host),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    server: Option<Host>,
    pool: Option<Host>,
    #[serde(default)]
    options: Options,
    #[serde(default)]
    scale: Scale,
    #[serde(default)]
    platforms: Vec<Platform>,
    #[serde(default)]
    beside: bool,
}

impl TryFrom<Words> for OwnSource {
    type Error = &'static str;

    fn try_from(words: Words) -> Result<OwnSource, &'static str> {
        let Words { server, pool, options, scale, platforms, beside } = words;
        let place = match (server, pool) {
            (Some(server), None) => Place::Server(server),
            (None, Some(pool)) => Place::Pool(pool),
            _ => return Err("a source needs one of `server` and `pool`, and not both"),
        };
        Ok(OwnSource { place, options, scale, platforms, beside })
    }
}
