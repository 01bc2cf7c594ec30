//! Where a machine's own units lie, and the links that enable them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where `systemctl enable` makes its links.
pub const CONFIG_DIR: &str = "/etc/systemd/system";

/// A link in /etc/systemd/system that enables a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLink {
    pub path: PathBuf,
    pub target: PathBuf,
}
