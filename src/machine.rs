//! Machine and its parts: plain data.

mod boot;
mod clock;
mod cloud_init;
mod command_line;
mod identity;
mod manager;
mod running;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use crate::conf::{Conf, ConfLine, Directive};
pub use boot::{Boot, Move, Repair, STAMPED_LATE, Step, UnitEvent, Update, Wait, What, as_milliseconds};
pub use clock::{ClockSource, LOCAL, Objection, Tracking};
pub use cloud_init::{CloudInit, NtpFrom};
pub use command_line::CommandLine;
pub use identity::Identity;
pub use manager::{LiveUnit, Manager};
pub use running::{Process, Running, Seen, Service, Surroundings};

use crate::receipt::Receipt;
use crate::root::Found;
use crate::unit::UnitLink;

/// Everything that is ever read of the machine, at one moment.
#[derive(Clone, Debug)]
pub struct Machine {
    pub identity: Identity,
    /// Names of the machine, as far as they are known already.
    pub host_names: Vec<String>,
    /// Devices that chronyd may need to start, as far as they are there now: those of reference clocks under all of their
    /// names, and the network's interfaces in /sys/class/net. PTP clocks have their clock_name, the only thing that tells
    /// whose time they keep.
    pub devices: BTreeMap<PathBuf, String>,
    /// Protocols by which it can be reached.
    pub addresses: Addresses,
    /// ID and ID_LIKE of os-release(5), in this order.
    pub distribution: Vec<String>,
    /// None where chrony is not installed.
    pub chrony: Option<Chrony>,
    /// All directives that chronyd reads now; or why they are not known.
    pub conf: Seen<Conf>,
    /// The distribution's own chrony.conf, where its package keeps a copy.
    pub pristine_conf: Option<String>,
    /// The chrony.conf that was there before the agent's, as far as there is a copy.
    pub original_conf: Option<String>,
    /// Not every user might read that one.
    pub original_is_closed: bool,
    /// Every file that a plan may write.
    pub files: BTreeMap<PathBuf, Target>,
    /// Files in chrony's fragment directories.
    pub fragments: Vec<PathBuf>,
    /// Files that lie where copies of these and of others' files would go.
    pub copies: HashSet<PathBuf>,
    /// machine-id(5) and the end of the firmware's UUID; None where it has none yet, as an image.
    pub id: Option<String>,
    pub earlier: Earlier,
    /// None where cloud-init is not installed.
    pub cloud_init: Option<CloudInit>,
    /// Google's guest agent is installed.
    pub google_agent: bool,
    /// VMware Tools set the clock to the host's every minute; None where they are not, or do not answer.
    pub host_sync: Option<bool>,
    /// The units that matter, as their files say.
    pub units: Vec<UnitFile>,
    /// The servers of daemons that are displaced.
    pub foreign_servers: Vec<ForeignServer>,
    /// Settings of these daemons that chronyd cannot have.
    pub foreign_lines: Vec<ForeignLine>,
    /// The operator's own lines that chronyd refuses, with chronyd's words.
    pub refused_lines: BTreeMap<String, String>,
    pub manager: Manager,
    /// A pass of this boot wrote chrony.conf, and did not get to chronyd's restart.
    pub restart_owed: bool,
    pub receipt: Receipt,
}

/// The passes before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    Never,
    /// Here, or on the machine that the image was made of; none has seen this machine with its network.
    Unseen,
    /// One has.
    Here,
}

impl Machine {
    /// Finds what was seen at `path`: nothing, if it was not looked at.
    pub fn file(&self, path: &Path) -> &Target {
        const NOTHING: &Target = &Target { found: Found::Absent, standing: Standing::Original };
        self.files.get(path).unwrap_or(NOTHING)
    }

    /// The chrony.conf that the agent may write.
    pub fn conf_path(&self) -> Option<&Path> {
        self.chrony.as_ref()?.conf.as_deref().ok()
    }

    /// chronyd can open this device when it starts.
    pub fn has_device(&self, path: &Path) -> bool {
        self.devices.contains_key(path)
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

/// The protocols by which a machine can be reached. Before the network is up nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    #[default]
    Unknown,
    /// IPv4, with IPv6 or without.
    V4,
    OnlyV6,
}

/// chrony as the distribution installed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chrony {
    /// The file that its chronyd reads; or why that is not known, or not the agent's to write.
    pub conf: Seen<PathBuf>,
    /// The unit's own name: chrony.service or chronyd.service.
    pub unit: String,
    /// The program, where it can be run.
    pub chronyd: Option<PathBuf>,
    /// The arguments that its unit gives it.
    pub options: Vec<String>,
}

/// A file that the agent writes, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub found: Found,
    pub standing: Standing,
}

impl Target {
    /// There is something, and it is not the agent's: it would be copied before it is replaced.
    pub fn is_others(&self) -> bool {
        self.found != Found::Absent && self.standing != Standing::Ours
    }

    /// Somebody edited what the agent wrote, and nobody told the agent to write over it.
    pub fn is_left(&self, over_edits: bool) -> bool {
        self.standing == Standing::Edited && !over_edits
    }
}

/// Author of a file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The image's: the agent never wrote here.
    Original,
    /// The agent's, or cloud-init's over it.
    Ours,
    /// The agent wrote here, and somebody changed it since: it is theirs now.
    Edited,
}

/// A unit as its files on disk say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    pub name: String,
    pub masked: bool,
    /// Unit file lies where a mask would.
    pub in_etc: bool,
    /// Links of the distribution's enable it: only a mask overrides them.
    pub pulled_in: bool,
    /// The links that enable it and are there.
    pub links: Vec<UnitLink>,
    /// The links that `systemctl enable` would add.
    pub missing: Vec<UnitLink>,
}

impl UnitFile {
    /// Tells whether it starts in every boot.
    pub fn is_enabled(&self) -> bool {
        !self.masked && (self.pulled_in || !self.links.is_empty())
    }
}

/// A time server that the configuration of a displaced daemon names: a host's name or an address, and
/// nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForeignServer {
    pub name: String,
    /// All of the name's addresses are meant.
    pub pool: bool,
    /// systemd-timesyncd, ntpsec, ...
    pub daemon: &'static str,
    pub file: PathBuf,
    /// chronyd's options for it. None where the daemon knew the server by more than its name (a key, a certificate of the
    /// site's): chronyd would believe whoever answers.
    #[serde(skip)]
    pub options: Option<String>,
}

impl ForeignServer {
    /// Tells whether the daemon knew it by more than its name.
    pub fn is_authenticated(&self) -> bool {
        self.options.as_ref().is_none_or(|options| options.split(' ').any(|word| word == "nts"))
    }
}

/// Line of a displaced daemon's configuration on its time sources that chronyd does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignLine {
    pub daemon: &'static str,
    /// "server ntp1.example.com key 5"
    pub text: String,
    /// "/etc/ntp.conf, line 3"
    pub place: String,
}

#[cfg(test)]
pub mod tests;
