//! The program alone: what one run of each verb costs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::bars;
use crate::machine::Machine;
use crate::program::{Calls, Program};
use crate::results::{self, Table};
use crate::spread::Spread;

const RUNS: usize = 9;

/// More instructions than the last results by this factor fail the check.
const TOLERANCE: f64 = 1.10;

/// Its name, the machine, what was done before, and the verb.
type Case = (&'static str, &'static str, &'static [&'static str], &'static str);

const CASES: &[Case] = &[
    ("detect", "aws-debian13", &[], "detect"),
    ("plan, fresh", "aws-debian13", &[], "plan"),
    ("apply, fresh", "aws-debian13", &[], "apply"),
    ("apply, converged", "aws-debian13", &["apply"], "apply"),
    ("undo", "aws-debian13", &["apply"], "undo"),
    ("apply, fresh, Azure", "azure-debian13", &[], "apply"),
    ("apply, converged, Azure", "azure-debian13", &["apply"], "apply"),
];

#[derive(Serialize, Deserialize)]
struct Cost {
    instructions: u64,
    calls: Calls,
    /// The median.
    memory_kib: u64,
    milliseconds: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
struct Costs {
    binary_bytes: u64,
    cases: BTreeMap<String, Cost>,
}

pub fn measure(program: impl FnOnce() -> Result<Program>, again: bool) -> Result<()> {
    let costs = results::raw("alone", again, || costs(&program()?))?;
    let mut bars = Vec::new();
    let mut table = Table::new(&[
        "run",
        "instructions",
        "system calls",
        "sockets",
        "threads beside the first",
        "programs",
        "syncs",
        "peak memory",
        "time, median (least to most)",
    ]);
    for (case, ..) in CASES {
        let cost = costs.cases.get(*case).with_context(|| format!("{case} was not measured"))?;
        let time = Spread::of(cost.milliseconds.iter().copied());
        bars.push(((*case).to_owned(), vec![time.median()]));
        let Calls { all, sockets, threads, programs, syncs } = cost.calls;
        table.row([
            (*case).to_owned(),
            format!("{:.2} M", cost.instructions as f64 / 1e6),
            all.to_string(),
            sockets.to_string(),
            threads.to_string(),
            programs.to_string(),
            syncs.to_string(),
            format!("{:.1} MiB", cost.memory_kib as f64 / 1024.0),
            time.text(1.0, 1, " ms"),
        ]);
    }
    table.row(
        [
            "the program's file".to_owned(),
            format!("{:.2} MiB", costs.binary_bytes as f64 / f64::from(1 << 20)),
        ]
        .into_iter()
        .chain(vec![String::new(); 7]),
    );
    results::write("alone", &[table], "")?;
    bars::draw("alone", "One run of each verb on a tree", "milliseconds", &["the run"], &bars)
}

fn costs(program: &Program) -> Result<Costs> {
    let cases = CASES.iter().map(|case| Ok((case.0.to_owned(), cost(program, case)?)));
    Ok(Costs { binary_bytes: program.size()?, cases: cases.collect::<Result<_>>()? })
}

pub fn check(program: &Program) -> Result<()> {
    let last = results::read("alone")?;
    let mut grown = Vec::new();
    for case in CASES {
        let Some(before) = instructions(&last, case.0) else { continue };
        let (_machine, arguments) = prepared(program, case)?;
        let now = program.instructions(&arguments)?;
        let factor = now as f64 / before;
        println!("{}: {now} instructions, {:+.1} %", case.0, (factor - 1.0) * 100.0);
        if factor > TOLERANCE {
            grown.push(case.0);
        }
    }
    ensure!(
        grown.is_empty(),
        "over 10 % more instructions than in bench/results/alone.md: {}; `make bench` writes new results",
        grown.join(", ")
    );
    Ok(())
}

/// The instructions of a row of alone.md: "1.08 M".
fn instructions(table: &str, case: &str) -> Option<f64> {
    let row = table.lines().find_map(|line| line.strip_prefix(&format!("| {case} | ")))?;
    row.split_once(" M ")?.0.parse::<f64>().ok().map(|millions| millions * 1e6)
}

fn cost(program: &Program, case: &Case) -> Result<Cost> {
    let (_machine, arguments) = prepared(program, case)?;
    let calls = program.calls(&arguments)?;
    let (_machine, arguments) = prepared(program, case)?;
    let instructions = program.instructions(&arguments)?;
    let times = (0..RUNS).map(|_| {
        let (_machine, arguments) = prepared(program, case)?;
        program.time(&arguments)
    });
    Ok(Cost {
        instructions,
        calls,
        memory_kib: memory(program, case)?,
        milliseconds: times.map(|time| time.map(milliseconds)).collect::<Result<_>>()?,
    })
}

/// The median of the peaks. They differ by some pages: the loader puts the program elsewhere each time.
fn memory(program: &Program, case: &Case) -> Result<u64> {
    let peaks = (0..RUNS).map(|_| {
        let (_machine, arguments) = prepared(program, case)?;
        Ok(program.memory(&arguments)? as f64)
    });
    Ok(Spread::of(peaks.collect::<Result<Vec<_>>>()?).median() as u64)
}

/// Each run has a machine of its own: it may change it.
fn prepared(program: &Program, case: &Case) -> Result<(Machine, Vec<OsString>)> {
    let (_, machine, before, verb) = case;
    let machine = Machine::of(machine)?;
    for verb in *before {
        program.run(&machine.verb(verb))?;
    }
    let arguments = machine.verb(verb);
    Ok((machine, arguments))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_rows_names() {
        let table = "| run | instructions | calls |\n| --- | --- | --- |\n| plan, fresh | 2.29 M | 735 |\n";
        assert_eq!(instructions(table, "plan, fresh"), Some(2_290_000.0));
        assert_eq!(instructions(table, "plan"), None);
    }
}
