//! Rendering: the parts of an intent as text, byte for byte the same for the same intent.

use std::fmt::Write;

use crate::decide::Line;
use crate::names::{CHRONY_WAIT, DRIFT};

/// chrony.conf: the platform's sources, and what the plan wants on every platform. It names no
/// directory of fragments: what lies there, now or later, has no effect.
pub fn chrony_conf(platform: &str, lines: &[Line]) -> String {
    let mut text = format!(
        "\
# Written by cloud-timesync for {platform}. cloud-timesync(8)
#
# Edit this file and it is yours: cloud-timesync then leaves it as it is and says so on every
# boot. `cloud-timesync apply --force` sets your version aside and writes this text anew.
# `cloud-timesync undo` gives back what was here before. To keep cloud-timesync away from this
# file, set chrony_conf = \"keep\" in /etc/cloud-timesync/config.toml.
"
    );
    for Line { directive, says, page } in lines {
        let _ = write!(text, "\n# {says}\n# {page}\n{directive}\n");
    }
    let _ = write!(
        text,
        "
# Step the clock in the first 3 updates if it is off by more than 1 second; slew it later.
makestep 1.0 3

# The rate at which the clock gains or loses time, for the next start.
driftfile {DRIFT}

# Let the kernel keep the real-time clock right.
rtcsync
"
    );
    text
}

/// The drop-in that makes a unit wait.
pub fn gate() -> String {
    format!(
        "\
# Written by cloud-timesync: this unit starts when the clock is synchronised.
# {CHRONY_WAIT} is named beside the target because Debian 12 reaches the target earlier.
# Wants, not Requires: without chrony the database starts all the same, and a restart of
# chronyd never stops it.
[Unit]
After=time-sync.target {CHRONY_WAIT}
Wants=time-sync.target {CHRONY_WAIT}
"
    )
}

/// The fragment that keeps cloud-init from writing chrony.conf.
pub fn cloud_init() -> &'static str {
    "\
# Written by cloud-timesync: chrony's configuration has one writer.
ntp:
  enabled: false
"
}
