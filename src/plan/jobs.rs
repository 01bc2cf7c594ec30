//! The jobs. They come from the state of the machine, not only from the edits: what a run that was
//! killed did not get to, the next one does.

use std::path::Path;

use super::{Edit, Job, Plan};
use crate::database::has_one_name;
use crate::decide::Intent;
use crate::machine::{Chrony, LiveUnit, Machine, Manager};
use crate::names::{
    CHRONY_WAIT, CLOUD_INIT_UNIT, GATE_UNIT, ONLINE_UNIT, RELOAD_UNIT, WAIT_PATH, WAIT_UNIT, gate_path,
};
use crate::render;
use crate::rival::SKEW_DAEMON;
use crate::unit::CONFIG_DIR;

/// Lists what systemd is to be asked once the edits of this plan are made, in this order; nothing for an image.
pub fn jobs(plan: &Plan, machine: &Machine, intent: &Intent, chrony: &Chrony) -> Vec<Job> {
    let mut jobs = Vec::new();
    if machine.manager == Manager::Image {
        return jobs;
    }
    let is_new_conf = chrony.conf.as_ref().is_ok_and(|conf| plan.changes(conf));
    let chrony = chrony.unit.as_str();
    let is_unaware = |unit: &String| is_unaware(machine, unit, intent);
    let is_new_wait = plan.changes(Path::new(WAIT_PATH)) || is_wait_unread(machine, intent);
    if plan.edits.iter().any(is_of_units) || intent.gated.iter().any(is_unaware) || is_new_wait {
        let may_come_later = !is_new_wait && is_gate_closed(machine, intent, chrony);
        jobs.push(if may_come_later { Job::Start(RELOAD_UNIT.to_owned()) } else { Job::Reload });
    }
    for unit in intent.rivals.iter().flat_map(|rival| rival.units) {
        if !is_idle(machine, unit) {
            jobs.push(Job::Stop((*unit).to_owned()));
        }
    }
    for unit in SKEW_DAEMON.units.iter().filter(|_| plan.changes(Path::new(SKEW_DAEMON.path))) {
        if live(machine, unit).is_up() {
            jobs.push(Job::TryRestart((*unit).to_owned()));
        }
    }
    // In the boot chronyd has not started yet and reads the new file by itself.
    if (is_new_conf || machine.restart_owed) && live(machine, chrony).is_up() {
        jobs.push(Job::TryRestart(chrony.to_owned()));
    }
    // The wait brings chronyd along.
    let wait = wants_wait(machine, intent).then_some(CHRONY_WAIT);
    if let Some(unit) = wait.or_else(|| wants_chronyd(machine, chrony).then_some(chrony)) {
        // It may have failed too often to be started (05-cloud-timesync.conf), by what this run has mended.
        if live(machine, chrony).active == "failed" {
            jobs.push(Job::ResetFailed(chrony.to_owned()));
        }
        jobs.push(Job::Start(unit.to_owned()));
    }
    let may_write = machine.cloud_init.as_ref().is_some_and(|cloud_init| cloud_init.may_write);
    for (unit, is_wanted) in [(ONLINE_UNIT, intent.ask_again), (CLOUD_INIT_UNIT, may_write)] {
        let later = live(machine, unit);
        if is_wanted && later.loaded && !later.has_run && !later.has_job {
            jobs.push(Job::Start(unit.to_owned()));
        }
    }
    jobs
}

/// Unit files, drop-ins or their enablement.
fn is_of_units(edit: &Edit) -> bool {
    matches!(edit, Edit::Unit { .. }) || edit.path().is_some_and(|path| path.starts_with(CONFIG_DIR))
}

/// Wants= that systemd reads now adds no job to a transaction that is already built: the wait is
/// queued here, and the database's job, which is ordered after it, waits.
fn wants_wait(machine: &Machine, intent: &Intent) -> bool {
    // Of a manager that is silent nothing is known: in a boot the gate pulls the wait in.
    let is_silent = !matches!(machine.manager, Manager::Live(_));
    if is_silent || machine.unit(CHRONY_WAIT).is_none_or(|unit| unit.masked) {
        return false;
    }
    let gated: Vec<LiveUnit> = intent.gated.iter().map(|unit| live(machine, unit)).collect();
    // The agent's own wait goes on where chrony's has given up.
    let own = live(machine, WAIT_UNIT);
    let held = gated.iter().any(|unit| unit.loaded && !unit.is_up()) && !own.is_up();
    // Others wait for the target, too: where no database is installed, one wait a boot.
    let first = !live(machine, CHRONY_WAIT).has_run && !own.has_run && !gated.iter().any(LiveUnit::is_up);
    is_idle(machine, CHRONY_WAIT) && (held || first)
}

/// A wait that is over does not fall with a chronyd that dies, and one whose chronyd had no name when the boot's transaction was
/// made is in it alone: systemd 252 keeps the job of a unit whose requirement is not found.
fn wants_chronyd(machine: &Machine, chrony: &str) -> bool {
    matches!(machine.manager, Manager::Live(_))
        && machine.unit(chrony).is_some_and(|unit| !unit.masked)
        && is_idle(machine, chrony)
}

/// The boot's first transaction holds all gated units behind the wait, and chronyd comes after this run: nothing waits for the
/// drop-ins to be read.
fn is_gate_closed(machine: &Machine, intent: &Intent, chrony: &str) -> bool {
    let is_queued = |unit: &str| live(machine, unit).has_job && !live(machine, unit).is_up();
    let waits = |unit: &String| has_one_name(unit) || live(machine, unit).waits(intent.waits_longer());
    [GATE_UNIT, CHRONY_WAIT, chrony].into_iter().all(is_queued) && intent.gated.iter().all(waits)
}

/// The drop-in is on disk, and PID 1 has not read it. (NeedDaemonReload does not tell: systemd 252
/// leaves it at "no" for a new drop-in directory.)
fn is_unaware(machine: &Machine, unit: &str, intent: &Intent) -> bool {
    let on_disk =
        machine.file(&gate_path(unit)).found.text() == Some(render::gate(unit, intent.awaited()).as_str());
    on_disk && machine.live(unit).is_some_and(|live| live.loaded && !live.waits(intent.waits_longer()))
}

/// The same for the drop-in of chrony-wait.
fn is_wait_unread(machine: &Machine, intent: &Intent) -> bool {
    let wanted = render::wait(intent);
    let on_disk = wanted.is_some() && machine.file(Path::new(WAIT_PATH)).found.text() == wanted.as_deref();
    let unread = |live: &LiveUnit| live.stale || !live.drop_ins.iter().any(|path| path == WAIT_PATH);
    on_disk && machine.live(CHRONY_WAIT).is_some_and(|live| live.loaded && unread(live))
}

/// Neither up nor on its way.
fn is_idle(machine: &Machine, unit: &str) -> bool {
    let live = live(machine, unit);
    !live.is_up() && !live.has_job
}

fn live(machine: &Machine, unit: &str) -> LiveUnit {
    machine.live(unit).cloned().unwrap_or_default()
}
