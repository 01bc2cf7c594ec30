//! A pause of the machine, as a live migration makes one, and how its clock comes back. `make bench BENCH=migration` has
//! `bench_` tests print how long it takes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::*;

pub const TOOLS: &str = include_str!("migration.sh");

/// Seven polls of 16 s, as the pause ends within one, which chronyd spreads by some per cent, and what emulation costs.
const SIX_POLLS_S: f64 = 125.0;

/// In Debian 12's first boot as AWS.
#[test]
fn a_pause_of_8_s_costs_one_step_within_six_polls() {
    // The clock's error at the database's start is reckoned by the guest's uptime, which a pause stops.
    const SCRIPT: &str = "cloud-timesync status --json
        /usr/lib/boot-bench/host-time with-uptime > /run/boot-bench/out/host-time\n";
    const PAUSE: &str = "measure default 8000 140 10\n\
                         cloud-timesync verify --only no-step-under-database\n\
                         echo verify exits with $?\n\
                         cloud-timesync status";
    let disk = Disk::of(Release::Debian12);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws());
    let evidence = boot.look(&format!("{SCRIPT}{TOOLS}\n{PAUSE}")).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    first_boots::assert_confined(&evidence);
    first_boots::assert_status(&evidence, "aws", "^", AMAZON);
    let told = evidence.look();
    let recoveries = Recovery::parse(&told);
    let [recovery] = &recoveries[..] else { panic!("not one pause: {told}") };
    assert!(recovery.worst_s() > 7.9, "the guest was not paused: {told}");
    assert!(recovery.back_s().is_some_and(|back| back < SIX_POLLS_S), "{told}");
    assert!(recovery.overshoot_s() < 0.1, "{told}");
    assert_eq!(recovery.steps.len(), 1, "{told}");
    let said = told.matches("no-step-under-database").count();
    assert!(said >= 2 && told.contains("verify exits with 1"), "a step is not told: {told}");
}

const AWS: &str = "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4";
const REPEATS: usize = 3;

/// A case of the table: its name, its source, its directives, the pause in milliseconds, and for how long the clock is
/// looked at, in seconds.
type Case = (&'static str, &'static str, &'static str, u32, u32);

// One guest each, for they run for a quarter of an hour. What the policies do is simulated (tests/simulation); these show that a
// guest does the same.

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_server() {
    let steps = r"makestep 1.0 -1\nmaxjitter 0.1";
    bench("", &[2000, 8000].map(|pause| ("server", AWS, steps, pause, 130)));
}

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_hyperv_clock() {
    let steps = r"makestep 1.0 -1\nmaxjitter 0.1\nmaxsamples 8\nmaxdistance 0.2";
    bench("keeps_host_time=1", &[2000, 8000].map(|pause| ("clock", AZURE_CLOCK, steps, pause, 75)));
}

fn bench(prepare: &str, cases: &[Case]) {
    let tries = cases.iter().map(|(name, source, steps, pause, length)| {
        format!("try '{}' '{source}\\n{steps}' {pause} 48 {length}\n", name.replace(' ', "_"))
    });
    let script = format!("{TOOLS}\n{prepare}\n{}", tries.collect::<String>().repeat(REPEATS));
    let disk = Disk::bare(Release::Debian13, |root| {
        install_control(root, QUEUES);
        write(root, "etc/chrony/chrony.conf", &format!("{AWS}\nmakestep 1.0 3\n"));
    });
    let boot = Boot::of(&disk, Machine::Azure, Cloud::aws()).hyperv_clock_after(0);
    let evidence = boot.looking_for(Duration::from_secs(3000)).look(&script).run();
    println!("\n{}", Recovery::table(&Recovery::parse(&evidence.look())));
}

/// chrony-wait lets as much pass, and the check of the offset.
const RIGHT_S: f64 = 0.1;

/// How a clock came back, as migration.sh prints it.
#[derive(Debug, Default)]
pub struct Recovery {
    name: String,
    pause_ms: u32,
    /// Seconds since the guest went on, and by how many the clock was slow.
    samples: Vec<(f64, f64)>,
    /// chronyd's steps, in seconds.
    steps: Vec<f64>,
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
