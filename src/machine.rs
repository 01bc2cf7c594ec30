//! Machine and its parts: plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

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
