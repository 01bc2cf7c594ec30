//! The Hyper-V clock: late, too late, and never.

use super::*;

#[test]
fn an_azure_clock_that_comes_within_the_agents_wait_is_used_from_the_start() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(5).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_eq!(evidence.starts_of("chrony.service"), 1, "chronyd was restarted\n{}", evidence.timeline());
}

#[test]
fn an_azure_clock_that_comes_after_the_agents_wait_is_adopted_beside_a_running_database() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(40).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_eq!(
        evidence.starts_of("chrony.service"),
        2,
        "chronyd was not restarted once\n{}",
        evidence.timeline()
    );
    assert_eq!(
        evidence.starts_of("scylla-server.service"),
        1,
        "the database was touched\n{}",
        evidence.timeline()
    );
    assert_eq!(evidence.property("scylla-server.service", "NRestarts"), "0");
}

#[test]
fn an_azure_clock_that_never_comes_leaves_the_fallback() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Azure, Cloud::azure()).run();
    assert_first_boot(&evidence, "azure", &[AZURE_FALLBACK], PUBLIC);
}
