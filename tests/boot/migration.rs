//! A pause of the machine, as a live migration makes one, and how its clock comes back. What `bench_` tests print is the
//! table of docs/step-policy.md: `make bench BENCH=migration`.

use std::time::Duration;

use super::*;

const TOOLS: &str = include_str!("migration.sh");

/// Four polls of 16 s, which chronyd spreads by some per cent, and what emulation costs.
const FOUR_POLLS_S: f64 = 80.0;

#[test]
fn a_pause_of_8_s_costs_one_step_within_four_polls() {
    const SCRIPT: &str = "measure default 8000 90 10\n\
                          cloud-timesync verify --only no-step-under-database\n\
                          echo verify exits with $?\n\
                          cloud-timesync status";
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).look(&format!("{TOOLS}\n{SCRIPT}")).run();
    // Not all of assert_gated: it reckons by the guest's uptime, and that was paused.
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert_sound(&evidence);
    assert_judged_right(&evidence);
    let told = evidence.look();
    let recoveries = Recovery::parse(&told);
    let [recovery] = &recoveries[..] else { panic!("not one pause: {told}") };
    assert!(recovery.worst_s() > 7.9, "the guest was not paused: {told}");
    assert!(recovery.back_s().is_some_and(|back| back < FOUR_POLLS_S), "{told}");
    assert!(recovery.overshoot_s() < 0.1, "{told}");
    assert_eq!(recovery.steps.len(), 1, "{told}");
    let said = told.matches("while scylla-server.service ran").count();
    assert!(said >= 2 && told.contains("verify exits with 1"), "a step is not told: {told}");
}

const AWS: &str = "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4";
/// The plan's line for GCE, with the only server that this bench's network has.
const DEFAULT_POLL: &str = "server 169.254.169.123 prefer iburst";
const BOOT: &str = "makestep 1.0 3";
const ANY: &str = "makestep 1.0 -1";
const RESUME: &str = r"makestep 1.0 -1\nmaxsamples 4\nmaxjitter 0.03";
const REPEATS: usize = 3;

/// A case of the table: its name, its source, its directives, the pause in milliseconds, and for how long the clock is
/// looked at, in seconds.
type Case = (&'static str, &'static str, &'static str, u32, u32);

// One guest each, for they run for a quarter of an hour.

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_boot_short() {
    bench("", &[("aws, boot", AWS, BOOT, 400, 100), ("aws, boot", AWS, BOOT, 2000, 100)]);
}

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_boot_long() {
    bench("", &[("aws, boot", AWS, BOOT, 8000, 220)]);
}

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_any() {
    let case = |pause| ("aws, makestep 1.0 -1", AWS, ANY, pause, 100);
    bench("", &[case(2000), case(8000), case(30_000)]);
}

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_resume() {
    bench("", &[400, 2000, 8000, 30_000].map(|pause| ("aws, resume", AWS, RESUME, pause, 75)));
}

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_default_poll() {
    bench("", &[("default poll, resume", DEFAULT_POLL, RESUME, 8000, 280)]);
}

#[test]
#[ignore = "make bench BENCH=migration"]
fn bench_hyperv_clock() {
    let case = |name, steps, length| (name, AZURE_CLOCK, steps, 8000, length);
    bench("keeps_host_time=1", &[case("clock, boot", BOOT, 220), case("clock, resume", RESUME, 75)]);
}

fn bench(prepare: &str, cases: &[Case]) {
    let tries = cases.iter().map(|(name, source, steps, pause, length)| {
        format!("try '{}' '{source}\\n{steps}' {pause} 48 {length}\n", name.replace(' ', "_"))
    });
    let script = format!("{TOOLS}\n{prepare}\n{}", tries.collect::<String>().repeat(REPEATS));
    let disk = Disk::twisted(Release::Debian13, Agent::ReloadsAndQueues, |root| {
        write(root, "etc/chrony/chrony.conf", &format!("{AWS}\n{BOOT}\n"));
    });
    let boot = Boot::of(&disk, Machine::Azure, Cloud::aws()).hyperv_clock_after(0);
    let evidence = boot.looking_for(Duration::from_secs(3000)).look(&script).run();
    println!("\n{}", Recovery::table(&Recovery::parse(&evidence.look())));
}
