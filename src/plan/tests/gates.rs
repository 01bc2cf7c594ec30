//! The gate as it is configured, and units that were there before it.

use std::time::Duration;

use super::*;
use crate::config::{AtTimeout, Gate};
use crate::names::WAIT_PATH;

fn holding() -> Config {
    let gate = Gate { at_timeout: AtTimeout::Hold, ..Default::default() };
    Config { gate, ..Config::default() }
}

#[test]
fn only_a_first_boot_that_holds_queues_the_hold() {
    let mut machine = first_boot();
    let intent = decide(&machine, &holding(), false);
    let wanted = [RELOAD_UNIT, HOLD_UNIT].map(|unit| Job::Start(unit.into()));
    assert_eq!(plan(&machine, &intent).jobs, wanted);
    with(&mut machine, HOLD_UNIT, |unit| unit.has_job = true);
    assert_eq!(plan(&machine, &intent).jobs, wanted[..1]);
    // It ran and let go: the database has a job until it is up, and the hold is not run again.
    with(&mut machine, HOLD_UNIT, |unit| (unit.has_job, unit.has_run) = (false, true));
    assert_eq!(plan(&machine, &intent).jobs, wanted[..1]);
}

#[test]
fn a_database_that_nobody_starts_is_not_held() {
    let mut machine = first_boot();
    with(&mut machine, SCYLLA, |unit| unit.has_job = false);
    let jobs = plan(&machine, &decide(&machine, &holding(), false)).jobs;
    assert!(!jobs.contains(&Job::Start(HOLD_UNIT.into())), "{jobs:?}");
}

#[test]
fn a_hold_that_is_not_wanted_any_more_is_ended() {
    let mut machine = later_boot();
    with(&mut machine, HOLD_UNIT, |unit| unit.active = "activating".into());
    assert_eq!(jobs(&machine), ["stop cloud-timesync-hold.service"]);
}

#[test]
fn a_unit_that_started_without_waiting_is_named_and_left_alone() {
    let mut machine = first_boot();
    with(&mut machine, SCYLLA, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    let told = plan(&machine, &decide(&machine, &Config::default(), false));
    assert_eq!(told.too_late, [SCYLLA]);
    assert!(
        told.to_string().contains("note: scylla-server.service had started before its gate was set"),
        "{told}"
    );
    let touched = |job: &Job| matches!(job, Job::Stop(unit) | Job::Start(unit) | Job::TryRestart(unit) if unit == SCYLLA);
    assert!(!told.jobs.iter().any(touched), "{told}");
    with(&mut machine, SCYLLA, |unit| (unit.active, unit.has_run) = ("failed".into(), true));
    assert_eq!(plan(&machine, &decide(&machine, &Config::default(), false)).too_late, [SCYLLA]);
    // The gate of the boot was passed, be its drop-in read or not.
    with(&mut machine, GATE_UNIT, |unit| unit.active = "active".into());
    assert_eq!(plan(&machine, &decide(&machine, &Config::default(), false)).too_late, [""; 0]);
    // systemd knows by now: from its next start on it waits.
    let mut machine = later_boot();
    with(&mut machine, SCYLLA, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    assert_eq!(plan(&machine, &decide(&machine, &Config::default(), false)).too_late, [""; 0]);
}

#[test]
fn a_wait_timeout_that_systemd_has_not_read_is_read() {
    let mut config = Config::default();
    config.gate.timeout = Duration::from_secs(30);
    let mut machine = later_boot();
    for edit in plan(&machine, &decide(&machine, &config, false)).edits {
        let Edit::Write { path, after, mode, .. } = edit else { panic!("{edit}") };
        let target = Target { found: Found::File { text: after, mode }, standing: Standing::Ours };
        machine.files.insert(path, target);
    }
    let told = plan(&machine, &decide(&machine, &config, false));
    assert_eq!((told.edits, told.jobs), (vec![], vec![Job::Reload]));
    with(&mut machine, CHRONY_WAIT, |unit| unit.drop_ins.push(WAIT_PATH.into()));
    assert!(plan(&machine, &decide(&machine, &config, false)).is_empty());
}

#[test]
fn a_unit_that_only_systemd_knows_waits_too() {
    let mut machine = first_boot();
    machine.units.retain(|unit| unit.name != SCYLLA);
    assert_eq!(decide(&machine, &Config::default(), false).gated, [SCYLLA]);
    with(&mut machine, SCYLLA, |unit| unit.loaded = false);
    assert_eq!(decide(&machine, &Config::default(), false).gated, [""; 0]);
}

/// The drop-in of chrony-wait; None where there is none.
fn wait_drop_in(machine: &Machine, config: &Config) -> Option<String> {
    plan(machine, &decide(machine, config, false)).edits.into_iter().find_map(|edit| match edit {
        Edit::Write { path, after, .. } if path == Path::new(WAIT_PATH) => Some(after),
        _ => None,
    })
}

#[test]
fn a_fast_start_steps_early_only_by_the_agents_own_policy() {
    let fast = Config { fast_start: true, ..Config::default() };
    let text = wait_drop_in(&first_boot(), &fast).expect("a drop-in");
    let chronyc = |when: &str, what: &str| format!("\n{when}=-+/usr/bin/cloud-timesync chronyc {what}\n");
    assert!(
        text.contains(&chronyc("ExecStartPre", "-m \"makestep 0.1 3\" \"waitsync 60 0.1 0.0 0.1\"")),
        "{text}"
    );
    for after in ["ExecStartPost", "ExecStopPost"] {
        assert!(text.contains(&chronyc(after, "makestep 1.0 -1")), "{text}");
    }
    assert!(!text.contains("TimeoutStartSec"), "{text}");
    let gate = Gate { timeout: Duration::from_secs(30), ..Gate::default() };
    let both = wait_drop_in(&first_boot(), &Config { gate, ..fast.clone() }).expect("a drop-in");
    assert!(both.contains("TimeoutStartSec=30\n") && both.contains("makestep 0.1 3"), "{both}");
    assert_eq!(wait_drop_in(&first_boot(), &Config::default()), None);
    let kept = Config { chrony_conf: crate::config::ChronyConf::Keep, ..fast.clone() };
    assert_eq!(wait_drop_in(&first_boot(), &kept), None);
    let mut edited = first_boot();
    let found = Found::File { text: "makestep 5 -1\n".into(), mode: 0o644 };
    edited.files.insert("/etc/chrony/chrony.conf".into(), Target { found, standing: Standing::Edited });
    assert_eq!(wait_drop_in(&edited, &fast), None);
}
