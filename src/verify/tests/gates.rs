//! The gate as it is configured: other databases, another wait, the agent's own.

use super::*;
use crate::config::{AtTimeout, Millis};
use crate::names::{WAIT_PATH, WAIT_UNIT, awaited};

/// The same machine with this unit in Scylla's place.
fn with(unit: &str) -> World {
    let mut world = World::on(Platform::Aws);
    let Manager::Live(units) = &mut world.machine.manager else { panic!("the machine is live") };
    let live = units.remove(SCYLLA).expect("the unit is known");
    units.insert(unit.to_owned(), live);
    world.machine.units.retain(|unit| unit.name != SCYLLA);
    world.boot().events[2].unit = unit.to_owned();
    world.apply();
    world
}

/// A boot that was held and let go: chrony-wait gave up, the agent's own wait did not.
fn held() -> World {
    let mut world = World::on(Platform::Aws);
    world.config.gate.at_timeout = AtTimeout::Hold;
    world.apply();
    let names = || awaited(true).iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let database = world.unit(SCYLLA);
    (database.after, database.wants) = (names(), names());
    let Manager::Live(units) = &mut world.machine.manager else { panic!("the machine is live") };
    let hold = LiveUnit { loaded: true, active: "inactive".into(), has_run: true, ..LiveUnit::default() };
    units.insert(WAIT_UNIT.into(), hold);
    let wait = world.unit(CHRONY_WAIT);
    (wait.active, wait.has_run) = ("failed".into(), true);
    let mut events = events(200, 201, 301);
    events[0].what = What::Failed;
    let over = UnitEvent { unit: WAIT_UNIT.into(), what: What::Started, at: Duration::from_secs(300) };
    events.insert(2, over);
    world.boot().events = events;
    world.boot().seen_right = Some(Duration::from_secs(299));
    world
}

#[test]
fn a_machine_without_a_database_has_nothing_to_gate() {
    let mut world = World::on(Platform::Aws);
    *world.unit(SCYLLA) = LiveUnit::default();
    world.machine.units.retain(|unit| unit.name != SCYLLA);
    world.machine.files.remove(&crate::names::gate_path(SCYLLA));
    assert_eq!(world.complaints(), [""; 0]);
    let text = world.report().to_string();
    assert!(text.contains("no database is installed here"), "{text}");
}

/// Returns what database-waited says of a boot that is right.
fn said(world: &World) -> String {
    assert_eq!(world.complaints(), [""; 0]);
    let report = world.report();
    let finding = report.findings.iter().find(|finding| finding.name == "database-waited");
    finding.and_then(|finding| finding.found.clone()).unwrap_or_default()
}

#[test]
fn a_database_that_has_not_started_is_not_said_to_have_waited() {
    let mut world = World::on(Platform::Aws);
    assert_eq!(said(&world), "scylla-server waited 1.0 s: 1.0 s for other units.");
    world.boot().events.truncate(2);
    world.unit(SCYLLA).active = "inactive".into();
    assert_eq!(said(&world), "scylla-server has not started in this boot.");
    world.machine.units.retain(|unit| unit.name != SCYLLA);
    *world.unit(SCYLLA) = LiveUnit::default();
    world.machine.files.remove(&crate::names::gate_path(SCYLLA));
    assert_eq!(said(&world), "no database is installed here");
}

#[test]
fn of_two_databases_each_is_told_for_itself() {
    let mut world = with("cockroach.service");
    world.machine.units.push(UnitFile { name: SCYLLA.into(), ..UnitFile::default() });
    let database = LiveUnit { active: "inactive".into(), ..world.unit("cockroach.service").clone() };
    let Manager::Live(units) = &mut world.machine.manager else { panic!("the machine is live") };
    units.insert(SCYLLA.to_owned(), database);
    world.apply();
    let both = "scylla-server has not started in this boot. cockroach waited 1.0 s: 1.0 s for other units.";
    assert_eq!(said(&world), both);
}

#[test]
fn cockroachdbs_clock_is_held_against_its_own_maximum() {
    for unit in ["cockroach.service", "securecockroachdb.service"] {
        let mut world = with(unit);
        assert_eq!(world.complaints(), [""; 0], "{unit}");
        // 20 us, 380 ms and 40 ms / 2 are more than 80 % of 500 ms; the offset alone is not.
        (world.tracking().root_dispersion, world.tracking().root_delay) = (0.380, 0.040);
        assert_eq!(world.complaints(), ["clock-within-max-offset"], "{unit}");
        world.tracking().root_dispersion = 0.375;
        assert_eq!(world.complaints(), [""; 0], "{unit}: just below");
        world.config.cockroach.max_offset = Millis(250);
        world.apply();
        assert_eq!(world.complaints(), ["clock-within-max-offset"], "{unit}: a lower maximum");
        world.running().tracking = Err("chronyd does not answer".into());
        assert!(world.complaints().contains(&"clock-within-max-offset?".to_owned()), "{unit}");
    }
}

#[test]
fn a_bound_still_learned_is_right_and_a_clock_that_is_off_wrong() {
    let mut world = with("cockroach.service");
    let young = Process { arguments: vec!["/usr/sbin/chronyd".into()], age: Duration::from_secs(30) };
    world.running().chronyd = Ok(Some(young));
    world.tracking().root_dispersion = 0.9;
    assert_eq!(world.complaints(), [""; 0]);
    world.tracking().system_offset = 0.45;
    assert_eq!(world.complaints(), ["offset", "clock-within-max-offset"]);
}

#[test]
fn other_databases_have_no_maximum() {
    let mut world = World::on(Platform::Aws);
    world.tracking().root_dispersion = 0.9;
    assert_eq!(world.complaints(), [""; 0]);
}

#[test]
fn a_wait_that_is_not_as_long_as_configured_is_wrong() {
    let mut world = World::on(Platform::Aws);
    world.config.gate.timeout = Duration::from_secs(30);
    world.apply();
    world.unit(CHRONY_WAIT).drop_ins.push(WAIT_PATH.into());
    assert_eq!(world.complaints(), ["chrony-wait-timeout"]);
    world.running().wait_timeout = Ok(Some(Duration::from_secs(30)));
    assert_eq!(world.complaints(), [""; 0]);
    world.unit(CHRONY_WAIT).drop_ins.clear();
    assert_eq!(world.complaints(), ["plan-is-empty"], "systemd has not read it");
}

#[test]
fn a_wait_that_was_stopped_after_it_had_ended_is_right() {
    let mut world = World::on(Platform::Aws);
    world.unit(CHRONY_WAIT).active = "inactive".into();
    assert_eq!(world.complaints(), [""; 0]);
    // It was stopped while it waited.
    world.boot().events.retain(|event| event.unit != CHRONY_WAIT);
    assert_eq!(world.complaints(), ["chrony-wait-succeeded", "database-waited"]);
}

#[test]
fn a_boot_that_was_held_and_let_go_is_right() {
    assert_eq!(held().complaints(), [""; 0]);
}

#[test]
fn a_boot_that_is_still_held_says_so() {
    let mut world = held();
    world.boot().events.truncate(3);
    world.boot().events[2].what = What::Starting;
    world.boot().seen_right = None;
    world.unit(WAIT_UNIT).active = "activating".into();
    let database = world.unit(SCYLLA);
    (database.active, database.has_job) = ("inactive".into(), true);
    assert_eq!(world.complaints(), ["chrony-wait-succeeded"]);
    let text = world.report().to_string();
    assert!(text.contains("chrony-wait.service is failed, and cloud-timesync-wait.service holds"), "{text}");
    assert!(text.contains("scylla-server is held until the clock is right."), "{text}");
}

#[test]
fn a_wait_that_ended_well_without_a_look_has_seen_nothing() {
    let mut world = held();
    world.boot().seen_right = None;
    assert_eq!(world.complaints(), ["chrony-wait-succeeded", "database-waited"]);
}

#[test]
fn a_hold_that_is_not_in_force_is_wrong() {
    let mut world = held();
    let database = world.unit(SCYLLA);
    database.wants.retain(|name| name != WAIT_UNIT);
    assert_eq!(world.complaints(), ["gate-in-force"]);
    let mut world = held();
    world.unit(WAIT_UNIT).loaded = false;
    assert_eq!(world.complaints(), ["gate-in-force"], "the unit is masked");
    let mut world = held();
    // An operator let it go.
    world.unit(WAIT_UNIT).active = "failed".into();
    world.boot().events.remove(2);
    world.boot().seen_right = None;
    assert_eq!(world.complaints(), ["chrony-wait-succeeded", "database-waited"]);
}
