//! `undo` is final: a run that was queued before it, or that a unit starts later in the boot, finds its mark and changes
//! nothing. Both look at the mark while they hold the lock.

use std::path::Path;

use tracing::debug;

use cloud_timesync::error::Result;
use cloud_timesync::job::Job;
use cloud_timesync::names::{ADOPT_UNIT, AGENT_UNIT, CLOUD_INIT_UNIT, ONLINE_UNIT, UNDONE, VMCLOCK_UNIT};
use cloud_timesync::observe::units;
use cloud_timesync::root::Root;
use cloud_timesync::systemd::Systemd;

use crate::process;

/// Ends the runs that are under way or queued beside the agent's own. One that cannot be stopped finds the mark.
pub async fn stop_runs(systemd: &Systemd) {
    let jobs =
        [ONLINE_UNIT, CLOUD_INIT_UNIT, ADOPT_UNIT, VMCLOCK_UNIT].map(|unit| Job::Stop(unit.to_owned()));
    for why in systemd.run(&jobs).await.into_iter().filter_map(Result::err) {
        debug!("{why}");
    }
}

/// Leaves the mark, on a machine that runs.
pub fn leave(root: &Root) -> Result<()> {
    if root.is_host() { root.write(Path::new(UNDONE), "", 0o644) } else { Ok(()) }
}

/// Tells whether this run has to leave the machine alone. A person's is the word that takes the mark away, and so is the
/// agent's own unit where it is enabled again: `undo` disabled it. (In a new boot /run is new.)
pub fn forbids(root: &Root) -> Result<bool> {
    if !root.is_host() || !root.exists(UNDONE) {
        return Ok(false);
    }
    let is_enabled = || units::agent(root).is_ok_and(|unit| unit.is_some_and(|unit| unit.is_enabled()));
    let unit = process::unit().filter(|unit| unit.starts_with("cloud-timesync"));
    if unit.is_some_and(|unit| unit != AGENT_UNIT || !is_enabled()) {
        return Ok(true);
    }
    root.remove(Path::new(UNDONE)).map(|()| false)
}
