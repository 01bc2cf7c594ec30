//! Bars of parts, one after the other: where the time of a boot goes.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::results;

/// A name, and where each of its parts ends. The first one begins at 0.
pub type Bar = (String, Vec<f64>);

pub fn draw(name: &str, x: &str, parts: &[&str], bars: &[Bar]) -> Result<()> {
    let mut svg = String::new();
    paint(&mut svg, x, parts, bars).map_err(|why| anyhow!("drawing {name}: {why}"))?;
    results::put(&format!("{name}.svg"), &svg)
}

fn paint(
    svg: &mut String,
    x: &str,
    parts: &[&str],
    bars: &[Bar],
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let longest = bars.iter().flat_map(|(_, ends)| ends).copied().fold(1.0, f64::max);
    let area = SVGBackend::with_string(svg, (720, 90 + 44 * bars.len() as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(40)
        .build_cartesian_2d(0.0..longest * 1.3, bars.len() as f64..0.0)?;
    chart.configure_mesh().disable_y_mesh().disable_y_axis().x_desc(x).draw()?;
    for (part, label) in parts.iter().enumerate() {
        let colour = Palette99::pick(part).to_rgba();
        let boxes = bars.iter().enumerate().filter_map(|(row, (_, ends))| {
            let from = if part == 0 { 0.0 } else { *ends.get(part - 1)? };
            let (top, bottom) = (row as f64 + 0.45, row as f64 + 0.9);
            Some(Rectangle::new([(from, top), (*ends.get(part)?, bottom)], colour.filled()))
        });
        chart
            .draw_series(boxes)?
            .label(*label)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    }
    let font = ("sans-serif", 14).into_font();
    chart.draw_series(bars.iter().enumerate().map(|(row, (label, ends))| {
        let end = ends.last().copied().unwrap_or_default();
        Text::new(format!("{label}: {end:.1}"), (longest * 0.005, row as f64 + 0.12), font.clone())
    }))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    area.present()?;
    Ok(())
}
