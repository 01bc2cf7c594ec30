//! The screen and the object, from recorded data.

use super::*;
use crate::names::{CHRONY_WAIT, TIME_SYNC};
use crate::observe::boot::parse;
use crate::observe::chronyc::{parse_sources, parse_tracking};
use crate::platform::Strength;
use crate::timeline::bars::Glyphs;

const AWS: &str = include_str!("../../tests/journals/aws.json");

fn live(active: &str) -> LiveUnit {
    let names = vec!["basic.target".to_owned(), TIME_SYNC.to_owned(), CHRONY_WAIT.to_owned()];
    LiveUnit {
        loaded: true,
        active: active.into(),
        after: names.clone(),
        wants: names,
        ..LiveUnit::default()
    }
}

const SCYLLA: &str = "scylla-server.service";

/// A gate by what is on the disk: the right text, another one, or nothing.
fn gate(unit: &str, drop_in: &str, live: Option<&LiveUnit>) -> Gate {
    let text = if drop_in == "right" { render::gate(unit, false) } else { "[Unit]\n".to_owned() };
    let found = if drop_in == "absent" { Found::Absent } else { Found::File { text, mode: 0o644 } };
    Gate::of(unit, false, Some(&found), live)
}

/// A first boot on AWS, when it is over.
fn right() -> Status {
    let tracking = "A9FEA97B,169.254.169.123,4,1795234227.059578223,0.000074249,-0.000172808,0.000133057,1.555,\
                    -0.092,11.915,0.000437070,0.000208062,16.3,Normal\n";
    let sources = "^,*,169.254.169.123,3,4,377,8,-0.000040657,-0.000213463,0.000218614\n\
                   ^,?,169.254.7.7,0,6,0,4294967295,0.000000000,0.000000000,0.000000000\n";
    Status {
        identity: Identity {
            platform: Platform::Aws,
            strength: Some(Strength::Strong),
            evidence: vec!["sys_vendor is Amazon EC2".into()],
            ask_again: false,
        },
        chrony: Some(Unit { name: "chrony.service".into(), state: Some("active".into()) }),
        tracking: Ok(parse_tracking(tracking).expect("chronyc's line")),
        sources: Ok(parse_sources(sources).expect("chronyc's lines")),
        gates: vec![gate(SCYLLA, "right", Some(&live("active")))],
        foreign_servers: vec![],
        boot: Ok(parse(AWS)),
    }
}

/// The same for a user who sees nothing.
fn blind() -> Status {
    let refused = |what: &str| Error::new(what, "only root may");
    Status {
        identity: Identity {
            platform: Platform::Unknown,
            strength: None,
            evidence: vec![],
            ask_again: false,
        },
        chrony: Some(Unit { name: "chrony.service".into(), state: None }),
        tracking: Err(refused("running chronyc tracking")),
        sources: Err(refused("running chronyc sources")),
        gates: vec![gate(SCYLLA, "right", None)],
        foreign_servers: vec![],
        boot: Err(refused("reading this boot's journal")),
    }
}

fn text(status: &Status) -> String {
    status.to_text(Look { width: 80, glyphs: Glyphs::Ascii })
}

#[test]
fn a_right_machine_is_one_screen() {
    let expected = include_str!("../../tests/journals/aws.status");
    let shown = text(&right());
    assert_eq!(shown, expected, "\n{shown}");
    assert!(shown.lines().count() <= 24 && shown.lines().all(|line| line.len() <= 80));
    assert!(shown.is_ascii());
}

#[test]
fn who_sees_nothing_is_told_why() {
    let status = blind();
    assert!(status.is_blind());
    let shown = text(&status);
    for line in [
        "Platform  unknown (no evidence)",
        "Clock     chronyd does not answer: running chronyc tracking: only root may",
        "Sources   not known",
        "Gate      scylla-server.service (systemd does not answer): its drop-in is there",
        "Boot      reading this boot's journal: only root may",
        "Next      `cloud-timesync verify`",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let json = status.to_json();
    assert_eq!((&json["clock"], &json["boot"], &json["sources"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(3));
    assert!(!Status { boot: Ok(Boot::default()), ..blind() }.is_blind());
}

#[test]
fn each_thing_that_is_off_is_said_with_the_next_step() {
    let stopped = Unit { name: "chrony.service".into(), state: Some("inactive".into()) };
    let unset = "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n";
    let gates = |drop_in, live: LiveUnit| vec![gate("db.service", drop_in, Some(&live))];
    let unread = LiveUnit { after: vec![], ..live("active") };
    let cycle = "a.service: Job b.service/start deleted to break ordering cycle".to_owned();
    let early = AWS.replace("42167023", "30000000");
    let cases = [
        (
            Status { chrony: Some(stopped), tracking: blind().tracking, ..right() },
            "chronyd does not run: chrony.service is inactive",
        ),
        (Status { chrony: None, tracking: blind().tracking, ..right() }, "chrony is not installed"),
        (Status { tracking: Ok(parse_tracking(unset).expect("a line")), ..right() }, "not synchronised"),
        (
            Status { gates: gates("absent", live("active")), ..right() },
            "db.service (active): no drop-in: it does not wait for the clock",
        ),
        (Status { gates: gates("other", live("failed")), ..right() }, "its drop-in was edited"),
        (Status { gates: gates("right", unread), ..right() }, "but systemd has not read it"),
        (
            Status { boot: Ok(Boot { cycles: vec![cycle], ..parse(AWS) }), ..right() },
            "broke an ordering cycle: a",
        ),
        (Status { boot: Ok(parse(&early)), ..right() }, "scylla-server did not wait for the clock"),
    ];
    for (status, says) in cases {
        let shown = text(&status);
        assert!(shown.contains(says), "{says}\n{shown}");
        assert!(shown.contains("\nNext      `cloud-timesync verify` says what is wrong"), "{says}\n{shown}");
    }
}

#[test]
fn a_machine_without_a_database_is_right() {
    let absent = LiveUnit { loaded: false, active: "inactive".into(), ..LiveUnit::default() };
    let journal: String =
        AWS.lines().filter(|line| !line.contains("scylla")).map(|line| format!("{line}\n")).collect();
    let gates = vec![gate(SCYLLA, "right", Some(&absent))];
    let status = Status { gates, boot: Ok(parse(&journal)), ..right() };
    let shown = text(&status);
    assert!(shown.contains("scylla-server.service (not installed): its drop-in is ready"), "{shown}");
    assert!(!shown.contains("Next") && !shown.contains("has not started"), "{shown}");
}

#[test]
fn the_object_has_numbers() {
    let json = right().to_json();
    assert_eq!(json["schema"], 1);
    assert_eq!((&json["platform"], &json["strength"]), (&json!("aws"), &json!("strong")));
    assert_eq!(json["clock"]["system_offset"], 0.000_074_249);
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
    assert_eq!(
        json["boot"]["steps"],
        json!([{ "at_ms": 42_084, "seconds": -287_524_281.971_909, "while_ran": [] }])
    );
    assert_eq!(json["boot"]["waits"][0]["waited_ms"], 26_363);
    assert_eq!(
        json["boot"]["events"][0],
        json!({
            "unit": "cloud-timesync.service", "what": "starting", "at_ms": 15_762,
        })
    );
    assert_eq!(json["boot"]["waits"][0]["after_clock"], true);
}

#[test]
fn a_step_under_the_database_is_told() {
    let mut status = right();
    assert!(!status.is_off());
    let boot = status.boot.as_mut().expect("the boot");
    boot.steps.push(Step { at: std::time::Duration::from_secs(1000), seconds: 8.001 });
    let shown = text(&status);
    let sentence = "the clock was stepped by +8.001 s at 1000.0 s, while scylla-server.service";
    assert_eq!(shown.matches(sentence).count(), 1, "{shown}");
    assert!(status.is_off());
    let steps = &status.to_json()["boot"]["steps"];
    assert_eq!(
        (&steps[0]["while_ran"], &steps[1]["while_ran"]),
        (&json!([]), &json!(["scylla-server.service"]))
    );
}
