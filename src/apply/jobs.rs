//! Asking systemd for the jobs of a plan, and for the gate where it does not read what is on the disk.

use tracing::{debug, warn};

use super::Run;
use crate::journal;
use crate::names::GATE_UNIT;
use crate::plan::Job;

impl Run<'_> {
    pub(super) async fn jobs(&mut self, jobs: &[Job]) {
        let mut unread = false;
        for job in jobs {
            unread |= !self.job(job).await && *job == Job::Reload;
        }
        // The last of all: it is ordered after what the others start.
        if unread && self.job(&Job::Start(GATE_UNIT.to_owned())).await {
            warn!(
                MESSAGE_ID = journal::UNREAD,
                UNIT = GATE_UNIT,
                "systemd has not read the gates: in this boot {GATE_UNIT} holds the databases, and no unit that only \
                 the configuration names"
            );
        }
    }

    /// False where it failed.
    async fn job(&mut self, job: &Job) -> bool {
        let Some(systemd) = self.systemd else { return true };
        if let Err(why) = systemd.run(job).await {
            self.fail(why);
            return false;
        }
        match job {
            Job::Reload => debug!(MESSAGE_ID = journal::QUEUED, "reloaded the units"),
            Job::Start(unit) | Job::Stop(unit) | Job::TryRestart(unit) => {
                debug!(MESSAGE_ID = journal::QUEUED, UNIT = unit, "queued: {job}");
            }
        }
        true
    }
}
