//! One first boot, told to a person: `make demo CLOUD=azure`. An example and not a test, because cargo builds it without waiting
//! for the program that is linked meanwhile.

#![allow(clippy::disallowed_methods)] // the bench reads, writes and runs what guests are made of
#![allow(dead_code, unused_imports)] // it can do more than one boot needs

mod bench;

use std::process::ExitCode;

use test_support::{Entry, Evidence};

use bench::*;

/// What an operator looks at, on a terminal of this width.
const STATUS: &str = "COLUMNS=100 LC_ALL=C.UTF-8 cloud-timesync status";

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("aws") => tell(|disk| Boot::of(disk, Machine::Aws, Cloud::aws())),
        Some("gce") => tell(|disk| Boot::of(disk, Machine::Gce, Cloud::gce())),
        Some("oci") => tell(|disk| Boot::of(disk, Machine::Oci, Cloud::oci())),
        Some("azure") => tell(|disk| {
            let boot = Boot::of(disk, Machine::Azure, Cloud::azure());
            boot.hyperv_clock_after(0).until_selected("PHC0")
        }),
        Some("tree") => {
            Installed::new(Release::Debian13);
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: demo aws|gce|azure|oci, or demo tree");
            ExitCode::from(2)
        }
    }
}

fn tell(boot: impl FnOnce(&Disk) -> Boot<'_>) -> ExitCode {
    let disk = Disk::named("demo", Release::Debian13, Agent::Package, |_| ());
    let evidence = boot(&disk).look(STATUS).run();
    let gate = gated(&evidence);
    println!("\nWhat happened, in seconds since the kernel began\n{}", events(&evidence));
    println!("cloud-timesync status\n{}", indented(&evidence.look()));
    println!("{}", clock(&evidence));
    println!(
        "cloud-timesync's own checks of the boot: {}",
        evidence.report()["verdict"].as_str().unwrap_or("none")
    );
    match &gate {
        Ok(()) => println!("RIGHT: scylla-server waited until the clock was set."),
        Err(why) => println!("WRONG: {why}."),
    }
    println!("\nThe guest's journal, console and files: {}", disk.directory().join("boot-1").display());
    if gate.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The timeline without the units that had nothing to do.
fn events(evidence: &Evidence) -> String {
    let timeline = evidence.timeline();
    let lines = timeline.lines().filter(|line| !line.contains("skipped because of an unmet condition"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// How far off the clock was at power on, by chronyd's step, and when the database started.
fn clock(evidence: &Evidence) -> String {
    let step = evidence.clock_step().map(Entry::message).unwrap_or_default();
    let step = step.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    let years = step.map_or("unknown".to_owned(), |seconds| {
        let (years, way) = (seconds.abs() / 31_557_600.0, if seconds < 0.0 { "ahead" } else { "behind" });
        format!("{years:.1} years {way}")
    });
    let start =
        evidence.clock_error_at_start().map_or("unknown".to_owned(), |error| format!("{error:+.3} s"));
    format!("The clock: {years} at power on, {start} when scylla-server started")
}
