//! Pictures of recorded boots.

use std::time::Duration;

use super::bars::Glyphs;
use super::held::Wait;
use super::*;
use crate::observe::boot::parse;

const SCYLLA: &str = "scylla-server.service";
const AWS: &str = include_str!("../../tests/journals/aws.json");
const LATE_NETWORK: &str = include_str!("../../tests/journals/late-network.json");
const NO_NETWORK: &str = include_str!("../../tests/journals/no-network.json");

fn timeline(journal: &str) -> Timeline {
    Timeline::of(&parse(journal), "chrony.service", &[SCYLLA.to_owned()])
}

fn sentence(journal: &str) -> String {
    timeline(journal).held[0].sentence()
}

/// The journal without the lines that have `word`.
fn without(journal: &str, word: &str) -> String {
    journal.lines().filter(|line| !line.contains(word)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_first_boot_is_drawn_in_80_columns() {
    let drawn = bars::draw(&timeline(AWS), 80, Glyphs::Unicode);
    let expected = include_str!("../../tests/journals/aws.bars");
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn no_line_is_longer_than_the_terminal() {
    for journal in [AWS, LATE_NETWORK, NO_NETWORK] {
        for width in [60, 72, 80, 100, 200] {
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                let drawn = bars::draw(&timeline(journal), width, glyphs);
                let longest = drawn.lines().map(|line| line.chars().count()).max();
                assert!(longest <= Some(width), "{width}\n{drawn}");
            }
        }
    }
}

#[test]
fn ascii_is_ascii() {
    for journal in [AWS, LATE_NETWORK, NO_NETWORK] {
        assert!(bars::draw(&timeline(journal), 80, Glyphs::Ascii).is_ascii());
    }
}

#[test]
fn it_says_how_long_the_database_waited_and_for_what() {
    assert_eq!(
        sentence(AWS),
        "scylla-server waited 26.4 s: 11.5 s for the agent, 1.8 s for chronyd, 12.6 s for chrony-wait, \
         0.4 s for other units (the clock was stepped by -287524282.0 s at 42.1 s)."
    );
    assert!(!timeline(AWS).held[0].is_off());
}

#[test]
fn a_wait_that_gave_up_is_said() {
    let held = &timeline(NO_NETWORK).held[0];
    assert!(held.is_off() && held.wait == Wait::Failed);
    let says = held.sentence();
    assert!(says.starts_with("scylla-server started with a clock that nobody had set: it waited "), "{says}");
    assert!(says.contains(" s for chrony-wait, which gave up"), "{says}");
}

#[test]
fn a_wait_that_is_run_again_is_one_wait() {
    let held = &timeline(LATE_NETWORK).held[0];
    assert!(held.wait == Wait::Over && !held.is_off(), "{}", held.sentence());
    let sum: Duration = held.parts.iter().map(|(_, length)| *length).sum();
    assert_eq!(
        held.period().map(|(since, until)| until - since),
        Some(sum),
        "a moment counts twice or never"
    );
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

#[test]
fn a_narrow_terminal_gets_its_bars_and_loses_a_column() {
    let (narrow, wide) = (50, 80);
    let drawn = |width| bars::draw(&timeline(AWS), width, Glyphs::Ascii);
    assert!(drawn(wide).contains("+11.499 s"));
    assert!(!drawn(narrow).contains("+11.499 s"), "{}", drawn(narrow));
    assert!(drawn(narrow).contains("##########"), "{}", drawn(narrow));
}

#[test]
fn a_database_that_nobody_held_is_off() {
    let early = AWS.replace("42167023", "30000000");
    let held = &timeline(&early).held[0];
    assert!(held.is_off());
    assert_eq!(
        held.sentence(),
        "scylla-server did not wait for the clock: it started at 30.000 s. Afterwards the clock was stepped by \
         -287524282.0 s at 42.1 s."
    );
    let alone = without(&without(AWS, "cloud-timesync.service"), "chrony");
    assert!(sentence(&alone).contains("neither the agent nor chronyd ran before it"), "{}", sentence(&alone));
}

#[test]
fn a_step_that_the_journal_stamps_late_is_no_alarm() {
    let late = AWS.replace("42084857", "42567023");
    assert_ne!(late, AWS, "nothing was replaced");
    let held = &timeline(&late).held[0];
    assert!(!held.is_off(), "{}", held.sentence());
    assert!(
        held.sentence().ends_with("(the clock was stepped by -287524282.0 s at 42.6 s)."),
        "{}",
        held.sentence()
    );
    assert!(timeline(&AWS.replace("42084857", "43567023")).held[0].is_off(), "a second later");
}

#[test]
fn a_database_that_has_not_started_has_no_time_of_its_start() {
    let is_open = |line: &&str| !line.contains("scylla") && !line.contains("Finished chrony-wait");
    let journal: String = AWS.lines().filter(is_open).map(|line| format!("{line}\n")).collect();
    let timeline = timeline(&journal);
    let row = timeline.rows.last().expect("the database's row");
    assert_eq!((row.name.as_str(), row.at, row.says.as_str()), ("scylla-server", None, "not started"));
    let drawn = bars::draw(&timeline, 80, Glyphs::Ascii);
    assert!(drawn.lines().last().is_some_and(|line| line.ends_with(" not started")), "{drawn}");
    assert!(!drawn.contains(" 0.000"), "{drawn}");
}

#[test]
fn a_wait_that_never_ran_is_not_said_to_go_on() {
    let masked = without(&without(AWS, "scylla"), "chrony-wait");
    let timeline = timeline(&masked);
    assert_eq!(
        timeline.held[0].sentence(),
        "scylla-server has not started in this boot, and chrony-wait has not run."
    );
    let held = timeline.rows.iter().flat_map(|row| &row.marks).any(|mark| mark.kind == Kind::Held);
    assert!(!held, "nothing holds it");
}

#[test]
fn a_boot_without_a_database_is_drawn_without_it() {
    let timeline = timeline(&without(AWS, "scylla"));
    assert_eq!(timeline.held[0].sentence(), "scylla-server has not started in this boot.");
    assert!(!timeline.held[0].is_off());
    let names: Vec<&str> = timeline.rows.iter().map(|row| row.name.as_str()).collect();
    let rest = ["agent", "chronyd", "first update", "clock stepped", "chrony-wait", "time-sync.target"];
    assert_eq!(names, rest);
}

#[test]
fn a_database_that_is_started_days_later_does_not_flatten_the_boot() {
    let timeline = timeline(&AWS.replace("42167023", "420000000000"));
    assert!(timeline.end < Duration::from_secs(60), "{:?}", timeline.end);
    let says = timeline.held[0].sentence();
    assert!(says.starts_with("scylla-server waited 26.4 s"), "{says}");
}

#[test]
fn an_empty_journal_is_an_empty_picture() {
    let timeline = timeline("");
    assert!(timeline.rows.is_empty());
    assert_eq!(bars::draw(&timeline, 80, Glyphs::Ascii).lines().count(), 1);
    assert_well_formed(&svg::draw(&timeline, "this boot"));
}

#[test]
fn the_picture_is_well_formed_whatever_a_source_is_called() {
    let hostile = AWS.replace("Selected source 169.254.169.123", "Selected source a<b>&'\\\"\\u0007]]>");
    assert_ne!(hostile, AWS, "nothing was replaced");
    for journal in [AWS, LATE_NETWORK, NO_NETWORK, &hostile] {
        assert_well_formed(&svg::draw(&timeline(journal), "<&>"));
    }
}

/// Every tag is closed in its order, and text has no bare `<` or `&`.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some((text, tag)) = rest.split_once('<') {
        assert!(!text.contains('>') || open.last() == Some(&"style"), "{text:?}");
        let entities = text.split('&').skip(1);
        entities.for_each(|entity| assert!(entity.split_once(';').is_some_and(|(name, _)| name.len() < 5)));
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().expect("a name"));
        }
        rest = after;
    }
    assert!(!svg.contains("NaN"), "{svg}");
    assert!(open.is_empty() && rest == "\n", "{open:?} {rest:?}");
    assert!(!svg.chars().any(|letter| letter.is_control() && letter != '\n'));
}

#[test]
fn ticks_are_round_and_few() {
    let timeline = timeline(AWS);
    assert_eq!(timeline.ticks(6), [20, 25, 30, 35, 40].map(Duration::from_secs));
    assert!(timeline.ticks(0).len() <= 1);
}

/// chrony-wait gives up after 20 s, and the hold begins.
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
        (HOLD_UNIT, What::Starting, 30),
    ];
    let boot = Boot { events: first.iter().chain(more).map(event).collect(), ..Boot::default() };
    Held::of(&boot, "chrony.service", SCYLLA)
}

#[test]
fn a_database_that_is_held_is_told_from_one_that_was_let_go() {
    let still = held(&[]);
    assert_eq!(still.sentence(), "scylla-server is held until the clock is right.");
    let let_go = held(&[(HOLD_UNIT, What::Started, 90), (SCYLLA, What::Started, 91)]);
    assert_eq!((let_go.wait, let_go.is_off()), (Wait::Over, false));
    let says = let_go.sentence();
    let wanted =
        "scylla-server waited 81.0 s: 1.0 s for chronyd, 20.0 s for chrony-wait, 60.0 s for the hold.";
    assert_eq!(says, wanted);
    let by_hand = held(&[(HOLD_UNIT, What::Failed, 90), (SCYLLA, What::Started, 91)]);
    assert!(by_hand.is_off(), "{}", by_hand.sentence());
}
