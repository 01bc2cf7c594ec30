//! Pictures of recorded boots.

use std::time::Duration;

use super::*;
use crate::observe::boot::parse;

mod held;

const SCYLLA: &str = "scylla-server.service";
const AWS: &str = include_str!("../../tests/journals/aws.json");
const LATE_NETWORK: &str = include_str!("../../tests/journals/late-network.json");
const NO_NETWORK: &str = include_str!("../../tests/journals/no-network.json");

fn timeline(journal: &str) -> Timeline {
    Timeline::of(&parse(journal), "chrony.service", &[SCYLLA.to_owned()])
}

fn sentence(journal: &str) -> String {
    timeline(journal).held[0].says.clone()
}

/// The journal without the lines that have `word`.
fn without(journal: &str, word: &str) -> String {
    journal.lines().filter(|line| !line.contains(word)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_first_boot_is_drawn_in_80_columns() {
    let drawn = bars::draw(&timeline(AWS), 80);
    let expected = include_str!("../../tests/journals/aws.bars");
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn no_line_is_longer_than_the_terminal() {
    for journal in [AWS, LATE_NETWORK, NO_NETWORK] {
        for width in [60, 72, 80, 100, 200] {
            let drawn = bars::draw(&timeline(journal), width);
            let longest = drawn.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width), "{width}\n{drawn}");
        }
    }
}

#[test]
fn a_picture_in_a_terminal_is_ascii() {
    for journal in [AWS, LATE_NETWORK, NO_NETWORK] {
        assert!(bars::draw(&timeline(journal), 80).is_ascii());
    }
}

#[test]
fn a_narrow_terminal_gets_its_bars_and_loses_a_column() {
    let (narrow, wide) = (50, 80);
    let drawn = |width| bars::draw(&timeline(AWS), width);
    assert!(drawn(wide).contains("+11.499 s"));
    assert!(!drawn(narrow).contains("+11.499 s"), "{}", drawn(narrow));
    assert!(drawn(narrow).contains("##########"), "{}", drawn(narrow));
}

#[test]
fn a_step_that_the_journal_stamps_late_is_no_alarm() {
    let late = AWS.replace("42084857", "42567023");
    assert_ne!(late, AWS, "nothing was replaced");
    let held = &timeline(&late).held[0];
    assert!(held.after_clock == Some(true), "{}", held.says);
    assert!(held.says.ends_with("(the clock was stepped by -287524282.0 s at 42.6 s)."), "{}", held.says);
    assert!(
        timeline(&AWS.replace("42084857", "43567023")).held[0].after_clock == Some(false),
        "a second later"
    );
}

#[test]
fn a_database_that_has_not_started_has_no_time_of_its_start() {
    let is_open = |line: &&str| !line.contains("scylla") && !line.contains("Finished chrony-wait");
    let journal: String = AWS.lines().filter(is_open).map(|line| format!("{line}\n")).collect();
    let timeline = timeline(&journal);
    let row = timeline.rows.last().expect("the database's row");
    assert_eq!((row.name.as_str(), row.at, row.says.as_str()), ("scylla-server", None, "not started"));
    let drawn = bars::draw(&timeline, 80);
    assert!(drawn.lines().last().is_some_and(|line| line.ends_with(" not started")), "{drawn}");
    assert!(!drawn.contains(" 0.000"), "{drawn}");
}

#[test]
fn a_boot_without_a_database_is_drawn_without_it() {
    let timeline = timeline(&without(AWS, "scylla"));
    assert_eq!(timeline.held[0].says, "scylla-server has not started in this boot.");
    assert!(timeline.held[0].after_clock.is_none());
    let names: Vec<&str> = timeline.rows.iter().map(|row| row.name.as_str()).collect();
    let rest = ["agent", "chronyd", "first update", "clock stepped", "chrony-wait", "time-sync.target"];
    assert_eq!(names, rest);
}

#[test]
fn a_database_that_starts_days_later_does_not_flatten_the_boot() {
    let timeline = timeline(&AWS.replace("42167023", "420000000000"));
    assert!(timeline.end < Duration::from_secs(60), "{:?}", timeline.end);
    let says = &timeline.held[0].says;
    assert!(says.starts_with("scylla-server waited 26.4 s"), "{says}");
}

#[test]
fn an_empty_journal_is_an_empty_picture() {
    let timeline = timeline("");
    assert!(timeline.rows.is_empty());
    assert_eq!(bars::draw(&timeline, 80).lines().count(), 1);
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
