//! chronyd's start to time-sync.target, and what the clock is like afterwards: `make bench BENCH=clock`. The
//! configurations are those that tests/machines expects, byte for byte. What the guests print is read by bench/src/clock.rs.

use std::fmt::Write;
use std::time::Duration;

use super::*;

const TOOLS: &str = include_str!("clock.sh");

/// Where a guest finds the configurations.
const STORE: &str = "usr/lib/clock-bench";

/// A name, the machines of tests/machines with and without `fast_start`, and the sources that are cut off.
type Case = (&'static str, [&'static str; 2], &'static str);

/// OCI's line is GCE's with an address in place of the name.
const SERVERS: [Case; 2] = [
    ("aws", ["aws-debian13", "aws-debian13-fast"], ""),
    ("gce", ["gce-debian13-serial", "gce-debian13-fast"], ""),
];

/// A server on the internet: a second between two packets, in place of two.
const FALLBACK: Case = ("azure-server-alone", ["azure-debian13", "azure-debian13-fast"], "refclock");

const CLOCKS: [Case; 2] = [
    ("azure-clock-alone", ["azure-debian13", "azure-debian13-fast"], "server"),
    ("azure", ["azure-debian13", "azure-debian13-fast"], ""),
];

const HARDWARE_CLOCK: Case =
    ("aws-clock", ["aws-debian13-hardware-clock", "aws-debian13-hardware-clock-fast"], "");

const SETTINGS: [&str; 2] = ["plan", "fast"];

/// How far ahead the clock is at chronyd's start, in milliseconds.
const OFFSETS_MS: [u64; 4] = [50, 900, 5000, 315_360_000_000];

const ROUNDS: usize = 5;
const STEADY_S: u32 = 600;

// One guest each, for they run for half an hour.

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_servers() {
    starts(Release::Debian13, &SERVERS, ROUNDS);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_fallback() {
    starts(Release::Debian13, &[FALLBACK], ROUNDS);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_clocks() {
    starts(Release::Debian13, &CLOCKS, ROUNDS);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_hardware_clock() {
    starts(Release::Debian13, &[HARDWARE_CLOCK], ROUNDS);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_debian12() {
    starts(Release::Debian12, &[SERVERS[0], CLOCKS[0]], 3);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_steady_aws() {
    steady(SERVERS[0]);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_steady_azure() {
    steady(CLOCKS[0]);
}

#[test]
#[ignore = "make bench BENCH=clock"]
fn bench_clock_steady_hardware_clock() {
    steady(HARDWARE_CLOCK);
}

/// Both settings take turns, so that whatever else the host does meets both alike.
fn starts(release: Release, cases: &[Case], rounds: usize) {
    let mut round = String::new();
    for (name, ..) in cases {
        for setting in SETTINGS {
            let _ = writeln!(round, "use {name}.{setting}");
            for offset in OFFSETS_MS {
                let _ = writeln!(round, "begin {name}.{setting} {offset}");
            }
        }
    }
    bench(release, cases, &round.repeat(rounds));
}

fn steady(case: Case) {
    let turn = |setting| {
        format!(
            "use {0}.{setting} \"$LOGS\"\nbegin {0}.{setting} 50\nwatch {0}.{setting} {STEADY_S}\n",
            case.0
        )
    };
    bench(Release::Debian13, &[case], &SETTINGS.map(turn).concat());
}

fn bench(release: Release, cases: &[Case], script: &str) {
    let disk = Disk::bare(release, |root| {
        install_control(root, QUEUES);
        write(root, "etc/chrony/chrony.conf", "server 169.254.169.123 iburst\nmakestep 1.0 3\n");
        for (name, machines, cut_off) in cases {
            for (setting, machine) in SETTINGS.into_iter().zip(machines) {
                store(root, &format!("{STORE}/{name}.{setting}"), machine, cut_off);
            }
        }
    });
    let cloud = Cloud::new(Some(imds::azure), &[AMAZON_NTP, METADATA, PUBLIC_NTP]);
    let boot = Boot::of(&disk, Machine::Azure, cloud).hyperv_clock_after(0);
    let evidence = boot.looking_for(Duration::from_secs(5400)).look(&format!("{TOOLS}\n{script}")).run();
    assert!(
        evidence.look().lines().filter(|line| line.starts_with("start ")).count() > 1,
        "{}",
        evidence.look()
    );
}

/// What the agent writes on such a machine.
fn store(root: &Path, to: &str, machine: &str, cut_off: &str) {
    let expected =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines").join(machine).join("expected/etc");
    let conf =
        fs::read_to_string(expected.join("chrony/chrony.conf")).expect("the chrony.conf that is expected");
    let kept = conf.lines().filter(|line| cut_off.is_empty() || !line.starts_with(cut_off));
    write(root, &format!("{to}/chrony.conf"), &kept.fold(String::new(), |text, line| text + line + "\n"));
    if let Ok(wait) =
        fs::read_to_string(expected.join("systemd/system/chrony-wait.service.d/10-cloud-timesync.conf"))
    {
        write(root, &format!("{to}/wait.d/10-cloud-timesync.conf"), &wait);
    }
}
