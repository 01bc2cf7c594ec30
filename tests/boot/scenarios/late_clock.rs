//! The Hyper-V clock: late, too late, and never.

use super::*;

#[test]
fn an_azure_clock_that_comes_within_the_agents_wait_is_used_from_the_start() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(5).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_eq!(evidence.starts_of("chrony.service"), 1, "chronyd was restarted\n{}", evidence.timeline());
    // Its event asked for the adoption while the agent still waited for it.
    let asked = evidence.journal.first(|entry| entry.is_about("cloud-timesync-adopt.service"));
    assert!(asked.is_some_and(|entry| entry.says("unmet condition")), "{asked:?}");
    assert_eq!(said_by_adopt(&evidence), [""; 0]);
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
    assert_ne!(said_by_adopt(&evidence), [""; 0]);
    assert_eq!(evidence.file("/run/cloud-timesync/awaits-ptp"), None, "it was adopted");
    assert_judged_right(&evidence);
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report");
    assert!(report.contains(r#""found":"/dev/ptp_hyperv","name":"ptp-clock""#), "an old verdict: {report}");
}

#[test]
fn an_azure_clock_that_never_comes_leaves_the_fallback_though_the_time_of_day_jumps_by_years() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Azure, Cloud::azure()).clock_steps().run();
    assert_first_boot(&evidence, "azure", &[AZURE_FALLBACK], PUBLIC);
    assert!(evidence.file("/run/cloud-timesync/awaits-ptp").is_some(), "nobody would adopt it");
    assert_waited_10_s(&evidence);
}

/// The clock is stepped ten years on and fifteen back meanwhile: neither ends the wait, nor prolongs it.
fn assert_waited_10_s(evidence: &Evidence) {
    let at = |entry: Option<&Entry>| entry.map_or(f64::NAN, Entry::at);
    let agent = "cloud-timesync.service";
    let began = at(evidence.journal.first(|entry| entry.is_about(agent) && entry.says("Starting")));
    let gave_up = at(evidence.agent().into_iter().find(|entry| entry.says("did not come within 10 s")));
    let steps: Vec<f64> =
        evidence.journal.iter().filter(|entry| entry.is_from("clock-steps")).map(Entry::at).collect();
    let [forth, back] = steps[..] else { panic!("not two steps: {steps:?}") };
    assert!(began < forth && back < gave_up, "{began}, {forth}, {back}, {gave_up}\n{}", evidence.timeline());
    assert!((10.0..30.0).contains(&(gave_up - began)), "{began}, {gave_up}\n{}", evidence.timeline());
}

fn said_by_adopt(evidence: &Evidence) -> Vec<&str> {
    let mut said = evidence.agent();
    said.retain(|entry| entry.field("_SYSTEMD_UNIT") == "cloud-timesync-adopt.service");
    said.into_iter().map(Entry::message).collect()
}
