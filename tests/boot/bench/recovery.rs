//! How a clock came back after a pause of its machine: what scenarios/migration.sh prints.

use std::collections::BTreeMap;
use std::fmt::Write;

/// chrony-wait lets as much pass, and the check of the offset.
const RIGHT_S: f64 = 0.1;

#[derive(Debug, Default)]
pub struct Recovery {
    pub name: String,
    pub pause_ms: u32,
    /// Seconds since the guest went on, and by how many the clock was slow.
    samples: Vec<(f64, f64)>,
    /// chronyd's steps, in seconds.
    pub steps: Vec<f64>,
}

impl Recovery {
    /// All that a script printed. Other lines are passed over.
    pub fn parse(text: &str) -> Vec<Recovery> {
        let mut all: Vec<Recovery> = Vec::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match (&words[..], all.last_mut()) {
                (["case", name, pause_ms], _) => all.push(Recovery {
                    name: (*name).to_owned(),
                    pause_ms: pause_ms.parse().expect("milliseconds"),
                    ..Recovery::default()
                }),
                (["said", "System", "clock", "was", "stepped", "by", by, ..], Some(last)) => {
                    last.steps.extend(by.parse::<f64>());
                }
                ([at_ms, slow_us], Some(last)) => {
                    if let (Ok(at_ms), Ok(slow_us)) = (at_ms.parse::<f64>(), slow_us.parse::<f64>()) {
                        last.samples.push((at_ms / 1e3, slow_us / 1e6));
                    }
                }
                _ => (),
            }
        }
        all
    }

    /// After how many seconds the clock was right for good; None if it was not when the samples ended.
    pub fn back_s(&self) -> Option<f64> {
        let is_wrong = |(_, slow): &&(f64, f64)| slow.abs() >= RIGHT_S;
        let last = self.samples.last().filter(|last| !is_wrong(last))?;
        let wrong = self.samples.iter().rfind(is_wrong);
        Some(wrong.map_or(0.0, |(at, _)| *at).min(last.0))
    }

    /// How slow the clock was at worst, in seconds.
    pub fn worst_s(&self) -> f64 {
        self.samples.iter().map(|(_, slow)| *slow).fold(0.0, f64::max)
    }

    /// How far the clock went beyond the right time, in seconds.
    pub fn overshoot_s(&self) -> f64 {
        self.samples.iter().map(|(_, slow)| -slow).fold(0.0, f64::max)
    }

    /// A row for each case: the median, and from the least to the most.
    pub fn table(all: &[Recovery]) -> String {
        let mut cases: BTreeMap<(&str, u32), Vec<&Recovery>> = BTreeMap::new();
        for recovery in all {
            cases.entry((&recovery.name, recovery.pause_ms)).or_default().push(recovery);
        }
        let mut table = String::from("| case | pause | runs | under 100 ms after | overshoot | steps |\n");
        table += "|---|---|---|---|---|---|\n";
        for ((name, pause_ms), runs) in cases {
            // What did not come back counts as longer than anything.
            let back = spread(runs.iter().map(|run| run.back_s().unwrap_or(f64::INFINITY)), "s");
            let overshoot = spread(runs.iter().map(|run| run.overshoot_s()), "s");
            let steps = spread(runs.iter().map(|run| run.steps.len() as f64), "");
            let pause = f64::from(pause_ms) / 1e3;
            let _ =
                writeln!(table, "| {name} | {pause} s | {} | {back} | {overshoot} | {steps} |", runs.len());
        }
        table
    }
}

fn spread(values: impl Iterator<Item = f64>, unit: &str) -> String {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let [least, median, most] = [values[0], values[values.len() / 2], values[values.len() - 1]];
    let places = usize::from(unit == "s" && most < 10.0) * 2;
    format!("{median:.places$} {unit} ({least:.places$} to {most:.places$})")
}
