//! Identity of a machine: its platform, and why.

use crate::platform::{Platform, Strength};

/// Platform that was found, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub platform: Platform,
    /// None where there is no evidence at all.
    pub strength: Option<Strength>,
    /// Sentences without a full stop.
    pub evidence: Vec<String>,
    /// Only IMDS could tell, and nothing could be reached: worth asking again when the network is up.
    pub ask_again: bool,
}
