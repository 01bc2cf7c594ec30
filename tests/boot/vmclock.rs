//! A guest that has a VMClock goes on in another QEMU, through a file, which takes 8 s and what QEMU needs. What it prints is the
//! table of docs/migrations.md: `cargo test --test boot -- --ignored --nocapture vmclock::`.

use std::time::Duration;

use super::migration::{Recovery, TOOLS};
use super::*;

/// The first release whose kernel has the driver.
const RELEASE: Release = Release::DebianTesting;

/// The plan's own lines.
const CONFIG: &str = "step_policy = \"plan\"\n";

/// More than three updates are over after a minute, and with them `makestep 1.0 3`.
const MOVES: &str = "pid=\"$(systemctl show --property MainPID --value cloud-timesync-vmclock)\"
    wakeups() { sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' /proc/$pid/status; }
    before=$(wakeups); rest 60; echo \"woken $(($(wakeups) - before)) times in a minute\"
    systemctl show --property MemoryCurrent cloud-timesync-vmclock; grep -E '^(VmRSS|RssAnon)' /proc/$pid/status
    for _ in 1 2 3; do measure noticed 0 40 10; rest 20; done
    cloud-timesync status | grep -A 1 'to another host'
    grep -o '\"moves\":.*' /run/cloud-timesync/report.json
    systemctl stop cloud-timesync-vmclock
    measure 'not_noticed' 0 100 10";

/// chronyd needs three answers, 2 s apart; the rest is what an emulated guest on a busy host takes. Without the unit it was
/// 218 s.
const WITHIN_S: f64 = 8.0;

#[test]
#[ignore = "make test-all"]
fn a_move_that_is_noticed_costs_seconds_and_not_minutes() {
    let disk = Disk::twisted(RELEASE, |root| write(root, "etc/cloud-timesync/config.toml", CONFIG));
    let mut boot = Boot::of(&disk, Machine::Aws, Cloud::aws());
    boot.hardware.vmclock = true;
    let length = Duration::from_secs(900);
    let evidence = boot.looking_for(length).look(&format!("{TOOLS}\n{MOVES}")).run();
    let told = evidence.look();
    let recoveries = Recovery::parse(&told);
    println!("{told}\n{}", Recovery::table(&recoveries));
    let [noticed @ .., not_noticed] = &recoveries[..] else { panic!("no move: {told}") };
    assert_eq!(noticed.len(), 3, "{told}");
    for recovery in noticed {
        assert!(recovery.worst_s() > 7.9, "the guest was not moved: {told}");
        assert!(recovery.back_s().is_some_and(|back| back < WITHIN_S), "{told}");
        assert!(recovery.overshoot_s() < 0.1, "{told}");
    }
    assert!(not_noticed.back_s().is_none_or(|back| back > 60.0), "chronyd needs no unit: {told}");
    assert_eq!(told.matches(" s slow, and right after ").count(), 3, "{told}");
    assert_eq!(told.matches("\"slow_s\":").count(), 3, "{told}");
}
