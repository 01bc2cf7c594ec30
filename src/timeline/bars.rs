//! The timeline in a terminal.

use std::fmt::Write;

use super::{Kind, Mark, Row, Timeline};

/// The widest picture: beyond it, the eye no longer finds the row's number.
const WIDEST: usize = 140;

/// The narrowest bars that still show an order.
const NARROWEST: usize = 16;

/// Character that a bar is made of: every terminal and every log shows it.
fn glyph(kind: Kind) -> char {
    match kind {
        Kind::Busy | Kind::Open => '#',
        Kind::Failed => '!',
        Kind::Held => '.',
        Kind::Moment => '*',
    }
}

/// A line for the axis, then one for each row: name, bar, when it began, how long it took. No line
/// is longer than `width`, unless that is too little for any picture.
pub fn draw(timeline: &Timeline, width: usize) -> String {
    let longest = |of: fn(&Row) -> usize| timeline.rows.iter().map(of).max().unwrap_or_default();
    let names = longest(|row| row.name.chars().count());
    let says = longest(|row| row.says.chars().count());
    // Name, bar, number: two spaces between them.
    let numbers = longest(|row| row.seconds().len());
    let left = width.min(WIDEST).saturating_sub(names + numbers + 4);
    let (bar, with_says) = match left.checked_sub(says + 2) {
        Some(bar) if bar >= NARROWEST => (bar, true),
        _ => (left.max(NARROWEST), false),
    };
    let mut text = format!("{:names$}  {}\n", "", axis(timeline, bar));
    for row in &timeline.rows {
        let cells = cells(timeline, &row.marks, bar);
        let (name, at) = (&row.name, row.seconds());
        let says = if with_says { row.says.as_str() } else { "" };
        let line = format!("{name:names$}  {cells}  {at:>numbers$}  {says}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn cells(timeline: &Timeline, marks: &[Mark], width: usize) -> String {
    let mut cells = vec![' '; width];
    for mark in marks {
        let (from, to) = (cell(timeline.place(mark.from), width), cell(timeline.place(mark.to), width));
        cells[from..=to].fill(glyph(mark.kind));
    }
    cells.into_iter().collect()
}

/// The cell of a place on the axis: 0 is the first, 1 the last.
fn cell(place: f64, width: usize) -> usize {
    ((place * width as f64) as usize).min(width.saturating_sub(1))
}

/// The seconds of the axis, each number beginning at its cell; "s" after the last.
fn axis(timeline: &Timeline, width: usize) -> String {
    let mut line = String::new();
    for tick in timeline.ticks(width / 8) {
        let at = cell(timeline.place(tick), width);
        // The number as it is, without the digits that all of them lack.
        let number = format!("{}", (tick.as_secs_f64() * 1000.0).round() / 1000.0);
        if at >= line.len() && at + number.len() <= width {
            line = format!("{line:at$}{number} ");
        }
    }
    format!("{}s", if line.is_empty() { " " } else { &line })
}

/// Lines of at most `width` characters; a longer word has a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
