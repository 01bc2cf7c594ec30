//! Units that wait for the clock, and for how long.

use std::time::Duration;

use serde::Deserialize;

use super::number::Millis;
use super::{Unit, number};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gate {
    /// Units that wait in addition to the known databases.
    pub units: Vec<Unit>,
    /// Error bound of the clock, in seconds, at their start; None for what the databases bear.
    #[serde(deserialize_with = "number::fraction::<_, _, 1, 86_400_000>")]
    pub max_error: Option<Millis>,
    /// Limit of chrony-wait and the agent's own wait, counted from the first one's start.
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

/// Fate of the gated units when the wait has timed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtTimeout {
    /// Start with an unsynchronised clock.
    #[default]
    Start,
    /// Hold until the clock is right.
    Hold,
}
