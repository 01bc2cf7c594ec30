//! The timeline as a picture of its own: no font, script or image from elsewhere. It brings its
//! background along, so that it can be read on every page; a viewer that knows of a dark mode gets
//! a dark one.

use std::fmt::Write;

use super::bars::wrapped;
use super::{Held, Kind, Mark, Row, Timeline};

const WIDTH: f64 = 1080.0;
const MARGIN: f64 = 24.0;
/// The column of names, and that of numbers, which has room for an IPv6 address.
const NAMES: f64 = 150.0;
const NUMBERS: f64 = 340.0;
const ROW: f64 = 30.0;
const BAR: f64 = 16.0;
/// Height above the first row: the title and the axis.
const HEAD: f64 = 84.0;
const LINE: f64 = 20.0;
/// The sentences' longest line, in characters.
const LETTERS: usize = 140;

const STYLE: &str = "\
    .page{fill:#fff}.grid{stroke:#d8dde4}text{fill:#1c2430}.soft{fill:#5a6675}
    .busy{fill:#2f6fdb}.failed{fill:#c93a3a}.held{fill:#f0c36d}.moment{fill:#12805c}
    @media (prefers-color-scheme:dark){.page{fill:#12171f}.grid{stroke:#303947}text{fill:#e6ebf2}
    .soft{fill:#9aa7b8}.busy{fill:#5b95f5}.failed{fill:#ef6b6b}.held{fill:#8a6a22}.moment{fill:#3ec796}}";

/// The whole file.
pub fn draw(timeline: &Timeline, title: &str) -> String {
    let sentences: Vec<(&str, String)> = timeline.held.iter().flat_map(sentence).collect();
    let bottom = HEAD + ROW * timeline.rows.len() as f64;
    let height = bottom + LINE * (sentences.len() as f64 + 2.2);
    let title = escaped(title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"system-ui,sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n\
         <text x=\"{MARGIN}\" y=\"36\" font-size=\"17\" font-weight=\"600\">{title}</text>\n"
    );
    axis(&mut svg, timeline, bottom);
    for (index, row) in timeline.rows.iter().enumerate() {
        draw_row(&mut svg, timeline, row, HEAD + ROW * index as f64);
    }
    for (index, (class, sentence)) in sentences.iter().enumerate() {
        let y = bottom + LINE * (index as f64 + 1.6);
        let _ = writeln!(svg, "<text{class} x=\"{MARGIN}\" y=\"{y:.1}\">{}</text>", escaped(sentence));
    }
    svg + "</svg>\n"
}

/// The lines of a database's sentence, each with its class: red where it ran on a wrong clock.
fn sentence(held: &Held) -> Vec<(&'static str, String)> {
    let class = if held.after_clock == Some(false) { " class=\"failed\"" } else { "" };
    wrapped(&held.says, LETTERS).into_iter().map(|line| (class, line)).collect()
}

fn axis(svg: &mut String, timeline: &Timeline, bottom: f64) {
    for tick in timeline.ticks(9) {
        let x = x(timeline.place(tick));
        let number = (tick.as_secs_f64() * 1000.0).round() / 1000.0;
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\"/>\n\
             <text class=\"soft\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{number} s</text>",
            HEAD - 8.0,
            HEAD - 14.0,
        );
    }
}

fn draw_row(svg: &mut String, timeline: &Timeline, row: &Row, top: f64) {
    let text = top + ROW / 2.0 + 4.5;
    let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{text:.1}\">{}</text>", escaped(&row.name));
    for mark in &row.marks {
        draw_mark(svg, timeline, mark, top + ROW / 2.0);
    }
    let (at, says) = (row.seconds(), escaped(&row.says));
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{at}</text>\n\
         <text class=\"soft\" x=\"{:.1}\" y=\"{text:.1}\">{says}</text>",
        WIDTH - NUMBERS + 46.0,
        WIDTH - NUMBERS + 58.0,
    );
}

fn draw_mark(svg: &mut String, timeline: &Timeline, mark: &Mark, middle: f64) {
    let (left, right) = (x(timeline.place(mark.from)), x(timeline.place(mark.to)));
    let class = match mark.kind {
        Kind::Busy | Kind::Open => "busy",
        Kind::Failed => "failed",
        Kind::Held => "held",
        Kind::Moment => "moment",
    };
    if mark.kind == Kind::Moment || (mark.kind == Kind::Failed && mark.from == mark.to) {
        let half = BAR / 2.0;
        let _ = writeln!(
            svg,
            "<path class=\"{class}\" d=\"M{left:.1} {:.1}l{half} {half}l-{half} {half}l-{half} -{half}z\"/>",
            middle - half
        );
        return;
    }
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>",
        middle - BAR / 2.0,
        // A millisecond is to be seen, too.
        (right - left).max(2.0),
    );
}

fn x(place: f64) -> f64 {
    let left = MARGIN + NAMES;
    left + place * (WIDTH - NUMBERS - 20.0 - left)
}

/// Escapes a text for XML, which has no control characters at all.
fn escaped(text: &str) -> String {
    let is_xml = |letter: &char| !letter.is_control() && !matches!(letter, '\u{FFFE}' | '\u{FFFF}');
    let text: String = text.chars().filter(is_xml).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
