//! What was measured, as people read it: a table and a picture of each subject. The raw data stay in target/.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows of text, the first one the headings.
pub struct Table(pub Vec<Vec<String>>);

impl Table {
    pub fn new(headings: &[&str]) -> Table {
        Table(vec![headings.iter().map(|heading| (*heading).to_owned()).collect()])
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    /// Markdown, which is as well to read in a terminal.
    fn text(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let Some((headings, rows)) = self.0.split_first() else { return String::new() };
        let rule = line(&vec!["---".to_owned(); headings.len()]);
        line(headings) + &rule + &rows.iter().map(|row| line(row)).collect::<String>()
    }
}

/// A line of a plot: its name, and points of x and y.
pub type Line = (String, Vec<(f64, f64)>);

/// What is measured now, or what the last measurement left in target/bench/raw/.
pub fn raw<T: Serialize + DeserializeOwned>(
    name: &str,
    again: bool,
    measure: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let path = Path::new("target/bench/raw").join(format!("{name}.json"));
    if again {
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        return serde_json::from_str(&text)
            .with_context(|| format!("{} is not what it should be", path.display()));
    }
    let raw = measure()?;
    fs::create_dir_all("target/bench/raw")?;
    fs::write(&path, serde_json::to_string_pretty(&raw)? + "\n")
        .with_context(|| format!("writing {}", path.display()))?;
    fs::write(measured(name), format!("{}, {}", today()?, machine()?)).context("noting the date")?;
    Ok(raw)
}

/// The day and the machine of the raw data.
fn measured(name: &str) -> PathBuf {
    Path::new("target/bench/raw").join(format!("{name}.measured"))
}

/// Writes `name`.md, and prints it. The note is a sentence or more, or empty.
pub fn write(name: &str, tables: &[Table], note: &str) -> Result<()> {
    let measured = fs::read_to_string(measured(name)).context("reading when it was measured")?;
    let heading = format!("`make bench BENCH={name}`, {measured}. {note}");
    let mut text = format!("{}\n", heading.trim_end());
    for table in tables {
        text += &format!("\n{}", table.text());
    }
    print!("{text}");
    put(&format!("{name}.md"), &text)
}

/// The table that was written last.
pub fn read(name: &str) -> Result<String> {
    let path = folder().join(format!("{name}.md"));
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// Both axes are logarithmic: what is linear has the slope of the line "linear".
pub fn plot(name: &str, x: &str, y: &str, lines: &[Line]) -> Result<()> {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) =
            points().map(of).fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        (low * 0.8..high * 1.25).log_scale()
    };
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (720, 420)).into_drawing_area();
        let failed = |why: &dyn std::fmt::Display| anyhow!("drawing {name}: {why}");
        area.fill(&WHITE).map_err(|why| failed(&why))?;
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .x_label_area_size(40)
            .y_label_area_size(72)
            .build_cartesian_2d(range(|point| point.0), range(|point| point.1))
            .map_err(|why| failed(&why))?;
        chart.configure_mesh().x_desc(x).y_desc(y).draw().map_err(|why| failed(&why))?;
        for (number, (label, points)) in lines.iter().enumerate() {
            let colour = Palette99::pick(number).to_rgba();
            let series = LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(3);
            chart
                .draw_series(series)
                .map_err(|why| failed(&why))?
                .label(label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()
            .map_err(|why| failed(&why))?;
        area.present().map_err(|why| failed(&why))?;
    }
    put(&format!("{name}.svg"), &svg)
}

pub fn put(name: &str, text: &str) -> Result<()> {
    fs::create_dir_all(folder())?;
    let path = folder().join(name);
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results")
}

fn today() -> Result<String> {
    let date = Command::new("date").args(["-u", "+%F"]).output().context("running date")?;
    Ok(String::from_utf8_lossy(&date.stdout).trim().to_owned())
}

/// The processor as the kernel names it, and how many.
fn machine() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo").context("reading /proc/cpuinfo")?;
    let names = || text.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = names().next().map_or("a processor without a name", |(_, name)| name);
    Ok(format!("{} x {name}", names().count().max(1)))
}
