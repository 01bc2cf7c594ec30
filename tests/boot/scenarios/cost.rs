//! What the gate costs a boot, beside what people use today: `make bench BENCH=boot` makes bench/results/boot.md of what this
//! measures. The guests' time is that of the instructions they run (QEMU's -icount), so that what else the host does
//! changes little.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::*;

/// The variants, in the order in which each round boots them; the last number is how many times in a row.
const VARIANTS: [(&str, Release, fn(&Path), usize); 6] = [
    ("pre-baked", Release::Debian13, bake, 2),
    ("prepared", Release::Debian13, prepare, 1),
    ("unprepared", Release::Debian13, install, 2),
    ("shell agent", Release::Debian13, give_shell_agent, 1),
    ("pre-baked, cloud-init", Release::Debian13CloudInit, bake_with_cloud_init, 1),
    ("cloud-init ntp:", Release::Debian13CloudInit, ask_cloud_init, 1),
];

/// One boot, as bench/src/boot.rs reads it. Times are in seconds since the kernel began.
#[derive(Serialize)]
struct Cost {
    variant: &'static str,
    round: usize,
    /// The disk's first boot, or its second.
    boot: usize,
    /// The database's start, chronyd's start, and the end of chrony-wait where somebody waited.
    database_s: f64,
    chronyd_s: f64,
    wait_ended_s: Option<f64>,
    /// The agent's start and end.
    agent_s: Option<(f64, f64)>,
    reloads: usize,
    reload_ms: Vec<f64>,
    /// Processes and threads until the database's start, the kernel's own among them.
    processes: u64,
    /// Files on the disk that this boot wrote, whoever did.
    written: Vec<String>,
    /// Empty, or why the database did not wait.
    ungated: String,
    clock_error_s: Option<f64>,
    /// The host's load average, of a minute, when the boot began.
    host_load: f64,
}

#[test]
#[ignore = "make bench BENCH=boot"]
fn bench_first_boots() {
    let rounds: usize =
        setting("BENCH_ROUNDS").map_or(5, |rounds| rounds.parse().expect("a number of rounds"));
    // What is compared is booted in turn, and that is what is on the same tree.
    let mut costs = Vec::new();
    for release in [Release::Debian13, Release::Debian13CloudInit] {
        let variants = VARIANTS.iter().filter(|variant| variant.1 == release && is_wanted(variant.0));
        let disks: Vec<_> = variants.map(|variant| (variant, made(variant))).collect();
        for round in 1..=rounds {
            for ((name, _, _, boots), disk) in &disks {
                boot_in_a_row(name, disk, round, *boots, &mut costs);
            }
        }
    }
}

/// From the disk as its image was.
fn boot_in_a_row(variant: &'static str, disk: &Disk, round: usize, boots: usize, costs: &mut Vec<Cost>) {
    copy(&before(disk), &disk.image());
    let mut known = Vec::new();
    for boot in 1..=boots {
        let load = host_load();
        let evidence = boot_once(disk);
        let all = written(&evidence);
        let new = all.iter().filter(|line| !known.contains(*line)).map(|line| path(line)).collect();
        costs.push(Cost { written: new, host_load: load, ..cost(variant, round, boot, &evidence) });
        known = all;
        keep(costs);
    }
}

fn is_wanted(variant: &str) -> bool {
    setting("BENCH_VARIANTS").is_none_or(|list| list.split(';').any(|one| one == variant))
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Beside the other results of the bench; it makes the tables.
fn keep(costs: &[Cost]) {
    let text = serde_json::to_string_pretty(costs).expect("the costs as JSON");
    write(Path::new(env!("CARGO_MANIFEST_DIR")), "target/bench/boot.json", &text);
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
    let script = format!(
        "cat /run/scylla-server.processes\n\
         find / -xdev -type f -newerct @{} -printf '%C@ %i %p\\n'",
        began - 86400
    );
    Boot::of(disk, Machine::Aws, Cloud::aws()).in_virtual_time(began).look(&script).run()
}

fn cost(variant: &'static str, round: usize, boot: usize, evidence: &Evidence) -> Cost {
    let at = |unit: &str, name: &str| {
        let microseconds = evidence.property(unit, &format!("{name}TimestampMonotonic")).parse::<f64>();
        microseconds.ok().filter(|at| *at > 0.0).map(|at| at / 1e6)
    };
    let span = |unit: &str| Some((at(unit, "InactiveExit")?, at(unit, "ActiveEnter")?));
    let finished = evidence.journal.iter().filter_map(|entry| {
        let rest = entry.message().strip_prefix("Reloading finished in ")?;
        rest.trim_end_matches('.').trim_end_matches(" ms").parse().ok()
    });
    let processes = evidence.look().lines().next().and_then(|line| line.parse().ok());
    Cost {
        variant,
        round,
        boot,
        database_s: at("scylla-server.service", "ExecMainStart").expect("the database's start"),
        chronyd_s: at("chrony.service", "InactiveExit").expect("chronyd's start"),
        wait_ended_s: at("chrony-wait.service", "ActiveEnter"),
        agent_s: span("cloud-timesync.service").or_else(|| span("shell-agent.service")),
        reloads: evidence.reloads(),
        reload_ms: finished.collect(),
        processes: processes.expect("the number of processes"),
        written: vec![],
        ungated: gated(evidence).err().map(|why| why.to_string()).unwrap_or_default(),
        clock_error_s: evidence.clock_error_at_start(),
        host_load: f64::NAN,
    }
}

/// Lines of "changed inode path".
fn written(evidence: &Evidence) -> Vec<String> {
    evidence.look().lines().skip(1).map(str::to_owned).collect()
}

fn path(line: &str) -> String {
    line.splitn(3, ' ').nth(2).unwrap_or(line).to_owned()
}

// The disks.

fn made((name, release, twist, _): &(&str, Release, fn(&Path), usize)) -> Disk {
    let directory = format!("cost::{}", name.replace([' ', ',', ':'], "-"));
    let disk = Disk::named(&directory, *release, Agent::Absent, |root| {
        give_time_server(root);
        twist(root);
    });
    copy(&disk.image(), &before(&disk));
    disk
}

/// The disk before its first boot.
fn before(disk: &Disk) -> PathBuf {
    disk.directory().join("before.img")
}

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boot/cost").join(name)
}

fn give_time_server(root: &Path) {
    overlay(&own("overlay"), root);
    let program = root.join("usr/lib/boot-bench/time-server");
    // Static: the guest's C library is not the host's.
    run(Command::new("cc").args(["-O2", "-static", "-o"]).arg(program).arg(own("time_server.c")));
}

fn install(root: &Path) {
    install_package(root, &package());
}

fn apply(root: &Path, told: &[&str]) {
    run(Command::new(root.join("usr/bin/cloud-timesync")).args(["apply", "--root"]).arg(root).args(told));
}

/// `apply --root` did what needs no cloud.
fn prepare(root: &Path) {
    install(root);
    apply(root, &[]);
}

/// All is as it should be on AWS, and nobody is there to look after it.
fn bake(root: &Path) {
    prepare_for_aws(root);
    run(chroot(root, "dpkg").args(["--purge", "cloud-timesync"]));
    run(Command::new("rm").arg("-rf").arg(root.join("var/lib/cloud-timesync")));
}

fn prepare_for_aws(root: &Path) {
    install(root);
    apply(root, &["--platform", "aws"]);
}

fn give_shell_agent(root: &Path) {
    overlay(&own("shell"), root);
}

fn bake_with_cloud_init(root: &Path) {
    bake(root);
    give_cloud_init(root, "{}");
}

fn ask_cloud_init(root: &Path) {
    give_cloud_init(root, "ntp: {enabled: true, ntp_client: chrony, servers: [169.254.169.123]}");
}

/// With nothing to do but this.
fn give_cloud_init(root: &Path, user_data: &str) {
    write(root, "var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\n");
    write(root, "var/lib/cloud/seed/nocloud/user-data", &format!("#cloud-config\n{user_data}\n"));
    write(
        root,
        "etc/cloud/cloud.cfg.d/90-image.cfg",
        "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\n\
         cloud_init_modules: []\ncloud_config_modules: [ntp]\ncloud_final_modules: []\n",
    );
}
