//! The platforms by name.

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

    /// The word of `detect --json` and `--platform`.
    pub fn name(self) -> &'static str {
        match self {
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
        }
    }

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

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
