//! A chronyd that runs, has ended, or is to be restarted.

use super::*;

#[test]
fn a_fragment_that_nobody_reads_restarts_nothing() {
    let mut machine = later_boot();
    with(&mut machine, CHRONY, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    machine.fragments = vec!["/etc/chrony/sources.d/x.sources".into()];
    let plan = plan(&machine, &decide(&machine, &Config::default(), false));
    assert_eq!((plan.edits.len(), plan.jobs), (1, vec![]));
}

#[test]
fn a_stopped_chronyd_is_started_beside_a_running_database() {
    let mut machine = later_boot();
    with(&mut machine, SCYLLA, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    with(&mut machine, CHRONY, |unit| unit.has_job = false);
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["start chrony.service"]);
}

/// chrony-wait has RemainAfterExit=, and Requires= does not end it with a chronyd that crashed.
#[test]
fn a_chronyd_that_died_is_started_though_the_wait_is_over() {
    let mut machine = later_boot();
    for unit in [SCYLLA, CHRONY_WAIT] {
        with(&mut machine, unit, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    }
    with(&mut machine, CHRONY, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["start chrony.service"]);
    with(&mut machine, CHRONY_WAIT, |unit| unit.active = "activating".into());
    assert_eq!(jobs(&machine), ["start chrony.service"], "it is waited for in vain");
}

#[test]
fn a_restart_that_a_killed_run_owes_is_made_up_for() {
    let mut machine = Machine { restart_owed: true, ..later_boot() };
    assert_eq!(jobs(&machine), [""; 0], "chronyd has not started yet, and reads the new file");
    with(&mut machine, CHRONY, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    assert_eq!(jobs(&machine), ["restart chrony.service if it runs"]);
}
