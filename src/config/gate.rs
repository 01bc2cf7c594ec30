//! Which units wait for the clock, and for how long.

use std::time::Duration;

use serde::Deserialize;

use super::number::Millis;
use super::{Unit, number};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gate {
    /// Units that wait in addition to the known databases.
    pub units: Vec<Unit>,
    /// How far the clock may be from the true time, in seconds, when they start; None for what the databases bear.
    #[serde(deserialize_with = "number::fraction::<_, _, 1, 86_400_000>")]
    pub max_error: Option<Millis>,
    /// How long chrony-wait and the agent's own wait take, from the first one's start on.
    #[serde(deserialize_with = "number::seconds::<_, 5, 86_400>")]
    pub timeout: Duration,
    pub at_timeout: AtTimeout,
}

impl Default for Gate {
    fn default() -> Gate {
        // The timeout is what chrony's own unit has.
        Gate {
            units: Vec::new(),
            max_error: None,
            timeout: Duration::from_secs(180),
            at_timeout: AtTimeout::Start,
        }
    }
}

/// What becomes of the gated units when the wait has timed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtTimeout {
    /// They start with an unsynchronised clock.
    #[default]
    Start,
    /// They are held until the clock is right.
    Hold,
}
