//! What the gate costs a boot, beside what people use today: `make bench BENCH=boot` makes bench/results/boot.md of what this
//! measures. The guests' time is that of the instructions they run (QEMU's -icount), so that what else the host does
//! changes little.

mod images;
mod priority;
mod sandbox;
mod weight;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use self::images::{VARIANTS, Variant, before};
use super::*;

/// One boot, as bench/src/boot.rs reads it.
#[derive(Serialize)]
struct Cost {
    variant: &'static str,
    round: usize,
    /// The disk's first boot, or its second.
    boot: usize,
    /// Files on the disk that this boot wrote, whoever did.
    written: Vec<String>,
    /// The host's load average, of a minute, when the boot began.
    host_load: f64,
    #[serde(flatten)]
    seen: Seen,
}

/// Times are in seconds since the kernel began.
#[derive(Serialize)]
struct Seen {
    /// The database's start, chronyd's start, and the end of chrony-wait where somebody waited.
    database_s: f64,
    chronyd_s: f64,
    wait_ended_s: Option<f64>,
    /// The agent's start and end.
    agent_s: Option<(f64, f64)>,
    reloads_s: Vec<f64>,
    reload_ms: Vec<f64>,
    /// Processes and threads until the database's start, the kernel's own among them.
    processes: u64,
    /// Empty, or why the database did not wait.
    ungated: String,
    clock_error_s: Option<f64>,
}

#[test]
#[ignore = "make bench BENCH=boot"]
fn bench_first_boots() {
    // What is compared is booted in turn, and that is what is on the same tree.
    let mut costs = Vec::new();
    for release in [Release::Debian13, Release::Debian13CloudInit] {
        let variants =
            VARIANTS.iter().filter(|variant| variant.release == release && is_wanted(variant.name));
        let disks: Vec<_> = variants.map(|variant| (variant, variant.disk())).collect();
        for round in 1..=rounds(5) {
            for (variant, disk) in &disks {
                boot_in_a_row(variant, disk, round, &mut costs);
            }
        }
    }
}

/// From the disk as its image was.
fn boot_in_a_row(variant: &Variant, disk: &Disk, round: usize, costs: &mut Vec<Cost>) {
    copy(&before(disk), &disk.image());
    let mut known = Vec::new();
    for boot in 1..=variant.boots {
        let host_load = host_load();
        let evidence = boot_once(disk);
        let all = written(&evidence);
        let new = all.iter().filter(|line| !known.contains(*line)).map(|line| path(line)).collect();
        costs.push(Cost {
            variant: variant.name,
            round,
            boot,
            written: new,
            host_load,
            seen: Seen::of(&evidence),
        });
        known = all;
        keep("boot.json", costs);
    }
}

fn is_wanted(variant: &str) -> bool {
    setting("BENCH_VARIANTS").is_none_or(|list| list.split(';').any(|one| one == variant))
}

fn rounds(usual: usize) -> usize {
    setting("BENCH_ROUNDS").map_or(usual, |rounds| rounds.parse().expect("a number of rounds"))
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Beside the other results of the bench; it makes the tables.
fn keep(name: &str, measured: &[impl Serialize]) {
    let text = serde_json::to_string_pretty(measured).expect("what was measured as JSON");
    write(Path::new(env!("CARGO_MANIFEST_DIR")), &format!("target/bench/{name}"), &text);
}

/// The true time when the guest's kernel begins, in seconds since 1970: later than anything in the image was written, and
/// years before what the guest's clock says then.
fn began_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() + 30 * 86400
}

fn host_load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").expect("reading /proc/loadavg");
    text.split_whitespace().next().and_then(|load| load.parse().ok()).expect("a load average")
}

fn boot_once(disk: &Disk) -> Evidence {
    let began = began_s();
    // A database that nobody holds is up before all is written.
    let script = format!(
        "for try in {{1..120}}; do [ ! -e /run/scylla-server.tracking ] || break; sleep 1; done\n\
         timeout 120 systemctl is-system-running --wait > /run/state\n\
         cat /run/scylla-server.processes\n\
         find / -xdev -path /usr -prune -o -type f -newerct @{} -printf '%C@ %i %p\\n'",
        began - 86400
    );
    boot_looking(disk, began, &script)
}

fn boot_looking(disk: &Disk, began_s: u64, script: &str) -> Evidence {
    Boot::of(disk, Machine::Aws, Cloud::aws())
        .in_virtual_time(began_s)
        .option("unsettled", 1)
        .look(script)
        .run()
}

impl Seen {
    fn of(evidence: &Evidence) -> Seen {
        let at = |unit: &str, name: &str| evidence.stamp(unit, name);
        let span = |unit: &str| Some((at(unit, "InactiveExit")?, at(unit, "ActiveEnter")?));
        let processes = evidence.look().lines().next().and_then(|line| line.parse().ok());
        Seen {
            database_s: at("scylla-server.service", "ExecMainStart").expect("the database's start"),
            chronyd_s: at("chrony.service", "InactiveExit").expect("chronyd's start"),
            wait_ended_s: at("chrony-wait.service", "ActiveEnter"),
            agent_s: span("cloud-timesync.service").or_else(|| span("shell-agent.service")),
            reloads_s: evidence.reloads_at(),
            reload_ms: evidence.reload_ms(),
            processes: processes.expect("the number of processes"),
            ungated: gated(evidence).err().map(|why| why.to_string()).unwrap_or_default(),
            clock_error_s: evidence.clock_error_at_start(),
        }
    }
}

/// Lines of "changed inode path".
fn written(evidence: &Evidence) -> Vec<String> {
    evidence.look().lines().skip(1).map(str::to_owned).collect()
}

fn path(line: &str) -> String {
    line.splitn(3, ' ').nth(2).unwrap_or(line).to_owned()
}
