//! The table: one thing is broken, and these checks change.

use super::*;

/// Name of what is broken, how, and which checks change: "?" marks one that could not be made.
type Break = (&'static str, fn(&mut World), &'static [&'static str]);

const NO_ANSWER: &str = "running chronyc tracking: 506 Cannot talk to daemon";

const BREAKS: &[Break] = &[
    ("nothing", |_| (), &[]),
    ("an old chrony", |world| world.running().version = Ok("3.5.1".into()), &["chrony-version"]),
    (
        "the agent disabled",
        |world| {
            let link = UnitLink { path: "/etc/x".into(), target: "/usr/x".into() };
            let unit = UnitFile { name: AGENT_UNIT.into(), missing: vec![link], ..UnitFile::default() };
            world.around.agent = Ok(Some(unit));
        },
        &["agent-enabled"],
    ),
    ("no version", |world| world.running().version = Err("no".into()), &["chrony-version?"]),
    (
        "chronyd stopped",
        |world| {
            world.unit(CHRONY).active = "inactive".into();
            world.running().chronyd = Ok(None);
            world.running().tracking = Err(NO_ANSWER.into());
            world.running().sources = Err(NO_ANSWER.into());
        },
        &[
            "chrony-running",
            "chronyd-command-line?",
            "no-other-source?",
            "reference?",
            "sources-agree?",
            "leap-status?",
            "stratum?",
            "offset?",
            "root-distance?",
        ],
    ),
    (
        "another daemon",
        |world| world.unit("ntpsec.service").active = "active".into(),
        &["no-other-daemon-running"],
    ),
    (
        "another daemon enabled",
        |world| {
            let link = UnitLink { path: "/etc/x".into(), target: "/usr/x".into() };
            let name = "systemd-timesyncd.service".to_owned();
            world.machine.units.push(UnitFile { name, links: vec![link], ..UnitFile::default() });
        },
        &["no-other-daemon-enabled"],
    ),
    ("a host that sets the clock", |world| world.machine.host_sync = Some(true), &["host-sync-off"]),
    (
        "another file",
        |world| {
            let arguments = ["chronyd", "-f", "/run/x.conf"].map(str::to_owned).to_vec();
            world.running().chronyd = Ok(Some(Process { arguments, age: Duration::from_secs(7200) }));
        },
        &["chronyd-command-line"],
    ),
    (
        "a source that was added",
        |world| world.sources().push(source('^', '-', "10.1.2.3")),
        &["no-other-source"],
    ),
    ("a step before the database starts", |world| world.boot().steps = vec![step(41, 8.0)], &[]),
    ("a step that the journal stamps late", |world| world.boot().steps = vec![step(43, 8.0)], &[]),
    (
        "a step under the database",
        |world| world.boot().steps = vec![step(41, 8.0), step(900, 8.001)],
        &["no-step-under-database"],
    ),
    (
        "a step after the database has stopped",
        |world| {
            let (unit, what, at) = (SCYLLA.to_owned(), What::Stopped, Duration::from_secs(800));
            world.boot().events.push(UnitEvent { unit, what, at });
            world.boot().steps = vec![step(900, 8.001)];
        },
        &[],
    ),
    (
        "sources that disagree",
        |world| {
            *world.sources() = vec![source('^', 'x', "169.254.169.123"), source('^', 'x', "time.aws.com")]
        },
        &["reference?", "sources-agree"],
    ),
    ("no source selected", |world| world.sources()[0].state = '?', &["reference"]),
    (
        "another source selected",
        |world| *world.sources() = vec![source('^', '*', "10.1.2.3")],
        &["no-other-source", "reference"],
    ),
    (
        "the fallback selected",
        |world| {
            *world.sources() = vec![source('^', '?', "169.254.169.123"), source('^', '*', "time.aws.com")]
        },
        &[],
    ),
    (
        "not synchronised",
        |world| {
            *world.tracking() = Tracking {
                reference_id: "00000000".into(),
                stratum: 0,
                leap: "Not synchronised".into(),
                ..world.tracking().clone()
            };
        },
        &["leap-status", "stratum?", "offset?", "root-distance?"],
    ),
    ("a leap second to come", |world| world.tracking().leap = "Insert second".into(), &[]),
    ("its own clock", |world| world.tracking().reference_id = "7F7F0101".into(), &["stratum"]),
    ("120 ms off", |world| world.tracking().system_offset = 0.12, &["offset"]),
    ("120 ms off the other way", |world| world.tracking().system_offset = -0.12, &["offset"]),
    (
        "a far reference, and a young chronyd",
        |world| {
            let arguments = vec!["chronyd".to_owned()];
            world.running().chronyd = Ok(Some(Process { arguments, age: Duration::from_secs(60) }));
            world.tracking().root_delay = 2.5;
        },
        &[],
    ),
    ("a far reference", |world| world.tracking().root_delay = 2.5, &["root-distance"]),
    ("an RTC that is off", |world| world.running().rtc = Ok(Some(5.0)), &["rtc"]),
    ("no RTC", |world| world.running().rtc = Ok(None), &[]),
    ("an RTC that cannot be read", |world| world.running().rtc = Err("no".into()), &["rtc?"]),
    (
        "an RTC that is off, and a young chronyd",
        |world| {
            let arguments = vec!["chronyd".to_owned()];
            world.running().chronyd = Ok(Some(Process { arguments, age: Duration::from_secs(60) }));
            world.running().rtc = Ok(Some(5.0));
            world.running().drift_written = Ok(false);
        },
        &[],
    ),
    ("no driftfile after two hours", |world| world.running().drift_written = Ok(false), &["drift-written"]),
    (
        "a driftfile that nobody may see",
        |world| world.running().drift_written = Err("no".into()),
        &["drift-written?"],
    ),
    ("a wait without an end", |world| world.running().wait_timeout = Ok(None), &["chrony-wait-timeout"]),
    (
        "a short wait",
        |world| world.running().wait_timeout = Ok(Some(Duration::from_secs(10))),
        &["chrony-wait-timeout"],
    ),
    ("a silent bus", |world| world.running().wait_timeout = Err("no".into()), &["chrony-wait-timeout?"]),
    (
        "a wait that failed",
        |world| world.unit(CHRONY_WAIT).active = "failed".into(),
        &["chrony-wait-succeeded"],
    ),
    (
        "a wait that lasts",
        |world| world.unit(CHRONY_WAIT).active = "activating".into(),
        &["chrony-wait-succeeded?"],
    ),
    ("a drop-in that systemd has not read", |world| world.unit(SCYLLA).after.clear(), &["gate-in-force"]),
    ("no Wants=", |world| world.unit(SCYLLA).wants.clear(), &["gate-in-force"]),
    ("changed units", |world| world.unit(CHRONY).stale = true, &["units-reloaded"]),
    ("no target", |world| world.unit(TIME_SYNC).active = "inactive".into(), &["time-sync-reached"]),
    ("a database that did not wait", |world| world.boot().events = events(40, 41, 39), &["database-waited"]),
    ("a target that came late", |world| world.boot().events = events(40, 43, 42), &["database-waited"]),
    ("a wait that gave up", |world| world.boot().events[0].what = What::Failed, &["database-waited"]),
    ("a wait that never was", |world| drop(world.boot().events.remove(0)), &["database-waited"]),
    ("a journal that lost its beginning", |world| world.boot().events.truncate(2), &["database-waited?"]),
    (
        "no database",
        |world| {
            *world.unit(SCYLLA) = LiveUnit { active: "inactive".into(), ..LiveUnit::default() };
            world.boot().events.truncate(2);
        },
        &[],
    ),
    ("a cycle", |world| world.boot().cycles.push("a: Found ordering cycle".into()), &["no-ordering-cycle"]),
    (
        "no journal",
        |world| world.running().boot = Err("no".into()),
        &["database-waited?", "no-ordering-cycle?", "no-step-under-database?"],
    ),
    ("DHCP's sources, which nobody reads", World::dhcp_names_a_server, &[]),
    (
        "IMDS of another cloud",
        |world| world.running().imds = Ok(Some(proof(Platform::Gce))),
        &["imds-agrees"],
    ),
    ("IMDS of this cloud", |world| world.running().imds = Ok(Some(proof(Platform::Aws))), &[]),
    ("two clouds", |world| world.running().imds = Err("two answer".into()), &["imds-agrees?"]),
    (
        "an interface that is not there",
        |world| {
            let config = toml::from_str("[chrony]\nextra = [\"hwtimestamp eth9\"]").unwrap();
            *world = World::of(machine(Platform::Aws), config);
        },
        &["ptp-clock"],
    ),
];

fn proof(platform: Platform) -> Evidence {
    Evidence { platform, strength: Strength::Strong, says: "IMDS answers".into() }
}

#[test]
fn each_check_goes_wrong_for_its_own_reason() {
    for (what, breaks, wanted) in BREAKS {
        let mut world = World::on(Platform::Aws);
        breaks(&mut world);
        let (found, wanted): (BTreeSet<_>, BTreeSet<_>) = (
            world.complaints().into_iter().collect(),
            wanted.iter().map(|name| (*name).to_owned()).collect(),
        );
        assert_eq!(found, wanted, "{what}");
    }
}

#[test]
fn every_live_check_has_been_seen_to_go_wrong() {
    // These have tests of their own in platforms.rs and gates.rs.
    let elsewhere = ["firewall", "no-dhcp-sources", "clock-within-max-offset"];
    let seen: Vec<&str> = BREAKS.iter().flat_map(|(_, _, names)| *names).copied().chain(elsewhere).collect();
    for check in checks().filter(|check| check.scope == Scope::Live) {
        assert!(seen.contains(&check.name), "{} was never seen to go wrong", check.name);
    }
}
