//! Asking systemd for the jobs of a plan.

use std::path::Path;

use tracing::debug;

use super::Run;
use crate::job::Job;
use crate::journal;
use crate::machine::Manager;
use crate::names::{CHRONYD_PID, RESTART_OWED};
use crate::plan::Plan;

impl Run<'_> {
    /// A chronyd that runs has to start anew for the chrony.conf of this plan: a run that is killed on its way there
    /// leaves the debt to the next one, and so does one to which systemd does not say whether chronyd runs.
    pub(super) fn owe_restart(&mut self, plan: &Plan) {
        let restarts = plan.jobs.iter().any(|job| self.is_chronyds_restart(job));
        let is_untold = self.machine.manager == Manager::Silent && self.root.exists(CHRONYD_PID);
        if (restarts || is_untold) && self.machine.conf_path().is_some_and(|conf| plan.changes(conf)) {
            self.root.write(Path::new(RESTART_OWED), "", 0o644).unwrap_or_else(|why| self.fail(why));
        }
    }

    pub(super) async fn jobs(&mut self, jobs: &[Job]) {
        let needless = self.is_restart_needless();
        if needless && self.root.exists(RESTART_OWED) {
            self.root.remove(Path::new(RESTART_OWED)).unwrap_or_else(|why| self.fail(why));
        }
        let Some(systemd) = self.systemd else { return };
        let is_wanted = |job: &&Job| !(needless && self.is_chronyds_restart(job));
        let jobs: Vec<Job> = jobs.iter().filter(is_wanted).cloned().collect();
        for (job, done) in jobs.iter().zip(systemd.run(&jobs).await) {
            if let Err(why) = done {
                self.fail(why);
                continue;
            }
            if self.is_chronyds_restart(job) {
                self.root.remove(Path::new(RESTART_OWED)).unwrap_or_else(|why| self.fail(why));
            }
            debug!(MESSAGE_ID = journal::QUEUED, "asked systemd: {job}");
        }
    }

    fn is_chronyds_restart(&self, job: &Job) -> bool {
        let chrony = self.machine.chrony.as_ref();
        chrony.is_some_and(|chrony| matches!(job, Job::TryRestart(unit) if *unit == chrony.unit))
    }

    /// Something failed, and chronyd would read the same chrony.conf again.
    fn is_restart_needless(&self) -> bool {
        let is_as_before =
            |conf: &Path| self.root.text(conf).as_deref() == self.machine.file(conf).found.text();
        let stays = || self.machine.conf_path().is_some_and(is_as_before);
        !self.failed.is_empty() && !self.machine.restart_owed && stays()
    }
}
