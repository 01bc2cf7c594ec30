//! Evidence that a machine runs on a platform.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Platform;

/// Strength of a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// A hint that chance produces as well (a UUID): wants confirmation.
    Weak,
    /// Specific to the platform: never overruled.
    Strong,
    /// The operator said so.
    Told,
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strength::Weak => "weak",
            Strength::Strong => "strong",
            Strength::Told => "told",
        })
    }
}

/// One reason to believe that the machine runs on `platform`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub platform: Platform,
    pub strength: Strength,
    /// A sentence without a full stop: "chassis_asset_tag is OracleCloud.com".
    pub says: String,
}
