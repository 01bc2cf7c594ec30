//! Machine and its parts: plain data.

mod boot;
mod clock;
mod conf;
mod identity;
mod running;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use boot::{Boot, Step, UnitEvent, Update, What};
pub use clock::{ClockSource, Tracking};
pub use conf::{Conf, ConfLine};
pub use identity::{Evidence, Identity, Platform, Strength};
pub use running::{Permissions, Process, Running, Seen, Service, Surroundings, User};

use crate::names::AWAITED;
use crate::receipt::Receipt;

/// What the machine is: all that is ever read of it, at one moment.
#[derive(Debug)]
pub struct Machine {
    pub identity: Identity,
    /// The PTP clocks that are there now.
    pub clocks: Vec<PtpClock>,
    /// None where chrony is not installed.
    pub chrony: Option<Chrony>,
    /// Every file that a plan may write.
    pub files: BTreeMap<PathBuf, Target>,
    /// What lies in chrony's fragment directories.
    pub fragments: Vec<PathBuf>,
    /// The drift that another driftfile holds, while ours does not exist yet.
    pub learned_drift: Option<String>,
    /// /etc/cloud/cloud.cfg.d is there.
    pub cloud_init: bool,
    /// The units that matter, as their files say.
    pub units: Vec<UnitFile>,
    pub manager: Manager,
    pub receipt: Receipt,
}

impl Machine {
    /// What was seen at `path`. Nothing, if nobody looked.
    pub fn file(&self, path: &Path) -> &Target {
        const NOTHING: &Target = &Target { found: Found::Absent, standing: Standing::Original };
        self.files.get(path).unwrap_or(NOTHING)
    }

    /// A unit as its files say; None where it has none.
    pub fn unit(&self, name: &str) -> Option<&UnitFile> {
        self.units.iter().find(|unit| unit.name == name)
    }

    /// A unit as the service manager sees it; None for an image.
    pub fn live(&self, name: &str) -> Option<&LiveUnit> {
        match &self.manager {
            Manager::Live(units) => units.get(name),
            Manager::Image | Manager::Silent => None,
        }
    }
}

/// A PTP clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PtpClock {
    /// `/sys/class/ptp/*/clock_name`: the only thing that tells whose time it keeps.
    pub clock_name: String,
    /// udev's link for the clock (/dev/ptp_hyperv) if it is there, else the device (/dev/ptp0).
    pub device: PathBuf,
}

impl PtpClock {
    /// It is the clock of this name, under udev's link.
    pub fn is_linked_as(&self, clock_name: &str) -> bool {
        self.clock_name == clock_name && self.device == PtpClock::link(clock_name)
    }

    /// The link that systemd's 50-udev-default.rules makes: /dev/ptp_hyperv, /dev/ptp_kvm.
    pub fn link(clock_name: &str) -> PathBuf {
        PathBuf::from(format!("/dev/ptp_{clock_name}"))
    }
}

/// chrony as the distribution installed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chrony {
    /// The one file that its chronyd reads.
    pub conf: PathBuf,
    /// The unit's own name: chrony.service or chronyd.service.
    pub unit: String,
    /// The program, where it can be run.
    pub chronyd: Option<PathBuf>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Absent,
    File {
        text: String,
        mode: u32,
    },
    /// A file or a link whose text cannot be had: "a file of more than 1 MiB".
    Opaque(String),
    /// Nothing that could be a configuration: "a FIFO".
    NotAFile(String),
}

impl Found {
    pub fn text(&self) -> Option<&str> {
        match self {
            Found::File { text, .. } => Some(text),
            Found::Absent | Found::Opaque(_) | Found::NotAFile(_) => None,
        }
    }
}

/// A file that the agent writes, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub found: Found,
    pub standing: Standing,
}

/// Whose text a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The image's: the agent never wrote here.
    Original,
    /// The agent's.
    Ours,
    /// The agent wrote here, and somebody changed it since: it is theirs now.
    Edited,
}

/// A unit as its files on disk say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFile {
    pub name: String,
    pub masked: bool,
    /// The links that enable it and are there.
    pub links: Vec<UnitLink>,
    /// The links that `systemctl enable` would add.
    pub missing: Vec<UnitLink>,
}

/// A link in /etc/systemd/system that enables a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLink {
    pub path: PathBuf,
    pub target: PathBuf,
}

/// The service manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// An image has none.
    Image,
    /// It did not answer in time.
    Silent,
    Live(BTreeMap<String, LiveUnit>),
}

/// A unit as the service manager sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveUnit {
    /// LoadState is "loaded".
    pub loaded: bool,
    /// ActiveState: "active", "inactive", "activating" and so on.
    pub active: String,
    /// A job for it is queued or runs.
    pub has_job: bool,
    /// It ran in this boot, or runs.
    pub has_run: bool,
    pub after: Vec<String>,
    pub wants: Vec<String>,
    /// Its files changed since PID 1 read them.
    pub stale: bool,
}

impl LiveUnit {
    /// What PID 1 does not order it after, and what PID 1 does not pull in with it, of the things
    /// that a gated unit waits for.
    pub fn lacks(&self) -> [Vec<&'static str>; 2] {
        [&self.after, &self.wants].map(|list| {
            AWAITED.into_iter().filter(|awaited| !list.iter().any(|unit| unit == awaited)).collect()
        })
    }

    /// The gate is in force.
    pub fn waits(&self) -> bool {
        self.lacks().iter().all(Vec::is_empty)
    }

    /// Its processes run, or are being started.
    pub fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading" | "refreshing")
    }
}
