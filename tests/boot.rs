//! Real boots, and what must hold in them. `boot/` has the bench; here are the scenarios.
//!
//! What is marked "make test-all" is too slow for every commit.

#[path = "boot/mod.rs"]
mod bench;

use bench::*;

#[test]
fn a_gate_that_only_enables_and_reloads_is_seen_to_fail() {
    let disk = Disk::of(Release::Debian13, Agent::OnlyReloads);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::new(Imds::Aws, &[PUBLIC_NTP])).run();
    assert_eq!(gated(&evidence), Err(Ungated::NobodyWaited), "{}", evidence.timeline());
    assert!(evidence.clock_error_at_start().is_some_and(|error| error > 1e8), "the clock was right by chance");
}

#[test]
fn a_gate_that_queues_the_wait_holds_in_the_first_boot() {
    let disk = Disk::of(Release::Debian13, Agent::ReloadsAndQueues);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::new(Imds::Aws, &[PUBLIC_NTP])).run();
    assert_gated(&evidence);
}
