//! One first boot, told to a person: `make demo CLOUD=azure`. An example and not a test, because cargo builds it without waiting
//! for the program that is linked meanwhile.

#![allow(clippy::disallowed_methods)] // the bench reads, writes and runs what guests are made of
#![allow(dead_code, unused_imports)] // it can do more than one boot needs

mod bench;

use std::process::ExitCode;

use test_support::Evidence;

use bench::*;

/// What an operator looks at, on a terminal of this width.
const STATUS: &str = "COLUMNS=100 LC_ALL=C.UTF-8 cloud-timesync status";

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let (machine, cloud) = match argument.as_str() {
        "aws" => (Machine::Aws, Cloud::aws()),
        "gce" => (Machine::Gce, Cloud::gce()),
        "oci" => (Machine::Oci, Cloud::oci()),
        "azure" => (Machine::Azure, Cloud::azure()),
        "tree" => {
            Release::Debian13.installed();
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("usage: demo aws|gce|azure|oci, or demo tree");
            return ExitCode::from(2);
        }
    };
    let disk = Disk::named("demo", Release::Debian13, |root| install_package(root, Release::Debian13));
    let boot = Boot::of(&disk, machine, cloud).look(STATUS);
    tell(
        &disk,
        if machine == Machine::Azure { boot.hyperv_clock_after(0).until_selected("PHC0") } else { boot },
    )
}

fn tell(disk: &Disk, boot: Boot) -> ExitCode {
    let evidence = boot.run();
    let gate = gated(&evidence);
    println!("\nWhat happened, in seconds since the kernel began");
    let timeline = evidence.timeline();
    timeline.lines().filter(|line| !line.contains("unmet condition")).for_each(|line| println!("{line}"));
    println!("cloud-timesync status\n{}", evidence.look());
    println!("The clock: {}", clock(&evidence).unwrap_or_else(|| "unknown".to_owned()));
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

/// How far off the clock was at power on, by chronyd's step, and when the database started.
fn clock(evidence: &Evidence) -> Option<String> {
    let step =
        evidence.clock_step()?.message().split_whitespace().find_map(|word| word.parse::<f64>().ok())?;
    let (years, way) = (step.abs() / 31_557_600.0, if step < 0.0 { "ahead" } else { "behind" });
    let error = evidence.clock_error_at_start()?;
    Some(format!("{years:.1} years {way} at power on, {error:+.3} s when scylla-server started"))
}
