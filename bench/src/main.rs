//! The program's own cost, measured: a table and a picture of each subject in bench/results/.

mod alone;
mod bars;
mod boot;
mod clock;
mod growth;
mod live;
mod machine;
mod program;
mod reloads;
mod results;
mod sandbox;
mod spread;
mod suite;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures cloud-timesync on trees of machines, in guests and in containers; nothing runs live on this one.
#[derive(Parser)]
struct Arguments {
    /// The program that is measured.
    #[arg(long, global = true, default_value = "target/release/cloud-timesync")]
    bin: PathBuf,
    /// Nothing is measured: the tables and pictures are made again of what the last measurement left.
    #[arg(long, global = true)]
    again: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Instructions, system calls, memory and time of each verb.
    Alone,
    /// The same instructions against those of the last results: fails when one grew by over 10 %.
    Check,
    /// First boots of guests, and boots with nothing to do: what the gate costs them, beside what people use today.
    Boot,
    /// Time to a right clock, and how right it stays: in guests, two hours.
    Clock,
    /// One thing grows, up to 1,000: fragments, gated units, PTP clocks, earlier runs.
    Growth,
    /// The program on a machine that is up, with systemd and a bus: in a container.
    Live,
    /// First boots of containers with 1 to 1,000 gated units: how often systemd is reloaded.
    Reloads,
    /// Services that do nothing, in the agent's sandbox: what each line of it takes.
    Sandbox,
}

fn main() -> Result<()> {
    let Arguments { bin, again, verb } = Arguments::parse();
    let program = || program::Program::new(&bin);
    match verb {
        Verb::Alone => alone::measure(program, again),
        Verb::Boot => boot::measure(again),
        Verb::Check => alone::check(&program()?),
        Verb::Clock => clock::measure(again),
        Verb::Growth => growth::measure(program, again),
        Verb::Live => live::measure(again),
        Verb::Reloads => reloads::measure(again),
        Verb::Sandbox => sandbox::measure(again),
    }
}
