//! Asking systemd for the jobs of a plan, and for the gate where it does not read what is on the disk.

use std::path::Path;

use tracing::{debug, warn};

use super::Run;
use crate::journal;
use crate::machine::Manager;
use crate::names::{CHRONYD_PID, GATE_UNIT, RESTART_OWED};
use crate::plan::{Job, Plan};

impl Run<'_> {
    /// A chronyd that runs has to start anew for the chrony.conf of this plan: a run that is killed on its way there
    /// leaves the debt to the next one, and so does one to which systemd does not say whether chronyd runs.
    pub(super) fn owe_restart(&mut self, plan: &Plan) {
        let Some(chrony) = &self.machine.chrony else { return };
        let restarts = plan.jobs.contains(&Job::TryRestart(chrony.unit.clone()));
        let is_untold = self.machine.manager == Manager::Silent && self.root.exists(CHRONYD_PID);
        if (restarts || is_untold) && plan.edits.iter().any(|edit| edit.path() == Some(&chrony.conf)) {
            self.root.write(Path::new(RESTART_OWED), "", 0o644).unwrap_or_else(|why| self.fail(why));
        }
    }

    pub(super) async fn jobs(&mut self, jobs: &[Job]) {
        let mut unread = false;
        let needless = self.needless_restart();
        if needless.is_some() && self.root.exists(RESTART_OWED) {
            self.root.remove(Path::new(RESTART_OWED)).unwrap_or_else(|why| self.fail(why));
        }
        for job in jobs.iter().filter(|job| Some(*job) != needless.as_ref()) {
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

    /// chronyd's, where something failed and it would read the same chrony.conf again.
    fn needless_restart(&self) -> Option<Job> {
        let chrony = self.machine.chrony.as_ref()?;
        let stays =
            || self.root.text(&chrony.conf).as_deref() == self.machine.file(&chrony.conf).found.text();
        let needless = !self.failed.is_empty() && !self.machine.restart_owed && stays();
        needless.then(|| Job::TryRestart(chrony.unit.clone()))
    }

    /// False where it failed.
    async fn job(&mut self, job: &Job) -> bool {
        let Some(systemd) = self.systemd else { return true };
        if let Err(why) = systemd.run(job).await {
            self.fail(why);
            return false;
        }
        if self.machine.chrony.as_ref().is_some_and(|chrony| *job == Job::TryRestart(chrony.unit.clone())) {
            self.root.remove(Path::new(RESTART_OWED)).unwrap_or_else(|why| self.fail(why));
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
