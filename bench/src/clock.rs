//! Time to a right clock, and how right it stays: what the guests of tests/boot/clock.rs printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::bars::{self, Bar};
use crate::results::{self, Table};
use crate::spread::Spread;
use crate::suite;

/// A start of chronyd.
#[derive(Serialize, Deserialize)]
struct Start {
    case: String,
    /// "plan" or "fast".
    setting: String,
    ahead_ms: u64,
    /// From chronyd's start to time-sync.target.
    seconds: f64,
    /// How far the clock was behind the host's when time-sync.target was reached, and how long the reading was under way:
    /// it errs by half of that at most.
    behind_ms: f64,
    reading_ms: f64,
}

/// Some minutes of one chronyd.
#[derive(Serialize, Deserialize)]
struct Watch {
    case: String,
    setting: String,
    /// By how much the clock was behind: the host's by its own word, the PTP clock by chronyd's readings of it.
    behind_host_ms: Vec<f64>,
    behind_clock_us: Vec<f64>,
    poll: i32,
    packets: Option<u32>,
    /// None where systemd does not count it.
    processor_ms: Option<f64>,
    updates: usize,
    /// chronyd's frequency of the clock, at each update.
    frequency_ppm: Vec<f64>,
}

pub fn measure(again: bool) -> Result<()> {
    let (starts, watches) = results::raw("clock", again, || {
        suite::measure("boot", "clock::bench_")?;
        printed()
    })?;
    results::write("clock", &[table_of_starts(&starts), table_of_watches(&watches)], "")?;
    draw(&starts)
}

fn printed() -> Result<(Vec<Start>, Vec<Watch>)> {
    let mut starts = Vec::new();
    let mut watches = Vec::new();
    for look in looks()? {
        let text = fs::read_to_string(&look).with_context(|| format!("reading {}", look.display()))?;
        let release = if look.to_string_lossy().contains("debian12") { ", Debian 12" } else { "" };
        starts.extend(text.lines().filter_map(|line| start(line, release)));
        watches.extend(text.split("\nwatch ").skip(1).filter_map(watch));
    }
    ensure!(!starts.is_empty(), "no guest has printed anything: make bench BENCH=clock");
    Ok((starts, watches))
}

fn looks() -> Result<Vec<PathBuf>> {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/boot/runs");
    let found = fs::read_dir(&runs).with_context(|| format!("listing {}", runs.display()))?;
    let mut looks: Vec<PathBuf> = found
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("clock::bench_clock"))
        .map(|entry| entry.path().join("boot-1/look"))
        .filter(|look| look.exists())
        .collect();
    looks.sort();
    Ok(looks)
}

/// "start CASE.SETTING AHEAD_MS FROM_US TO_US UP_CS UP_CS HOST_US HOST_US BEHIND_US TRIP_US"
fn start(line: &str, release: &str) -> Option<Start> {
    let mut words = line.strip_prefix("start ")?.split(' ');
    let (case, setting) = words.next()?.split_once('.')?;
    let numbers: Vec<f64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[ahead_ms, from, to, up_from, up_to, host_from, host_to, behind_us, trip_us] = &numbers[..] else {
        return None;
    };
    // A slew makes systemd's clock run fast or slow by up to 8 %: the host's says by how much.
    let rate = (host_to - host_from) / ((up_to - up_from) * 1e4);
    Some(Start {
        case: format!("{case}{release}"),
        setting: setting.to_owned(),
        ahead_ms: ahead_ms as u64,
        seconds: (to - from) / 1e6 * rate,
        behind_ms: behind_us / 1e3,
        reading_ms: trip_us / 1e3,
    })
}

fn watch(text: &str) -> Option<Watch> {
    let (name, rest) = text.split_once('\n')?;
    let (case, setting) = name.split_once('.')?;
    let (samples, after) = rest.split_once("\nover ")?;
    let sampled: Vec<[f64; 3]> = samples.lines().filter_map(numbers).collect();
    // What was long under way says little.
    let mut trips: Vec<f64> = sampled.iter().map(|sample| sample[2]).collect();
    trips.sort_by(f64::total_cmp);
    let most = *trips.get(trips.len() / 2)?;
    let good = sampled.iter().filter(|sample| sample[2] <= most);
    let logged = |log: &str| {
        after.lines().filter_map(move |line| line.strip_prefix(log)).map(words).collect::<Vec<_>>()
    };
    let tracking: Vec<Vec<&str>> = logged("tracking: ").into_iter().filter(|words| words.len() > 9).collect();
    let raw = logged("refclocks: ").into_iter().filter(|words| words.get(2) == Some(&"PHC0"));
    let field = |name: &str| after.lines().find_map(|line| line.strip_prefix(name));
    Some(Watch {
        case: case.to_owned(),
        setting: setting.to_owned(),
        behind_host_ms: good.map(|sample| sample[1] / 1e3).collect(),
        behind_clock_us: raw.filter_map(|words| Some(words.get(6)?.parse::<f64>().ok()? * 1e6)).collect(),
        poll: after.lines().find(|line| line.contains(",*,"))?.split(',').nth(4)?.parse().ok()?,
        packets: field("Total TX").and_then(|rest| rest.split_whitespace().last()?.parse().ok()),
        processor_ms: field("CPUUsageNSec=").and_then(|ns| ns.parse::<f64>().ok()).map(|ns| ns / 1e6),
        updates: tracking.len(),
        frequency_ppm: tracking.iter().filter_map(|words| words.get(4)?.parse().ok()).collect(),
    })
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn numbers(line: &str) -> Option<[f64; 3]> {
    let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

fn table_of_starts(starts: &[Start]) -> Table {
    let mut table = Table::new(&[
        "sources",
        "ahead by",
        "plan, s",
        "fast_start, s",
        "then off by, plan, ms",
        "fast_start, ms",
    ]);
    let mut cases: BTreeMap<(&str, u64), [Vec<&Start>; 2]> = BTreeMap::new();
    for start in starts {
        let both = cases.entry((&start.case, start.ahead_ms)).or_default();
        both[usize::from(start.setting == "fast")].push(start);
    }
    for ((case, ahead_ms), both) in cases {
        let seconds =
            both.each_ref().map(|runs| Spread::of(runs.iter().map(|run| run.seconds)).text(1.0, 1, ""));
        let off = both
            .each_ref()
            .map(|runs| Spread::of(runs.iter().map(|run| run.behind_ms.abs())).text(1.0, 0, ""));
        let cells = [case.to_owned(), ahead(ahead_ms)].into_iter().chain(seconds).chain(off);
        table.row(cells);
    }
    table
}

fn ahead(ms: u64) -> String {
    if ms < 1_000_000 { format!("{} s", ms as f64 / 1e3) } else { "10 years".to_owned() }
}

fn table_of_watches(watches: &[Watch]) -> Table {
    let mut table = Table::new(&[
        "sources",
        "setting",
        "poll",
        "packets",
        "updates",
        "behind the host, ms",
        "behind the PTP clock, µs",
        "frequency, ppm",
        "processor, ms",
    ]);
    for watch in watches {
        table.row([
            watch.case.clone(),
            watch.setting.clone(),
            watch.poll.to_string(),
            watch.packets.map_or("-".to_owned(), |packets| packets.to_string()),
            watch.updates.to_string(),
            Spread::of(watch.behind_host_ms.iter().copied()).middle(2),
            Spread::of(watch.behind_clock_us.iter().copied()).middle(1),
            Spread::of(watch.frequency_ppm.iter().copied()).middle(2),
            watch.processor_ms.map_or("-".to_owned(), |ms| format!("{ms:.0}")),
        ]);
    }
    table
}

/// The medians of a clock that is 0.9 s ahead, which takes longest: chronyd slews it.
fn draw(starts: &[Start]) -> Result<()> {
    let mut cases: BTreeMap<&str, [Vec<f64>; 2]> = BTreeMap::new();
    for start in starts.iter().filter(|start| start.ahead_ms == 900) {
        let [plan, fast] = cases.entry(&start.case).or_default();
        if start.setting == "fast" { fast.push(start.seconds) } else { plan.push(start.seconds) }
    }
    let bars = cases.into_iter().map(|(case, [plan, fast])| -> Bar {
        (case.to_owned(), vec![Spread::of(fast).median(), Spread::of(plan).median()])
    });
    bars::draw(
        "clock",
        "From chronyd's start to a right clock that was 0.9 s ahead",
        "seconds",
        &["with fast_start", "longer without it"],
        &bars.collect::<Vec<_>>(),
    )
}
