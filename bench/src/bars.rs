//! Bars of parts, one after the other, as SVG: one row for each thing that was measured.

use std::fmt::Write as _;

use anyhow::Result;

use crate::results;

/// A name, and where each of its parts ends. The first one begins at 0.
pub type Bar = (String, Vec<f64>);

/// Grey, orange and blue: told apart by those who do not see red and green.
const COLOURS: [&str; 3] = ["#a0a0a0", "#e08a1e", "#2f6fb0"];

const WIDTH: f64 = 720.0;
const MARGIN: f64 = 16.0;
const TOP: f64 = 72.0;
const ROW: f64 = 42.0;

const STYLE: &str = "<style>text{font:13px sans-serif;fill:#222}.title{font-size:16px;font-weight:600}line{stroke:#ddd}\
                     @media(prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#444}}</style>\n";

pub fn draw(name: &str, title: &str, unit: &str, parts: &[&str], bars: &[Bar]) -> Result<()> {
    results::put(&format!("{name}.svg"), &picture(title, unit, parts, bars))
}

/// The last part has the strongest colour.
fn colour(part: usize, parts: usize) -> &'static str {
    COLOURS[COLOURS.len() - parts.min(COLOURS.len()) + part]
}

fn picture(title: &str, unit: &str, parts: &[&str], bars: &[Bar]) -> String {
    let longest = bars.iter().flat_map(|(_, ends)| ends).copied().fold(0.0, f64::max);
    let scale = (WIDTH - 2.0 * MARGIN - 48.0) / longest;
    let bottom = TOP + ROW * bars.len() as f64;
    let height = bottom + 44.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>{title}</title>\n{STYLE}<text class=\"title\" x=\"{MARGIN}\" y=\"28\">{title}</text>\n"
    );
    legend(&mut svg, parts);
    axis(&mut svg, unit, longest, scale, bottom);
    for (row, (name, ends)) in bars.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{}\">{}</text>", y + 14.0, escaped(name));
        let begins = std::iter::once(0.0).chain(ends.iter().copied());
        for (part, (begin, end)) in begins.zip(ends).enumerate() {
            let (x, width) = (MARGIN + begin * scale, (end - begin).max(0.0) * scale);
            let fill = colour(part, parts.len());
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"16\" fill=\"{fill}\"/>",
                y + 19.0
            );
        }
        let end = ends.last().copied().unwrap_or_default();
        let _ =
            writeln!(svg, "<text x=\"{:.1}\" y=\"{}\">{end:.1}</text>", MARGIN + end * scale + 6.0, y + 32.0);
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String, parts: &[&str]) {
    let mut x = MARGIN;
    for (part, name) in parts.iter().enumerate() {
        let fill = colour(part, parts.len());
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"42\" width=\"12\" height=\"12\" fill=\"{fill}\"/><text x=\"{}\" y=\"53\">{name}</text>",
            x + 18.0
        );
        x += 44.0 + 7.0 * name.len() as f64;
    }
}

fn axis(svg: &mut String, unit: &str, longest: f64, scale: f64, bottom: f64) {
    let step = step(longest);
    let mut value = 0.0;
    while value <= longest {
        let x = MARGIN + value * scale;
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/><text x=\"{x:.1}\" y=\"{}\">{value}</text>",
            bottom + 16.0
        );
        value += step;
    }
    let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{}\">{unit}</text>", bottom + 34.0);
}

/// 1, 2 or 5 times a power of ten, for at most eight lines.
fn step(longest: f64) -> f64 {
    let power = 10_f64.powf((longest / 8.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| longest / step <= 8.0)
        .unwrap_or(longest)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_numbers_and_few_of_them() {
        assert_eq!([0.9, 8.0, 9.0, 33.0, 475.0].map(step), [0.2, 1.0, 2.0, 5.0, 100.0]);
    }
}
