//! Reasons why the database was held, and for how long.

use super::*;
use crate::machine::Wait;

#[test]
fn it_says_how_long_the_database_waited_and_for_what() {
    assert_eq!(
        sentence(AWS),
        "scylla-server waited 26.4 s: 11.5 s for the agent, 1.8 s for chronyd, 12.6 s for chrony-wait, \
         0.4 s for other units (the clock was stepped by -287524282.0 s at 42.1 s)."
    );
    assert_eq!(timeline(AWS).held[0].after_clock, Some(true));
}

#[test]
fn a_wait_that_gave_up_is_said() {
    let held = &timeline(NO_NETWORK).held[0];
    assert!(held.after_clock == Some(false) && held.wait == Wait::Failed);
    let says = &held.says;
    assert!(says.starts_with("scylla-server started with a clock that was not set: it waited "), "{says}");
    assert!(says.contains(" s for chrony-wait, which gave up"), "{says}");
}

#[test]
fn a_wait_that_is_run_again_is_one_wait() {
    let held = &timeline(LATE_NETWORK).held[0];
    assert!(held.wait == Wait::Over && held.after_clock == Some(true), "{}", held.says);
    let sum: Duration = held.parts.iter().map(|part| part.length).sum();
    assert_eq!(held.waited, Some(sum), "a moment counts twice or never");
}

#[test]
fn a_database_that_nobody_held_is_off() {
    let early = AWS.replace("42167023", "30000000");
    let timeline = timeline(&early);
    let held = &timeline.held[0];
    assert_eq!(held.after_clock, Some(false));
    let row = timeline.rows.iter().find(|row| row.name == "scylla-server").expect("a row");
    assert!(
        row.marks.iter().any(|mark| mark.kind == Kind::Failed) && row.says == "on a wrong clock",
        "{row:?}"
    );
    let picture = crate::timeline::svg::draw(&timeline, "");
    assert!(
        picture.contains("<path class=\"failed\"") && picture.contains("<text class=\"failed\""),
        "{picture}"
    );
    assert_eq!(
        held.says,
        "scylla-server did not wait for the clock: it started at 30.000 s. Afterwards the clock was stepped by \
         -287524282.0 s at 42.1 s."
    );
    let alone = without(&without(AWS, "cloud-timesync.service"), "chrony");
    assert!(sentence(&alone).contains("neither the agent nor chronyd ran before it"), "{}", sentence(&alone));
}

#[test]
fn a_wait_that_never_ran_is_not_said_to_go_on() {
    let masked = without(&without(AWS, "scylla"), "chrony-wait");
    let timeline = timeline(&masked);
    assert_eq!(
        timeline.held[0].says,
        "scylla-server has not started in this boot, and chrony-wait has not run."
    );
    let held = timeline.rows.iter().flat_map(|row| &row.marks).any(|mark| mark.kind == Kind::Held);
    assert!(!held, "nothing holds it");
}

#[test]
fn a_moment_in_which_two_are_busy_counts_once() {
    let asked_again = ["7d4958e842da4a758f6c1cdc7b36dcc5", "39f53479d3a045ac8e11786248231fbf"].map(|id| {
        let at = if id.starts_with('7') { 32_000_000 } else { 35_000_000 };
        let unit = "cloud-timesync-online.service";
        serde_json::json!({
            "_PID": "1", "MESSAGE_ID": id, "UNIT": unit, "MESSAGE": "", "__MONOTONIC_TIMESTAMP": at.to_string(),
        })
    });
    let [began, ended] = asked_again;
    let journal = format!("{AWS}{began}\n{ended}\n");
    assert_eq!(sentence(&journal), sentence(AWS), "it ran inside the wait");
    assert_eq!(timeline(&journal).rows[0].says, "+11.499 s, +3.000 s");
}

/// chrony-wait gives up after 20 s, and the agent's own wait goes on.
fn held(more: &[(&str, What, u64)]) -> Held {
    let event = |(unit, what, at): &(&str, What, u64)| crate::machine::UnitEvent {
        unit: (*unit).to_owned(),
        what: *what,
        at: Duration::from_secs(*at),
    };
    let first = [
        ("chrony.service", What::Starting, 9),
        ("chrony.service", What::Started, 10),
        (CHRONY_WAIT, What::Starting, 10),
        (CHRONY_WAIT, What::Failed, 30),
        (TIME_SYNC, What::Started, 30),
        (WAIT_UNIT, What::Starting, 30),
    ];
    let events: Vec<_> = first.iter().chain(more).map(event).collect();
    let over = events.iter().find(|event| event.unit == WAIT_UNIT && event.what == What::Started);
    let boot = Boot { seen_right: over.map(|event| event.at), events: events.clone(), ..Boot::default() };
    Held::of(&boot, "chrony.service", SCYLLA)
}

#[test]
fn a_database_that_is_held_is_told_from_one_that_was_let_go() {
    let still = held(&[]);
    assert_eq!(still.says, "scylla-server is held until the clock is right.");
    let let_go = held(&[(WAIT_UNIT, What::Started, 90), (SCYLLA, What::Started, 91)]);
    assert_eq!((let_go.wait, let_go.after_clock), (Wait::Over, Some(true)));
    let says = let_go.says;
    let wanted = "scylla-server waited 81.0 s: 1.0 s for chronyd, 20.0 s for chrony-wait, 60.0 s for cloud-timesync-wait.";
    assert_eq!(says, wanted);
    let by_hand = held(&[(WAIT_UNIT, What::Failed, 90), (SCYLLA, What::Started, 91)]);
    assert_eq!(by_hand.after_clock, Some(false), "{}", by_hand.says);
}
