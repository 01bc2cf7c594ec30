//! Names that the outside holds on to: units, and the paths that the agent writes.

use std::path::PathBuf;

/// The databases that wait for the clock.
pub const GATED: [&str; 1] = ["scylla-server.service"];

/// The wait: chrony's own unit, on every distribution.
pub const CHRONY_WAIT: &str = "chrony-wait.service";

/// Reached when the clock is synchronised: systemd.special(7).
pub const TIME_SYNC: &str = "time-sync.target";

/// What a gated unit is ordered after, and pulls in.
pub const AWAITED: [&str; 2] = [TIME_SYNC, CHRONY_WAIT];

/// The agent's own unit.
pub const AGENT_UNIT: &str = "cloud-timesync.service";

/// Runs the agent once more when the network is online; the agent queues it.
pub const ONLINE_UNIT: &str = "cloud-timesync-online.service";

/// Time daemons that would take chronyd's place. Debian 13 enables this one beside chrony on the
/// first boot of a sealed image, and it displaces chrony.service.
pub const RIVALS: [&str; 1] = ["chronyd-restricted.service"];

/// Every daemon that would set the clock beside chronyd, as the distributions call it.
pub const OTHER_DAEMONS: [&str; 6] = [
    "chronyd-restricted.service",
    "systemd-timesyncd.service",
    "ntp.service",
    "ntpd.service",
    "ntpsec.service",
    "openntpd.service",
];

/// Where DHCP's hooks leave time servers; a distribution's chrony.conf reads it.
pub const DHCP_DIR: &str = "/run/chrony-dhcp";

/// The directories of fragments that a distribution's chrony.conf reads.
pub const FRAGMENT_DIRS: [&str; 2] = ["/etc/chrony/sources.d", "/etc/chrony/conf.d"];

/// chronyd's driftfile, the same on every distribution.
pub const DRIFT: &str = "/var/lib/chrony/drift";

/// Where cloud-init reads its configuration, if it is installed.
pub const CLOUD_INIT_DIR: &str = "/etc/cloud/cloud.cfg.d";

/// The fragment that switches cloud-init's NTP off. It sorts after the distribution's own.
pub const CLOUD_INIT: &str = "/etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg";

/// Held by the run that writes.
pub const LOCK: &str = "/run/cloud-timesync/lock";

/// What this boot's checks found.
pub const REPORT: &str = "/run/cloud-timesync/report.json";

/// The drop-in that makes `unit` wait.
pub fn gate_path(unit: &str) -> PathBuf {
    PathBuf::from(format!("/etc/systemd/system/{unit}.d/10-time-sync.conf"))
}
