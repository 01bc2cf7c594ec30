//! Lines that the agent's chrony.conf replaced.

use serde::{Deserialize, Serialize};

/// A directive of the image's that was in force before the agent's chrony.conf, and that is not the distribution's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLine {
    /// "server ntp1.example.com iburst key 1"
    pub directive: String,
    /// "/etc/chrony.conf, line 3"
    pub place: String,
    pub role: LineRole,
}

/// Role of an image's directive for its time sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineRole {
    /// Names one.
    Source,
    /// Names one of the distribution's, or DHCP's directory, next to the image's own.
    Fallback,
    /// The sources need it: the file of their keys.
    Needed,
    /// A daemon was told it that chronyd takes the place of.
    Displaced,
    Other,
}
