//! What the gate costs a boot: tests/boot/cost.rs boots the guests, here are its tables and its plot.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::bars::{self, Bar};
use crate::results::{self, Table};
use crate::spread::Spread;
use crate::suite;

/// One boot. Times are in seconds since the kernel began, in the guest's own time.
#[derive(Serialize, Deserialize)]
struct Cost {
    variant: String,
    round: usize,
    boot: usize,
    database_s: f64,
    chronyd_s: f64,
    wait_ended_s: Option<f64>,
    agent_s: Option<(f64, f64)>,
    reloads_s: Vec<f64>,
    reload_ms: Vec<f64>,
    processes: u64,
    written: Vec<String>,
    ungated: String,
    clock_error_s: Option<f64>,
    host_load: f64,
}

/// The disk's variant, which of its boots, and the variant that is its floor.
const ROWS: [(&str, usize, &str); 8] = [
    ("pre-baked", 1, "pre-baked"),
    ("prepared", 1, "pre-baked"),
    ("unprepared", 1, "pre-baked"),
    ("shell agent", 1, "pre-baked"),
    ("pre-baked", 2, "pre-baked"),
    ("unprepared", 2, "pre-baked"),
    ("pre-baked, cloud-init", 1, "pre-baked, cloud-init"),
    ("cloud-init ntp:", 1, "pre-baked, cloud-init"),
];

pub fn measure(again: bool) -> Result<()> {
    let costs: Vec<Cost> =
        results::raw("boot", again, || suite::run("boot", "bench_first_boots", "boot.json"))?;
    let mut table = Table::new(&[
        "image",
        "runs",
        "chronyd starts",
        "after the floor's",
        "database starts",
        "after the floor's",
        "reloads",
        "the reload after chronyd's start",
        "the reload takes",
        "processes",
        "files",
        "waited",
    ]);
    let mut bars = Vec::new();
    for (variant, boot, floor) in ROWS {
        let pairs = pairs(&costs, variant, boot, floor);
        if pairs.is_empty() {
            continue;
        }
        let variant = variant.trim_end_matches(':');
        let name = if boot == 1 { variant.to_owned() } else { format!("{variant}, second boot") };
        table.row(row(&name, variant == floor, &pairs));
        bars.push(bar(name, &pairs));
    }
    let load = Spread::of(costs.iter().map(|cost| cost.host_load));
    let note = format!(
        "Rounds of all images in turn; medians (least to most); differences are to the floor of the same round, the \
         pre-baked image above. Times are the guest's own, two nanoseconds an instruction; the host's load average was {}. Processes and \
         files: beyond the floor's.",
        load.text(1.0, 1, "")
    );
    results::write("boot", &[table], &note)?;
    bars::draw(
        "boot",
        "Where a boot's time goes until the database starts",
        "seconds since the kernel began",
        &["before the agent", "the agent", "chronyd and the wait"],
        &bars,
    )
}

/// The boots of a variant, each with its floor's of the same round.
fn pairs<'a>(costs: &'a [Cost], variant: &str, boot: usize, floor: &str) -> Vec<(&'a Cost, &'a Cost)> {
    let of = |variant: &str, round: usize| {
        costs.iter().find(|cost| cost.variant == variant && cost.boot == boot && cost.round == round)
    };
    let rounds: BTreeSet<usize> = costs.iter().map(|cost| cost.round).collect();
    rounds.into_iter().filter_map(|round| Some((of(variant, round)?, of(floor, round)?))).collect()
}

fn row(name: &str, is_floor: bool, pairs: &[(&Cost, &Cost)]) -> [String; 12] {
    let of = |measure: &dyn Fn(&Cost, &Cost) -> f64| {
        Spread::of(pairs.iter().map(|(cost, floor)| measure(cost, floor)))
    };
    let seconds = |spread: Spread| spread.text(1.0, 2, " s");
    let after = |time: fn(&Cost) -> f64| {
        if is_floor {
            return String::new();
        }
        let late = of(&|cost, floor| time(cost) - time(floor));
        let part = of(&|cost, floor| (time(cost) / time(floor) - 1.0) * 100.0);
        format!("{}, {:+.1} %", late.text(1.0, 2, " s"), part.median())
    };
    // A boot without one has neither a place nor a length for it.
    let of_reload = |measure: &dyn Fn(&Cost) -> Option<f64>| {
        let measured: Option<Vec<f64>> = pairs.iter().map(|(cost, _)| measure(cost)).collect();
        measured.map_or_else(String::new, |values| seconds(Spread::of(values)))
    };
    let files: Vec<usize> = pairs.iter().map(|(cost, floor)| extra(cost, floor).len()).collect();
    [
        name.to_owned(),
        pairs.len().to_string(),
        seconds(of(&|cost, _| cost.chronyd_s)),
        after(|cost| cost.chronyd_s),
        seconds(of(&|cost, _| cost.database_s)),
        after(|cost| cost.database_s),
        of(&|cost, _| cost.reloads_s.len() as f64).text(1.0, 0, ""),
        of_reload(&|cost| Some(cost.reloads_s.first()? - cost.chronyd_s)),
        of_reload(&|cost| Some(cost.reload_ms.first()? / 1e3)),
        of(&|cost, floor| {
            if is_floor { cost.processes as f64 } else { cost.processes as f64 - floor.processes as f64 }
        })
        .text(1.0, 0, ""),
        Spread::of(files.iter().map(|number| *number as f64)).text(1.0, 0, ""),
        waited(pairs),
    ]
}

/// Files that this boot wrote and its floor did not. The journal's own are as many as it likes.
fn extra<'a>(cost: &'a Cost, floor: &Cost) -> Vec<&'a String> {
    let known: BTreeSet<_> = floor.written.iter().collect();
    let new = cost.written.iter().filter(|path| !known.contains(path));
    new.filter(|path| !path.starts_with("/var/log/")).collect()
}

fn waited(pairs: &[(&Cost, &Cost)]) -> String {
    let why = pairs.iter().find(|(cost, _)| !cost.ungated.is_empty()).map(|(cost, _)| &cost.ungated);
    why.map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"))
}

/// The medians of where a boot's time went, up to the database's start.
fn bar(name: String, pairs: &[(&Cost, &Cost)]) -> Bar {
    let median = |time: &dyn Fn(&Cost) -> f64| Spread::of(pairs.iter().map(|(cost, _)| time(cost))).median();
    let began = median(&|cost| cost.agent_s.map_or(cost.chronyd_s, |(began, _)| began).min(cost.database_s));
    let chronyd = median(&|cost| cost.chronyd_s.min(cost.database_s));
    (name, vec![began, chronyd, median(&|cost| cost.database_s)])
}
