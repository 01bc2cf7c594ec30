//! Rows of a picture of this boot: what was busy when, and how long the database was held.

pub mod bars;
pub mod held;
pub mod svg;

use std::time::Duration;

use crate::machine::{Boot, Wait, What};
use crate::names::{AGENT_UNIT, CHRONY_WAIT, ONLINE_UNIT, TIME_SYNC, WAIT_UNIT};

pub use held::Held;

/// Gap after the rest of the boot beyond which nothing is drawn: it would press the rest
/// into nothing. An operator's start of the database is the usual case.
const LATE: Duration = Duration::from_secs(600);

/// The steps of the clock that have a row each. A clock that is stepped more often is broken.
const MOST_STEPS: usize = 4;

/// A picture of the boot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    pub rows: Vec<Row>,
    /// The axis, since the kernel's start.
    pub start: Duration,
    pub end: Duration,
    /// One for each database.
    pub held: Vec<Held>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: String,
    pub marks: Vec<Mark>,
    /// Time of its begin; None of a database that has not begun.
    pub at: Option<Duration>,
    /// Duration, or what it was.
    pub says: String,
}

impl Row {
    /// Formats the time of its begin in seconds; nothing of what has not begun.
    fn seconds(&self) -> String {
        self.at.map_or(String::new(), |at| format!("{:.3}", at.as_secs_f64()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub kind: Kind,
    pub from: Duration,
    pub to: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Busy from "Starting" to "Started".
    Busy,
    /// The same, but it failed, or a database ran on a wrong clock.
    Failed,
    /// Begun, and not ended yet.
    Open,
    /// A database that is kept from starting.
    Held,
    /// Something without a length.
    Moment,
}

impl Timeline {
    /// `chrony` is the unit of the distribution's chronyd.
    pub fn of(boot: &Boot, chrony: &str, databases: &[String]) -> Timeline {
        let mut rows = vec![
            unit_row("agent", [spans(boot, AGENT_UNIT), spans(boot, ONLINE_UNIT)].concat()),
            unit_row("chronyd", spans(boot, chrony)),
        ];
        rows.extend(boot.update.iter().map(|update| moment_row("first update", update.at, &update.source)));
        rows.extend(boot.steps.iter().take(MOST_STEPS).map(|step| {
            moment_row("clock stepped", step.at, &format!("by {}", signed_seconds(step.seconds)))
        }));
        rows.push(unit_row("chrony-wait", spans(boot, CHRONY_WAIT)));
        // Where chrony-wait ended well and is enough, the other one is over at once.
        let waited = |mark: &Mark| mark.kind != Kind::Busy || mark.to - mark.from >= held::BRIEF;
        let longer: Vec<Mark> = spans(boot, WAIT_UNIT).into_iter().filter(waited).collect();
        rows.push(unit_row("longer wait", longer));
        rows.extend(boot.first(TIME_SYNC, What::Started).map(|at| moment_row(TIME_SYNC, at, "")));
        let held: Vec<Held> = databases.iter().map(|unit| Held::of(boot, chrony, unit)).collect();
        rows.extend(held.iter().map(|held| database_row(held, spans(boot, &held.unit))));
        let mut timeline = Timeline { rows, held, ..Timeline::default() };
        timeline.set_axis();
        timeline
    }

    /// The axis ends with the last thing that belongs to the boot. What begins later loses its
    /// marks and keeps its numbers.
    fn set_axis(&mut self) {
        self.rows.retain(|row| !row.marks.is_empty());
        let mut begins: Vec<Duration> =
            self.rows.iter().flat_map(|row| &row.marks).map(|mark| mark.from).collect();
        begins.sort();
        let Some(start) = begins.first().copied() else { return };
        let last = begins.windows(2).take_while(|pair| pair[1] - pair[0] <= LATE).last();
        let last = last.map_or(start, |pair| pair[1]);
        let marks = || self.rows.iter().flat_map(|row| &row.marks).filter(|mark| mark.from <= last);
        // A start that takes longer than all the rest is cut off.
        let longest = last + (last - start).max(Duration::from_secs(1));
        let end = marks().map(|mark| mark.to.min(longest)).max().unwrap_or(last);
        // A picture of a single moment has a width all the same.
        (self.start, self.end) = (start, end.max(start + Duration::from_millis(1)));
        for row in &mut self.rows {
            row.marks.retain(|mark| mark.from <= end);
        }
    }

    /// A share of the axis, 0 to 1.
    pub fn place(&self, at: Duration) -> f64 {
        let (at, length) = (at.clamp(self.start, self.end) - self.start, self.end - self.start);
        if length.is_zero() { 0.0 } else { at.as_secs_f64() / length.as_secs_f64() }
    }

    /// Round numbers of seconds on the axis, about `count` of them or fewer.
    pub fn ticks(&self, count: usize) -> Vec<Duration> {
        let span = (self.end - self.start).as_secs_f64();
        let wide_enough = |step: &f64| span / step <= count.max(1) as f64;
        let steps = (-3..8).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
        let Some(step) = steps.into_iter().find(wide_enough) else { return Vec::new() };
        let first = (self.start.as_secs_f64() / step).ceil() as u64;
        let last = (self.end.as_secs_f64() / step).floor() as u64;
        (first..=last).map(|tick| Duration::from_secs_f64(tick as f64 * step)).collect()
    }
}

/// Marks from "Starting" to "Started", "Failed" or "Stopped", each time.
fn spans(boot: &Boot, unit: &str) -> Vec<Mark> {
    let (mut spans, mut began) = (Vec::new(), None);
    let now = boot.events.last().map_or(Duration::ZERO, |event| event.at);
    for event in boot.events.iter().filter(|event| event.unit == unit) {
        let to = event.at;
        match (event.what, began.take()) {
            (What::Starting, _) => began = Some(to),
            (What::Started, from) => {
                spans.push(Mark { kind: Kind::Busy, from: from.unwrap_or(to), to });
            }
            (What::Failed | What::Stopped, Some(from)) => {
                spans.push(Mark { kind: Kind::Failed, from, to });
            }
            (What::Failed | What::Stopped, None) => {}
        }
    }
    spans.extend(began.map(|from| Mark { kind: Kind::Open, from, to: now.max(from) }));
    spans
}

fn unit_row(name: &str, marks: Vec<Mark>) -> Row {
    let length = |mark: &Mark| {
        let seconds = (mark.to - mark.from).as_secs_f64();
        match mark.kind {
            Kind::Open => "not over yet".to_owned(),
            Kind::Failed => format!("+{seconds:.3} s failed"),
            Kind::Busy | Kind::Held | Kind::Moment => format!("+{seconds:.3} s"),
        }
    };
    let says: Vec<String> = marks.iter().take(2).map(length).collect();
    let at = marks.first().map(|mark| mark.from);
    Row { name: name.to_owned(), marks, at, says: says.join(", ") }
}

fn moment_row(name: &str, at: Duration, says: &str) -> Row {
    let mark = Mark { kind: Kind::Moment, from: at, to: at };
    Row { name: name.to_owned(), marks: vec![mark], at: Some(at), says: says.to_owned() }
}

fn database_row(held: &Held, mut spans: Vec<Mark>) -> Row {
    // Type=simple starts in no time.
    for span in spans.iter_mut().filter(|span| span.from == span.to) {
        span.kind = Kind::Moment;
    }
    spans.truncate(1);
    let mut row = unit_row(held.name(), spans);
    if row.marks.iter().any(|mark| mark.kind == Kind::Moment) {
        row.says = "started".to_owned();
    } else if row.at.is_none() {
        row.says = "not started".to_owned();
    }
    // Its writes may carry wrong timestamps.
    if held.after_clock == Some(false) {
        row.marks.iter_mut().for_each(|mark| mark.kind = Kind::Failed);
        row.says = "on a wrong clock".to_owned();
    }
    let is_or_was_held = held.began.is_some() || matches!(held.wait, Wait::Open | Wait::Held);
    if let Some((from, length)) = held.since.zip(held.waited).filter(|_| is_or_was_held) {
        row.marks.insert(0, Mark { kind: Kind::Held, from, to: from + length });
    }
    row
}

/// "-287524282.0 s", "+0.532 s"
pub fn signed_seconds(seconds: f64) -> String {
    if seconds.abs() >= 1000.0 { format!("{seconds:+.1} s") } else { format!("{seconds:+.3} s") }
}

#[cfg(test)]
mod tests;
