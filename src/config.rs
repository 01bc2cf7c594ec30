//! The operator's words: /etc/cloud-timesync/config.toml, parsed and checked.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::machine::{Found, Platform};
use crate::root::Root;

/// The first that exists is read, by the UAPI rules.
const FILES: [&str; 3] = [
    "/etc/cloud-timesync/config.toml",
    "/run/cloud-timesync/config.toml",
    "/usr/lib/cloud-timesync/config.toml",
];

/// What an operator may set. The default is right for a cloud image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The platform, where it is not to be detected.
    pub platform: Option<Platform>,
    /// Whether chrony.conf is written.
    pub chrony_conf: ChronyConf,
    /// When the metadata service is asked.
    pub imds: Imds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChronyConf {
    #[default]
    Write,
    /// Somebody else's; the gate is set all the same.
    Keep,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Imds {
    /// Where DMI is absent or weak.
    #[default]
    Doubt,
    /// Also where DMI names a machine that no row knows.
    Always,
    Never,
}

impl Config {
    /// # Errors
    /// When there is a file that cannot be read or says something unknown.
    pub fn load(root: &Root) -> Result<Config> {
        for path in FILES.map(Path::new) {
            match root.read(path)? {
                Found::Absent => {}
                Found::File { text, .. } => {
                    return toml::from_str(&text)
                        .map_err(|why| Error::path("reading", path, why.to_string().trim_end()));
                }
                Found::Opaque(what) | Found::NotAFile(what) => {
                    return Err(Error::path("reading", path, format_args!("it is {what}")));
                }
            }
        }
        Ok(Config::default())
    }
}
