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
fn no_run_queues_or_ends_the_agents_own_wait() {
    let mut machine = first_boot();
    let intent = decide(&machine, &holding(), false);
    assert_eq!(plan(&machine, &intent).jobs, [Job::Start(RELOAD_UNIT.into())]);
    // It waits on for a configuration that holds no more, which it reads itself.
    machine = later_boot();
    with(&mut machine, WAIT_UNIT, |unit| unit.active = "activating".into());
    assert_eq!(jobs(&machine), [""; 0]);
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
