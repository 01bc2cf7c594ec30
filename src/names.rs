//! Names that the outside holds on to: units, and the paths that the agent writes.

use std::path::{Path, PathBuf};

/// The wait: chrony's own unit, on every distribution.
pub const CHRONY_WAIT: &str = "chrony-wait.service";

/// Reached when the clock is synchronised: systemd.special(7).
pub const TIME_SYNC: &str = "time-sync.target";

/// The agent's own wait, behind chrony's.
pub const WAIT_UNIT: &str = "cloud-timesync-wait.service";

/// Holds the databases of the table in every boot in which the agent is enabled: the agent's unit wants it.
pub const GATE_UNIT: &str = "cloud-timesync-gate.target";

/// Has systemd reload its units when chronyd has started; the agent queues it.
pub const RELOAD_UNIT: &str = "cloud-timesync-reload.service";

/// Units that a gated unit is ordered after, and pulls in; with the agent's own wait where chrony's is not enough.
pub fn awaited(longer: bool) -> &'static [&'static str] {
    if longer { &[TIME_SYNC, CHRONY_WAIT, WAIT_UNIT] } else { &[TIME_SYNC, CHRONY_WAIT] }
}

/// The agent's own unit.
pub const AGENT_UNIT: &str = "cloud-timesync.service";

/// Runs the checks of the boot.
pub const VERIFY_UNIT: &str = "cloud-timesync-verify.service";

/// Runs the agent once more when the network is online; the agent queues it.
pub const ONLINE_UNIT: &str = "cloud-timesync-online.service";

/// Runs the agent once more when cloud-init has configured the machine; the agent queues it.
pub const CLOUD_INIT_UNIT: &str = "cloud-timesync-cloud-init.service";

/// Runs the agent for a PTP clock that came late; udev starts it.
pub const ADOPT_UNIT: &str = "cloud-timesync-adopt.service";

/// Has chronyd set the clock anew after a migration; udev starts it.
pub const VMCLOCK_UNIT: &str = "cloud-timesync-vmclock.service";

/// Directory in which DHCP's hooks leave time servers; a distribution's chrony.conf reads it.
pub const DHCP_DIR: &str = "/run/chrony-dhcp";

/// The directories of fragments that a distribution's chrony.conf reads: Debian's two, and the one of SUSE and Amazon
/// Linux.
pub const FRAGMENT_DIRS: [&str; 3] = ["/etc/chrony/sources.d", "/etc/chrony/conf.d", "/etc/chrony.d"];

/// chronyd's driftfile, the same on every distribution.
pub const DRIFT: &str = "/var/lib/chrony/drift";

/// Directory of cloud-init's configuration, if it is installed.
pub const CLOUD_INIT_DIR: &str = "/etc/cloud/cloud.cfg.d";

/// The fragment that switches cloud-init's NTP off. It sorts after the distribution's own.
pub const CLOUD_INIT: &str = "/etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg";

/// A pass with a configuration that can be read has done its work, where the receipt names nothing that tells it. The
/// machine's IDs are in it once one has seen the network.
pub const SEEN: &str = "/var/lib/cloud-timesync/machine";

/// Held by the run that writes.
pub const LOCK: &str = "/run/cloud-timesync/lock";

/// The same in an image, and on a machine whose /run is full; gone when the run ends.
pub const PASSING_LOCK: &str = "/var/lib/cloud-timesync/lock";

/// Report of this boot's checks.
pub const REPORT: &str = "/run/cloud-timesync/report.json";

/// chronyd runs: where it writes its number unless it is told another place.
pub const CHRONYD_PID: &str = "/run/chrony/chronyd.pid";

/// There from before chrony.conf is written for a chronyd that runs until its restart is queued.
pub const RESTART_OWED: &str = "/run/cloud-timesync/restart-owed";

/// There from `undo` on, until a person or a boot says otherwise: no unit of the agent's takes back what was undone.
pub const UNDONE: &str = "/run/cloud-timesync/undone";

/// There while a PTP clock that this platform gives has not come. cloud-timesync-adopt.service runs only then.
pub const AWAITS_CLOCK: &str = "/run/cloud-timesync/awaits-ptp";

/// The drop-in that says how long chrony-wait waits, and how chronyd steps meanwhile.
pub const WAIT_PATH: &str = "/etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf";

/// The drop-in that makes `unit` wait.
pub fn gate_path(unit: &str) -> PathBuf {
    PathBuf::from(format!("/etc/systemd/system/{unit}.d/10-time-sync.conf"))
}

/// The unit that a drop-in of the agent's is for; None for any other file.
pub fn gated_by(path: &Path) -> Option<&str> {
    let folder = path.to_str()?.strip_prefix("/etc/systemd/system/")?.strip_suffix("/10-time-sync.conf")?;
    folder.strip_suffix(".d").filter(|unit| !unit.contains('/'))
}
