//! Recorded journals, and what is no journal.

use super::*;

/// A guest's first boot on AWS, its clock nine years ahead; one whose network came late; one
/// that never had a network.
const AWS: &str = include_str!("../../../tests/journals/aws.json");
const LATE: &str = include_str!("../../../tests/journals/late-network.json");
const NO_NETWORK: &str = include_str!("../../../tests/journals/no-network.json");

/// journalctl refuses everything else.
#[test]
fn every_argument_is_an_option_a_match_or_an_alternative() {
    let arguments = arguments(&["x.service".to_owned()]);
    let options = ["-b", "--no-pager", "-o", "json"];
    assert_eq!(arguments[..4], options);
    assert!(arguments[4].starts_with("--output-fields=MESSAGE,"), "{arguments:?}");
    let is_match = |argument: &String| {
        let name = argument.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
    };
    let odd: Vec<_> =
        arguments[5..].iter().filter(|argument| !is_match(argument) && *argument != "+").collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert!(arguments.contains(&"UNIT=x.service".to_owned()));
}

#[test]
fn a_recorded_boot_is_read_in_microseconds() {
    let boot = parse(AWS);
    let micros = Duration::from_micros;
    assert_eq!(boot.first("cloud-timesync.service", What::Starting), Some(micros(15_762_732)));
    assert_eq!(boot.first("cloud-timesync.service", What::Started), Some(micros(27_261_967)));
    assert_eq!(boot.first("chrony-wait.service", What::Started), Some(micros(42_085_864)));
    assert_eq!(boot.first("time-sync.target", What::Started), Some(micros(42_126_168)));
    assert_eq!(boot.first("scylla-server.service", What::Started), Some(micros(42_167_023)));
    assert_eq!(boot.first("scylla-server.service", What::Failed), None);
    assert_eq!(boot.steps, [Step { at: micros(42_084_857), seconds: -287_524_281.971_909 }]);
    let update = Update { at: micros(41_800_814), source: "169.254.169.123".into() };
    assert_eq!(boot.update, Some(update));
    assert!(boot.cycles.is_empty());
}

#[test]
fn the_first_of_two_waits_is_the_one_that_failed() {
    let boot = parse(LATE);
    assert_eq!(boot.first("chrony-wait.service", What::Failed), Some(Duration::from_micros(46_462_336)));
    assert_eq!(boot.first("chrony-wait.service", What::Started), Some(Duration::from_micros(51_572_748)));
    assert_eq!(parse(NO_NETWORK).steps, []);
}

#[test]
fn a_cycle_is_found_in_the_kernels_log_too() {
    let early = r#"{"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"systemd","__MONOTONIC_TIMESTAMP":"9",
        "MESSAGE":"a.service: Found ordering cycle on b.service/start"}"#
        .replace('\n', "");
    let later = r#"{"_PID":"1","__MONOTONIC_TIMESTAMP":"10","SYSLOG_IDENTIFIER":"systemd",
        "MESSAGE":"a.service: Job b.service/start deleted to break ordering cycle starting with a.service/start"}"#
        .replace('\n', "");
    assert_eq!(parse(&format!("{early}\n{later}\n")).cycles.len(), 2);
}

#[test]
fn bytes_lists_and_garbage_are_passed_over() {
    let stepped: Vec<u8> = b"System clock was stepped by 1.5 seconds \xff".to_vec();
    let entry = serde_json::json!({
        "SYSLOG_IDENTIFIER": ["chronyd", "twice"], "__MONOTONIC_TIMESTAMP": "7", "MESSAGE": stepped,
    });
    let text = format!("-- No entries --\n{{\"MESSAGE\":null}}\n[]\n{entry}\n{{\"MESS");
    assert_eq!(parse(&text), Boot::default());
}

#[test]
fn nobody_but_pid_1_starts_a_unit() {
    let forged = AWS.replace("\"_PID\": \"1\"", "\"_PID\": \"1000\"");
    assert_ne!(forged, AWS, "nothing was replaced");
    assert!(parse(&forged).events.is_empty());
}

/// Reads what cloud-timesync-vmclock.service writes.
#[test]
fn a_migration_has_its_repair_if_there_was_one() {
    let entry = |at: &str, id: &str, fields: serde_json::Value| {
        let mut entry = serde_json::json!({
            "SYSLOG_IDENTIFIER": "cloud-timesync", "_PID": "700", "MESSAGE": "says so",
            "__MONOTONIC_TIMESTAMP": at, "MESSAGE_ID": id,
        });
        entry.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        format!("{entry}\n")
    };
    let moved = |at| entry(at, MOVED, serde_json::json!({}));
    let right =
        |at, slow: &str| entry(at, RIGHT_AGAIN, serde_json::json!({ "SLOW_S": slow, "ELAPSED_MS": "4512" }));
    let text = [moved("7"), right("8", "x"), moved("9"), right("10", "8.25"), moved("11")].concat();
    let repair = Some(Repair { slow: 8.25, after: Duration::from_millis(4512) });
    let moves = [(7, None), (9, repair), (11, None)];
    let moves = moves.map(|(at, repair)| Move { at: Duration::from_micros(at), repair });
    assert_eq!(parse(&text).moves, moves);
    assert_eq!(parse(&right("1", "8.25")), Boot::default());
}

/// Reads what cloud-timesync-wait.service writes; its start is over without it, too.
#[test]
fn the_agents_own_wait_is_taken_at_its_first_word() {
    let entry = |at: &str| {
        let entry = serde_json::json!({
            "SYSLOG_IDENTIFIER": "cloud-timesync", "_PID": "700", "MESSAGE": "the clock is right", "MESSAGE_ID": LET_GO,
            "__MONOTONIC_TIMESTAMP": at,
        });
        format!("{entry}\n")
    };
    let text = format!("{AWS}{}{}", entry("50"), entry("60"));
    assert_eq!(parse(&text).seen_right, Some(Duration::from_micros(50)));
    assert_eq!(parse(AWS).seen_right, None);
    let asked = arguments(&[]).join(" ");
    assert!(asked.contains(&format!("+ MESSAGE_ID={LET_GO} _UID=0")), "only root's word counts: {asked}");
}
