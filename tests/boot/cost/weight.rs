//! What a database on two processors gains where chronyd and chrony-wait get their turn before others: `ci/bench weight`.
//! Guests with and without that are booted in turn, in real time: nothing else may run on the host.

use super::images::{before, prepare};
use super::*;

const WEIGHT: &str = "[Service]\nStartupCPUWeight=10000\n";

fn prepare_with_weight(root: &Path) {
    prepare(root);
    for unit in ["chrony", "chrony-wait"] {
        write(root, &format!("etc/systemd/system/{unit}.service.d/50-weight.conf"), WEIGHT);
    }
}

/// Seconds from the kernel's start to the database's, on the image as it was built.
fn database_start_s(disk: &Disk) -> f64 {
    copy(&before(disk), &disk.image());
    let mut boot = Boot::of(disk, Machine::Aws, Cloud::aws());
    boot.hardware.processors = 2;
    let evidence = boot.run();
    assert_gated(&evidence);
    evidence.stamp("scylla-server.service", "ExecMainStart").expect("the database's start")
}

#[test]
#[ignore = "ci/bench weight"]
fn bench_weight() {
    let disks = [("without", prepare as fn(&Path)), ("with", prepare_with_weight)].map(|(name, twist)| {
        let disk = Disk::named(&format!("cost::{name}-weight"), Release::Debian13, twist);
        copy(&disk.image(), &before(&disk));
        disk
    });
    let mut starts = [Vec::new(), Vec::new()];
    for round in 1..=rounds(9) {
        for (disk, starts) in disks.iter().zip(&mut starts) {
            starts.push(database_start_s(disk));
        }
        println!("round {round}: without {:.2} s, with {:.2} s", starts[0][round - 1], starts[1][round - 1]);
    }
    let [without, with] = starts.map(median);
    let later = (without / with - 1.0) * 100.0;
    println!("the database starts at {with:.2} s with the weight, at {without:.2} s without: {later:+.1} %");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2] + values[(values.len() - 1) / 2]) / 2.0
}
