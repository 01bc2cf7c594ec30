//! The program on a machine that is up: tests/containers/cost.rs runs it, here is the table.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::bars;
use crate::program::{self, Calls};
use crate::results::{self, Table};
use crate::spread::Spread;
use crate::suite;

/// The names of the cases there and here.
const CASES: [(&str, &str); 3] =
    [("detect", "detect"), ("fresh", "apply, fresh"), ("converged", "apply, converged")];

/// What one case left: microseconds, KiB, and what strace and valgrind wrote.
#[derive(Deserialize)]
struct Left {
    us: String,
    memory: String,
    trace: String,
    callgrind: String,
}

#[derive(Serialize, Deserialize)]
struct Cost {
    instructions: u64,
    calls: Calls,
    /// socket(2) by its address family.
    families: BTreeMap<String, u64>,
    /// The median.
    memory_kib: u64,
    milliseconds: Vec<f64>,
}

pub fn measure(again: bool) -> Result<()> {
    let costs = results::raw("live", again, costs)?;
    let mut bars = Vec::new();
    let mut table = Table::new(&[
        "run",
        "instructions",
        "system calls",
        "sockets",
        "threads beside the first",
        "programs",
        "peak memory",
        "time, median (least to most)",
    ]);
    for (_, name) in CASES {
        let cost = costs.get(name).with_context(|| format!("{name} was not measured"))?;
        let time = Spread::of(cost.milliseconds.iter().copied());
        bars.push((name.to_owned(), vec![time.median()]));
        let families: Vec<String> =
            cost.families.iter().map(|(family, number)| format!("{number} {family}")).collect();
        table.row([
            name.to_owned(),
            format!("{:.2} M", cost.instructions as f64 / 1e6),
            cost.calls.all.to_string(),
            if families.is_empty() { "none".to_owned() } else { families.join(", ") },
            cost.calls.threads.to_string(),
            cost.calls.programs.to_string(),
            format!("{:.1} MiB", cost.memory_kib as f64 / 1024.0),
            time.text(1.0, 1, " ms"),
        ]);
    }
    let note = "In a container with systemd, D-Bus and chronyd of Debian 13, on AWS's DMI; the agent's unit is up. The time has the program's start in it.";
    results::write("live", &[table], note)?;
    bars::draw("live", "One run on a machine that is up", "milliseconds", &["the run"], &bars)
}

fn costs() -> Result<BTreeMap<String, Cost>> {
    let left: BTreeMap<String, Left> = suite::run("containers", "bench_live", "live.json")?;
    let costs = CASES.iter().map(|(case, name)| {
        let left = left.get(*case).with_context(|| format!("{case} was not measured"))?;
        Ok(((*name).to_owned(), cost(left)?))
    });
    costs.collect()
}

fn cost(left: &Left) -> Result<Cost> {
    let numbers =
        |text: &str| -> Result<Vec<f64>> { text.split_whitespace().map(|word| Ok(word.parse()?)).collect() };
    let microseconds = numbers(&left.us)?;
    // GNU time puts the exit status above its figure where that is not 0.
    let peaks: Vec<f64> = left.memory.lines().filter_map(|line| line.trim().parse().ok()).collect();
    ensure!(!peaks.is_empty(), "{:?} has no size", left.memory);
    Ok(Cost {
        instructions: program::collected(&left.callgrind)?,
        calls: program::count(&left.trace),
        families: families(&left.trace),
        memory_kib: Spread::of(peaks).median() as u64,
        milliseconds: microseconds.into_iter().map(|us| us / 1e3).collect(),
    })
}

fn families(trace: &str) -> BTreeMap<String, u64> {
    let mut families = BTreeMap::new();
    for (_, arguments) in trace.lines().filter_map(|line| line.split_once(" socket(")) {
        let family = arguments.split(',').next().unwrap_or_default();
        *families.entry(family.to_owned()).or_default() += 1;
    }
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_told_by_their_families() {
        let trace = "7 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n7 socketpair(AF_UNIX, SOCK_STREAM, 0, [4, 5]) = 0\n\
                     8 socket(AF_NETLINK, SOCK_RAW, 15) = 6\n7 socket(AF_UNIX, SOCK_DGRAM, 0 <unfinished ...>\n";
        let expected = [("AF_NETLINK".to_owned(), 1), ("AF_UNIX".to_owned(), 2)];
        assert_eq!(families(trace), BTreeMap::from(expected));
    }
}
