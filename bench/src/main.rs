//! The program's own cost, measured: tables, plots and raw data in bench/results/.

mod alone;
mod clock;
mod growth;
mod machine;
mod program;
mod results;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures cloud-timesync on trees of machines; nothing is run live, and no network is asked.
#[derive(Parser)]
struct Arguments {
    /// The program that is measured.
    #[arg(long, global = true, default_value = "target/release/cloud-timesync")]
    bin: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Instructions, system calls, memory and time of each verb.
    Alone,
    /// The same instructions against those of the last results: fails when one grew by over 10 %.
    Check,
    /// Time to a right clock: tables of what the guests of `make bench BENCH=clock` printed.
    Clock,
    /// One thing grows, up to 10,000: fragments, gated units, PTP clocks, earlier runs.
    Growth,
}

fn main() -> Result<()> {
    let Arguments { bin, verb } = Arguments::parse();
    let program = || program::Program::new(&bin);
    match verb {
        Verb::Alone => alone::measure(&program()?),
        Verb::Check => alone::check(&program()?),
        Verb::Clock => clock::tables(),
        Verb::Growth => growth::measure(&program()?),
    }
}
