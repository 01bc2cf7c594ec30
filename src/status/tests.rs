//! The screen and the object, from recorded data.

use std::time::Duration;

use super::*;
use crate::machine::{LiveUnit, Manager, Move, Repair, Step};
use crate::observe::boot::parse;
use crate::observe::chronyc::{parse_sources, parse_tracking};
use crate::platform::Platform;
use crate::verify::tests::World;

const AWS: &str = include_str!("../../tests/journals/aws.json");
const SCYLLA: &str = "scylla-server.service";
const NOT_ROOT: &str = "only root may";

/// A first boot on AWS, when it is over.
fn right() -> World {
    let tracking = "A9FEA97B,169.254.169.123,4,1795234227.059578223,0.000074249,-0.000172808,0.000133057,1.555,\
                    -0.092,11.915,0.000437070,0.000208062,16.3,Normal\n";
    let sources = "^,*,169.254.169.123,3,4,377,8,-0.000040657,-0.000213463,0.000218614\n\
                   ^,?,time.aws.com,0,6,0,4294967295,0.000000000,0.000000000,0.000000000\n";
    let mut world = World::on(Platform::Aws);
    world.machine.identity.evidence = vec!["sys_vendor is Amazon EC2".into()];
    let running = world.running();
    running.tracking = Ok(parse_tracking(tracking).expect("chronyc's line"));
    running.sources = Ok(parse_sources(sources).expect("chronyc's lines"));
    running.boot = Ok(parse(AWS));
    world
}

fn changed(change: impl FnOnce(&mut World)) -> Status {
    let mut world = right();
    change(&mut world);
    Status::of(world.subject())
}

/// The same for a user who sees nothing.
fn see_nothing(world: &mut World) {
    let identity = &mut world.machine.identity;
    (identity.platform, identity.strength) = (Platform::Unknown, None);
    identity.evidence.clear();
    world.machine.manager = Manager::Silent;
    let running = world.running();
    running.tracking = Err(format!("running chronyc tracking: {NOT_ROOT}"));
    running.sources = Err(format!("running chronyc sources: {NOT_ROOT}"));
    running.boot = Err(format!("reading this boot's journal: {NOT_ROOT}"));
}

fn text(status: &Status) -> String {
    status.to_text(80)
}

#[test]
fn a_right_machine_is_one_screen() {
    let expected = include_str!("../../tests/journals/aws.status");
    let shown = text(&changed(|_| ()));
    assert_eq!(shown, expected, "\n{shown}");
    assert!(shown.lines().count() <= 24 && shown.lines().all(|line| line.len() <= 80));
    assert!(shown.is_ascii());
}

#[test]
fn who_sees_nothing_is_told_why() {
    let status = changed(see_nothing);
    assert_eq!(status.report.verdict, "unknown");
    let shown = text(&status);
    for line in [
        "Platform  unknown (no evidence)",
        "Clock     chronyd cannot be asked: running chronyc tracking: only root may",
        "Sources   not known",
        "Gate      scylla-server.service (systemd does not answer): its drop-in is there",
        "          `cloud-timesync verify` says why",
        "Boot      reading this boot's journal: only root may",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let json = status.to_json();
    assert_eq!((&json["clock"], &json["boot"], &json["sources"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(3));
}

/// Fault, what the screen shows of it, and the check that fails.
type Fault = (fn(&mut World), &'static str, &'static str);

const FAULTS: &[Fault] = &[
    (
        |world| {
            world.unit("chrony.service").active = "inactive".into();
            world.running().tracking = Err("506 Cannot talk to daemon".into());
        },
        "chronyd does not run: chrony.service is inactive",
        "chrony-running",
    ),
    (
        |world| {
            let unset = "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n";
            world.running().tracking = Ok(parse_tracking(unset).expect("a line"));
        },
        "Clock     not synchronised",
        "leap-status",
    ),
    (
        |world| {
            world.unit(SCYLLA).after.clear();
            world.machine.files.remove(&gate_path(SCYLLA));
        },
        "scylla-server.service (active): does not wait for the clock",
        "gate-drop-in",
    ),
    (
        |world| world.unit(SCYLLA).after.clear(),
        "scylla-server.service (active): does not wait for the clock",
        "gate-in-force",
    ),
    (
        |world| world.boot().cycles.push("a: Job b/start deleted to break ordering cycle".into()),
        "no-ordering-cycle: a: Job b/start deleted",
        "no-ordering-cycle",
    ),
    (
        |world| world.running().boot = Ok(parse(&AWS.replace("42167023", "30000000"))),
        "Waits     scylla-server did not wait for the clock",
        "database-waited",
    ),
    (
        |world| world.boot().steps.push(Step { at: Duration::from_secs(1000), seconds: 8.001 }),
        "stepped by +8.001 s at 1000.0 s while",
        "no-step-under-database",
    ),
];

#[test]
fn each_thing_that_is_off_is_said_with_the_next_step() {
    for (fault, says, check) in FAULTS {
        let status = changed(fault);
        let shown = text(&status);
        assert!(shown.contains(says), "{says}\n{shown}");
        assert_eq!(status.report.verdict, "wrong", "{shown}");
        let is_alarm = ["database-waited", "no-step-under-database"].contains(check);
        assert_eq!(status.report.headline().is_some(), is_alarm, "{check}");
        assert!(shown.contains(&format!("          {check}:")) && shown.contains("next: "), "{shown}");
    }
}

#[test]
fn without_chrony_that_is_said() {
    let shown = text(&changed(|world| {
        see_nothing(world);
        world.machine.chrony = None;
    }));
    assert!(shown.contains("Clock     chrony is not installed"), "{shown}");
}

#[test]
fn a_machine_without_a_database_is_right() {
    let status = changed(|world| {
        *world.unit(SCYLLA) = LiveUnit { active: "inactive".into(), ..LiveUnit::default() };
        world.machine.units.retain(|unit| unit.name != SCYLLA);
        world.machine.files.remove(&gate_path(SCYLLA));
        let journal: String =
            AWS.lines().filter(|line| !line.contains("scylla")).map(|line| format!("{line}\n")).collect();
        world.running().boot = Ok(parse(&journal));
    });
    let shown = text(&status);
    assert!(shown.contains("Gate      no database that is known is installed"), "{shown}");
    assert_eq!(status.report.verdict, "right", "{shown}");
    assert!(!shown.contains("Waits"), "{shown}");
}

#[test]
fn the_object_has_numbers() {
    let json = changed(|_| ()).to_json();
    assert_eq!((&json["schema"], &json["verdict"]), (&json!(1), &json!("right")));
    assert_eq!((&json["platform"], &json["strength"]), (&json!("aws"), &json!("strong")));
    assert_eq!(json["chrony"], json!({ "unit": "chrony.service", "state": "active" }));
    assert_eq!(json["clock"]["system_offset"], 0.000_074_249);
    assert_eq!(json["clock"]["synchronised"], true);
    assert_eq!(
        json["sources"][0],
        json!({
            "name": "169.254.169.123", "mode": "^", "state": "*", "stratum": 3, "poll": 4, "reach": 255,
            "last_sample_offset": -0.000_040_657,
        })
    );
    let gate = json!({
        "unit": "scylla-server.service", "installed": true, "state": "active", "drop_in": "right", "in_effect": true,
        "held": false,
    });
    assert_eq!(json["gates"], json!([gate]));
    let boot = &json["boot"];
    assert_eq!(boot["steps"], json!([{ "at_ms": 42_084, "seconds": -287_524_281.971_909, "while_ran": [] }]));
    assert_eq!(boot["first_update"], json!({ "at_ms": 41_800, "source": "169.254.169.123" }));
    assert_eq!(
        boot["events"][0],
        json!({ "unit": "cloud-timesync.service", "what": "starting", "at_ms": 15_762 })
    );
    let waits = &boot["waits"][0];
    assert_eq!((&waits["waited_ms"], &waits["after_clock"]), (&json!(26_363), &json!(true)));
    assert_eq!(waits["parts"][0], json!({ "for": "the agent", "ms": 11_499 }));
}

#[test]
fn a_step_names_the_databases_that_ran() {
    let step = Step { at: Duration::from_secs(1000), seconds: 8.001 };
    let json = changed(|world| world.boot().steps.push(step)).to_json();
    let steps = &json["boot"]["steps"];
    assert_eq!((&steps[0]["while_ran"], &steps[1]["while_ran"]), (&json!([]), &json!([SCYLLA])));
    assert_eq!(json["boot"]["waits"][0]["after_clock"], false);
}

#[test]
fn a_migration_is_shown_with_what_it_did_to_the_clock() {
    let status = changed(|world| {
        let repair = |slow| Some(Repair { slow, after: Duration::from_millis(4512) });
        let moves = [(812_300, repair(8.0012)), (900_000, repair(-0.0004)), (950_000, None)];
        world.boot().moves =
            moves.map(|(at, repair)| Move { at: Duration::from_millis(at), repair }).to_vec();
    });
    let shown = text(&status);
    for line in [
        "Moved     at 812.3 s, to another host or by a restored snapshot: the clock was",
        "          8.001 s slow, and right after 4.5 s",
        "          0.000 s fast, and right after 4.5 s",
        "          at 950.0 s, to another host or by a restored snapshot: the clock has",
        "          not been set anew",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let json = status.to_json();
    let wanted = json!({ "at_ms": 812_300, "repair": { "slow_s": 8.0012, "after_ms": 4512 } });
    assert_eq!(json["boot"]["moves"][0], wanted);
    assert_eq!(json!(status.report)["moves"][0], wanted);
    assert_eq!(json["boot"]["moves"][2]["repair"], Value::Null);
}
