//! What a run costs when one thing grows.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::program::Program;
use crate::results::{self, Line, Table};

type Grow = fn(Machine, usize, &Program) -> Result<Machine>;

/// What grows, its sizes, and how.
const GROWTHS: &[(&str, &[usize], Grow)] = &[
    ("fragments", &[1, 10, 100, 1_000], |machine, number, _| machine.with_fragments(number)),
    ("gated units", &[1, 10, 100, 1_000], |machine, number, _| machine.with_gated_units(number)),
    ("PTP clocks", &[1, 4, 16, 64], |machine, number, _| machine.with_clocks(number)),
    ("earlier runs", &[1, 10, 100, 1_000], earlier_runs),
];

/// Runs that each had something to do: an operator's edit is set aside and written over.
fn earlier_runs(machine: Machine, number: usize, program: &Program) -> Result<Machine> {
    for run in 0..number {
        machine.write("etc/chrony/chrony.conf", &format!("# edit {run}\nserver 192.0.2.1\n"))?;
        let mut arguments = machine.verb("apply");
        arguments.push("--force".into());
        program.run(&arguments)?;
    }
    Ok(machine)
}

#[derive(Serialize, Deserialize)]
struct Point {
    grows: String,
    number: usize,
    first_run: u64,
    second_run: u64,
    first_run_ms: f64,
}

pub fn measure(program: impl FnOnce() -> Result<Program>, again: bool) -> Result<()> {
    let points = results::raw("growth", again, || points(&program()?))?;
    let mut table = Table::new(&["what grows", "number", "apply", "apply again", "apply, time"]);
    for point in &points {
        table.row([
            point.grows.clone(),
            point.number.to_string(),
            format!("{:.2} M", point.first_run as f64 / 1e6),
            format!("{:.2} M", point.second_run as f64 / 1e6),
            format!("{:.1} ms", point.first_run_ms),
        ]);
    }
    results::write("growth", &[table], "")?;
    let line = |grows: &'static str, run: &str, of: fn(&Point) -> u64| -> Line {
        let points = points.iter().filter(|point| point.grows == grows);
        (
            format!("{grows}, {run}"),
            points.map(|point| (point.number as f64, of(point) as f64 / 1e6)).collect(),
        )
    };
    let mut lines = Vec::new();
    for (grows, ..) in GROWTHS {
        lines.push(line(grows, "apply", |point| point.first_run));
        lines.push(line(grows, "apply again", |point| point.second_run));
    }
    results::plot("growth", "how many of them", "instructions, millions", &lines)
}

fn points(program: &Program) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    for (grows, sizes, grow) in GROWTHS {
        for &number in *sizes {
            eprintln!("bench: {number} {grows}");
            points.push(point(program, grows, number, *grow)?);
        }
    }
    Ok(points)
}

fn point(program: &Program, grows: &str, number: usize, grow: Grow) -> Result<Point> {
    let of =
        || grow(Machine::of("aws-debian13")?, number, program).with_context(|| format!("{number} {grows}"));
    let machine = of()?;
    let first_run = program.instructions(&machine.verb("apply"))?;
    let second_run = program.instructions(&machine.verb("apply"))?;
    let machine = of()?;
    let first_run_ms = program.time(&machine.verb("apply"))?.as_secs_f64() * 1e3;
    Ok(Point { grows: grows.to_owned(), number, first_run, second_run, first_run_ms })
}
