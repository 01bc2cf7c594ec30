//! What the agent costs a machine that is up, and what a gate for many units costs a boot, with real systemd, D-Bus and
//! chronyd: `make bench BENCH="live reloads"` makes tables of what these leave. The agent is the one of `make build`.

use std::fs;
use std::process::Command;

use cloud_timesync::journal;
use serde_json::{Map, Value, json};
use test_support::repository;

use super::*;

/// Each case leaves files in /cost. The agent's unit is up, as on every machine that has booted with it. The firmware is that
/// of an EC2 machine, whatever the build machine's is.
const PREPARE: &str = "set -u
tools=/opt/tools
mkdir -p /run/class /cost
cp -a /opt/dmi /run/class/
mount --bind /run/class /sys/class
rm -f /etc/cloud-timesync/config.toml.d/container.toml
systemctl start cloud-timesync.service
cd /cost
with() {
    /lib64/ld-linux-x86-64.so.2 --library-path $tools/usr/lib/x86_64-linux-gnu \"$tools/usr/bin/$1\" \"${@:2}\"
}
run_detect() { \"$@\" cloud-timesync detect; }
run_apply() { \"$@\" cloud-timesync apply; }
# Nothing is under way any more that an apply has queued.
rest() { for try in {1..100}; do [ -n \"$(systemctl list-jobs --no-legend)\" ] || return; sleep 0.1; done; }
# The image's own sources answer nobody here, and a wait for them would not end.
fresh() { cloud-timesync undo > /dev/null 2>&1; systemctl stop chrony-wait.service; rest; }
time_of() {
    local began=${EPOCHREALTIME/./}
    \"run_$2\" > /dev/null 2> \"$1.said\"
    echo $((${EPOCHREALTIME/./} - began)) >> \"$1.us\"
}
memory_of() { \"run_$2\" with time -f %M -a -o \"$1.memory\" > /dev/null 2>&1; }
calls_of() { \"run_$2\" with strace -f -qq -e signal=none -o \"$1.trace\" > /dev/null 2> \"$1.strace\"; }
instructions_of() {
    VALGRIND_LIB=$tools/usr/libexec/valgrind \"run_$2\" with valgrind.bin --tool=callgrind \\
        --callgrind-out-file=/dev/null > /dev/null 2> \"$1.callgrind\"
}
";

/// Peaks differ by some pages: the loader puts the program elsewhere each time.
const MEMORY: &str = "for round in {1..5}; do fresh; memory_of fresh apply; rest; memory_of converged apply; memory_of detect detect; done
";

const TIMES: &str = "for round in {1..5}; do fresh; time_of fresh apply; rest; time_of converged apply; done
for round in {1..9}; do time_of converged apply; time_of detect detect; done
";

/// With a boot for each: a script has its limit.
const MEASURES: [&str; 2] = ["calls_of", "instructions_of"];

#[test]
#[ignore = "make bench BENCH=live"]
fn bench_live() {
    let container = machine();
    // The boot leaves the machine as its image is.
    let wants = "etc/systemd/system/multi-user.target.wants/cloud-timesync.service";
    fs::remove_file(container.root().join(wants)).expect("disabling the agent");
    // Each round restarts chronyd, and fifteen times are too often for systemd.
    for unit in ["chrony.service", "chrony-wait.service"] {
        container.drop_in(unit, "[Unit]\nStartLimitIntervalSec=0\n");
    }
    let source = repository();
    fs::create_dir_all(container.root().join("opt")).expect("making /opt");
    overlay(&source.join("target/tools"), &container.root().join("opt/tools"));
    overlay(
        &source.join("tests/machines/aws-debian13/root/sys/class/dmi"),
        &container.root().join("opt/dmi"),
    );
    let mut cases = Map::new();
    let measures = MEASURES.map(|measure| {
        format!("fresh; {measure} fresh apply; rest; {measure} converged apply; {measure} detect detect\n")
    });
    for script in measures.iter().map(String::as_str).chain([MEMORY, TIMES]) {
        let evidence = container.boot_looking(&format!("{PREPARE}{script}"));
        assert!(evidence.look().is_empty(), "{}", evidence.look());
        for case in ["detect", "fresh", "converged"] {
            let left = cases.entry(case).or_insert_with(|| json!({}));
            for kind in ["us", "memory", "trace", "callgrind", "said"] {
                if let Some(text) = container.read(&format!("cost/{case}.{kind}")) {
                    left[kind] = text.into();
                }
            }
        }
    }
    keep("live.json", &cases.into());
}

#[test]
#[ignore = "make bench BENCH=reloads"]
fn bench_reloads() {
    let mut points = Vec::new();
    for number in [1, 10, 100, 1000] {
        let container = machine();
        let names: Vec<String> = (0..number).map(|n| format!("database-{n:04}.service")).collect();
        for name in &names {
            let unit = format!("usr/lib/systemd/system/{name}");
            container.write(&unit, "[Service]\nExecStart=/bin/true\n");
        }
        container.configure(&format!("[gate]\nunits = {names:?}\n"));
        let gates = "find /etc/systemd/system -name '10-time-sync.conf' | wc -l";
        let evidence = container.boot_looking(gates);
        let done = evidence.first(|entry| entry.field("MESSAGE_ID") == journal::DONE);
        points.push(json!({
            "units": number,
            "drop_ins": evidence.look().trim().parse::<usize>().expect("a number of drop-ins"),
            "reloads": evidence.reloads(),
            "reload_ms": evidence.reload_ms().first(),
            "agent_ms": done.and_then(|entry| entry.field("ELAPSED_MS").parse::<u64>().ok()),
        }));
    }
    keep("reloads.json", &points.into());
}

/// With the program that is shipped: what cargo built for the tests is another.
fn machine() -> Container {
    let container = Container::of(Release::Debian13);
    let built = repository().join("target/release/cloud-timesync");
    run(Command::new("strip").arg("-o").arg(container.root().join("usr/bin/cloud-timesync")).arg(built));
    container
}

fn keep(name: &str, costs: &Value) {
    let directory = repository().join("target/bench");
    fs::create_dir_all(&directory).expect("making target/bench");
    fs::write(directory.join(name), format!("{costs:#}\n")).unwrap_or_else(|e| panic!("writing {name}: {e}"));
}
