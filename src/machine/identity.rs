//! What a machine is, and the evidence for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the machine was found to be, and why.
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

/// Where the machine runs. The names are the contract of `detect --json` and `--platform`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    Aws,
    Gce,
    Azure,
    Oci,
    OpenStack,
    VMware,
    HyperV,
    Kvm,
    Metal,
    Unknown,
}

impl Platform {
    pub const ALL: [Platform; 10] = [
        Platform::Aws,
        Platform::Gce,
        Platform::Azure,
        Platform::Oci,
        Platform::OpenStack,
        Platform::VMware,
        Platform::HyperV,
        Platform::Kvm,
        Platform::Metal,
        Platform::Unknown,
    ];

    /// "aws, gce, azure ..."
    pub fn names() -> String {
        Platform::ALL.map(|platform| platform.to_string()).join(", ")
    }
}

impl std::str::FromStr for Platform {
    type Err = String;

    fn from_str(name: &str) -> Result<Platform, String> {
        let known = |platform: &Platform| platform.to_string() == name;
        let unknown = || format!("no platform is called {name}; there are {}", Platform::names());
        Platform::ALL.into_iter().find(known).ok_or_else(unknown)
    }
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

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::Aws => "aws",
            Platform::Gce => "gce",
            Platform::Azure => "azure",
            Platform::Oci => "oci",
            Platform::OpenStack => "openstack",
            Platform::VMware => "vmware",
            Platform::HyperV => "hyperv",
            Platform::Kvm => "kvm",
            Platform::Metal => "metal",
            Platform::Unknown => "unknown",
        })
    }
}

/// How much a piece of evidence proves.
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

/// One reason to believe that the machine runs on `platform`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub platform: Platform,
    pub strength: Strength,
    /// A sentence without a full stop: "chassis_asset_tag is OracleCloud.com".
    pub says: String,
}
