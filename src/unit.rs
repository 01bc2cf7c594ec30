//! Places of a machine's own units, and the links that enable them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Directory in which `systemctl enable` makes its links.
pub const CONFIG_DIR: &str = "/etc/systemd/system";

/// The template of an instance: cassandra@.service of cassandra@prod.service.
pub fn template(name: &str) -> Option<String> {
    let ((stem, _), (_, kind)) = name.split_once('@').zip(name.rsplit_once('.'))?;
    Some(format!("{stem}@.{kind}"))
}

/// A link in /etc/systemd/system that enables a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLink {
    pub path: PathBuf,
    pub target: PathBuf,
}

impl UnitLink {
    /// The link that masks a unit: systemd.unit(5).
    pub fn mask(unit: &str) -> UnitLink {
        UnitLink { path: Path::new(CONFIG_DIR).join(unit), target: "/dev/null".into() }
    }
}
