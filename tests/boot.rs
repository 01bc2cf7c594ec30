//! Real boots, and what must hold in them. `boot/` has the bench; here are the scenarios.
//!
//! Two guests at a time: `cargo test --release --test boot -- --test-threads=2`. What is marked "make test-all" takes
//! too long for every commit.

#![allow(clippy::disallowed_methods)] // the bench reads, writes and runs what guests are made of

#[path = "boot/mod.rs"]
mod bench;
#[path = "boot/scenarios/operator.rs"]
mod operator;
#[path = "boot/scenarios/verify.rs"]
mod verify;

use std::fs;
use std::path::Path;

use bench::*;

const AWS_SOURCES: [&str; 2] =
    ["server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4", "pool time.aws.com iburst"];
const GCE_SOURCES: [&str; 1] = ["server metadata.google.internal prefer iburst"];
const AZURE_CLOCK: &str = "refclock PHC /dev/ptp_hyperv poll 3 dpoll -2 offset 0 stratum 2";
const AZURE_FALLBACK: &str = "server time.windows.com iburst";
const AZURE_SOURCES: [&str; 2] = [AZURE_CLOCK, AZURE_FALLBACK];
const OCI_SOURCES: [&str; 1] = ["server 169.254.169.254 prefer iburst"];
const DEBIAN_SOURCES: [&str; 1] = ["pool 2.debian.pool.ntp.org iburst"];

/// What chronyd calls the Hyper-V clock.
const CLOCK: &str = "PHC0";
const AMAZON: &str = "169.254.169.123";
const GOOGLE_OR_ORACLE: &str = "169.254.169.254";
const PUBLIC: &str = "169.254.7.7";

/// Where the agent writes.
const AGENTS_PATHS: [&str; 4] =
    ["/etc/chrony", "/etc/systemd/system", "/etc/cloud", "/var/lib/cloud-timesync"];

// The control: were these two to agree, no other test here would show anything. The second one differs from the first in
// one line of its agent, and runs in make test-all only: every other scenario is a gate that holds.

#[test]
fn a_gate_that_only_enables_and_reloads_is_seen_to_fail() {
    let disk = Disk::of(Release::Debian13, Agent::OnlyReloads);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::new(Imds::Aws, &[PUBLIC_NTP])).run();
    assert_eq!(gated(&evidence), Err(Ungated::NobodyWaited), "{}", evidence.timeline());
    assert!(
        evidence.clock_error_at_start().is_some_and(|error| error > 1e8),
        "the clock was right by chance"
    );
}

#[test]
#[ignore = "make test-all"]
fn a_gate_that_queues_the_wait_is_seen_to_hold() {
    let disk = Disk::of(Release::Debian13, Agent::ReloadsAndQueues);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::new(Imds::Aws, &[PUBLIC_NTP])).run();
    assert_gated(&evidence);
}

// First boots, one per cloud and release.

#[test]
fn debian13_as_aws_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).look("cloud-timesync plan --exit-code").run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    assert_asked_nobody(&evidence);
    assert_eq!(evidence.reloads(), 1, "one reload is the price, two are a waste\n{}", evidence.timeline());
}

#[test]
fn debian13_as_gce_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Gce, Cloud::gce()).look("cloud-timesync status --json").run();
    assert_first_boot(&evidence, "gce", &GCE_SOURCES, GOOGLE_OR_ORACLE);
    assert_judged_right(&evidence);
    assert_asked_nobody(&evidence);
    let status: serde_json::Value = serde_json::from_str(&evidence.look()).expect("the status as JSON");
    assert_eq!((&status["platform"], &status["errors"]), (&"gce".into(), &serde_json::json!([])));
    assert_eq!(status["gates"][0]["in_effect"], true, "{status}");
    assert_eq!(status["boot"]["steps"].as_array().map(Vec::len), Some(1), "{status}");
}

#[test]
fn debian13_as_azure_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_judged_right(&evidence);
    assert_asked_nobody(&evidence);
}

#[test]
fn debian13_as_oci_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Oci, Cloud::oci()).run();
    assert_first_boot(&evidence, "oci", &OCI_SOURCES, GOOGLE_OR_ORACLE);
    assert_judged_right(&evidence);
    assert_asked_nobody(&evidence);
}

#[test]
fn debian12_as_aws_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian12, Agent::Package);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
}

#[test]
fn debian12_as_azure_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian12, Agent::Package);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_judged_right(&evidence);
}

// The Hyper-V clock, late.

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

// The same disk again.

#[test]
fn a_second_boot_writes_nothing_reloads_nothing_and_still_waits() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let first = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    let second = Boot::of(&disk, Machine::Aws, Cloud::aws()).look("cloud-timesync plan --json").run();
    assert_gated(&second);
    assert_eq!(second.stat(&AGENTS_PATHS), first.stat(&AGENTS_PATHS), "something was written");
    assert_eq!(second.reloads(), 0, "{}", second.timeline());
    assert_eq!(info_lines(&second).len(), 1, "{:#?}", info_lines(&second));
    assert_eq!(
        second.starts_of("chrony-wait.service"),
        1,
        "the wait was queued again\n{}",
        second.timeline()
    );
    let plan: serde_json::Value = serde_json::from_str(&second.look()).expect("the plan as JSON");
    assert_eq!((&plan["edits"], &plan["jobs"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn a_disk_that_moves_from_aws_to_azure_is_right_in_its_first_boot_there() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let there = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&there, "aws", &AWS_SOURCES, AMAZON);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    assert_first_boot(&boot.run(), "azure", &AZURE_SOURCES, CLOCK);
}

// Images.

#[test]
fn a_sealed_image_keeps_its_chronyd_through_the_presets() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        write(root, "etc/machine-id", "uninitialized\n");
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    let first = evidence.journal.first(|entry| entry.says("Detected first boot"));
    assert!(first.is_some(), "systemd did not take this for a first boot, and applied no presets");
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_eq!(evidence.property("chronyd-restricted.service", "ActiveState"), "inactive");
    assert_ne!(evidence.property("chronyd-restricted.service", "UnitFileState"), "enabled");
}

#[test]
fn cloud_inits_own_ntp_settings_lose() {
    let disk = Disk::twisted(Release::Debian13CloudInit, Agent::Package, |root| {
        write(root, "var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\n");
        write(root, "var/lib/cloud/seed/nocloud/user-data", "#cloud-config\n{}\n");
        write(
            root,
            "etc/cloud/cloud.cfg.d/90-image.cfg",
            "datasource_list: [NoCloud, None]\n\
             network: {config: disabled}\n\
             ntp: {enabled: true, ntp_client: chrony, servers: [169.254.7.97]}\n\
             cloud_init_modules: []\ncloud_config_modules: [ntp]\ncloud_final_modules: []\n",
        );
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_eq!(evidence.starts_of("cloud-final.service"), 1, "cloud-init did not come to its end");
}

// Firmware that leaves doubt.

#[test]
fn a_uuid_like_ec2s_is_aws_when_its_metadata_service_says_so() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::LooksLikeEc2, Cloud::aws()).network_early().run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_eq!(evidence.starts_of("cloud-timesync-online.service"), 0, "it did not decide at once");
    let asked = evidence.imds.requests();
    assert!(
        asked.iter().any(|request| request.method == "PUT" && request.path == "/latest/api/token"),
        "{asked:?}"
    );
}

#[test]
fn a_uuid_like_ec2s_before_a_lookalike_keeps_the_distributions_sources() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let cloud = Cloud::new(Imds::Lookalike, &[PUBLIC_NTP]);
    let evidence = Boot::of(&disk, Machine::LooksLikeEc2, cloud).run();
    assert_gated(&evidence);
    assert_eq!(platform(&evidence), "unknown");
    assert_eq!(evidence.source_directives(), DEBIAN_SOURCES);
    assert_eq!(evidence.selected_source().as_deref(), Some(PUBLIC));
    assert!(evidence.imds.connections() > 0, "nobody asked");
}

#[test]
fn a_network_that_comes_after_the_deadline_is_asked_in_the_same_boot() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let evidence = Boot::of(&disk, Machine::LooksLikeEc2, Cloud::aws()).network_after(20).run();
    assert_gated(&evidence);
    assert_eq!(platform(&evidence), "aws");
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_eq!(evidence.selected_source().as_deref(), Some(AMAZON));
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

// No time to be had: the boot goes on, after the bound.

#[test]
fn a_time_server_that_is_silent_holds_the_database_no_longer_than_the_bound() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::new(Imds::Aws, &[])).until_selected("none");
    let evidence = boot.run();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert_eq!(evidence.failed_units(), ["chrony-wait.service"]);
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_sound(&evidence);
}

#[test]
fn a_machine_without_any_network_boots_after_the_bound() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let cloud = Cloud::new(Imds::Absent, &[]);
    let boot = Boot::of(&disk, Machine::LooksLikeEc2, cloud).without_network_card().until_selected("none");
    let evidence = boot.run();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    let not_ours = ["chrony-wait.service", "systemd-networkd-wait-online.service"];
    let failed = evidence.failed_units();
    assert!(failed.iter().all(|unit| not_ours.contains(&unit.as_str())), "{failed:?}");
    assert_eq!(platform(&evidence), "unknown");
    assert_sound(&evidence);
}

/// What a first boot must show, wherever time can be had.
fn assert_first_boot(evidence: &Evidence, expected_platform: &str, sources: &[&str], selected: &str) {
    assert_gated(evidence);
    assert_eq!(platform(evidence), expected_platform);
    assert_eq!(evidence.source_directives(), sources);
    assert_eq!(evidence.fragment_directives(), [""; 0], "chrony.conf reads more than itself");
    assert_eq!(evidence.selected_source().as_deref(), Some(selected));
    for vendors in ["/etc/chrony/sources.d/vendor.sources", "/etc/chrony/conf.d/99-vendor.conf"] {
        assert_eq!(evidence.file(vendors), None, "{vendors} was not set aside");
    }
    let lines = info_lines(evidence);
    assert!((1..10).contains(&lines.len()), "not one to nine lines at info: {lines:#?}");
}

/// The boot's own checks find nothing wrong.
fn assert_judged_right(evidence: &Evidence) {
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report of the boot");
    let report: serde_json::Value = serde_json::from_str(&report).expect("the report as JSON");
    let checks = report["checks"].as_array().expect("a list of checks").iter();
    let complaints: Vec<_> = checks.filter(|check| check["verdict"] != "right").collect();
    assert_eq!((&report["verdict"], complaints), (&"right".into(), vec![]));
}

fn assert_asked_nobody(evidence: &Evidence) {
    assert_eq!(evidence.imds.connections(), 0, "{:?}", evidence.imds.requests());
}

/// The agent's last word on where it is.
fn platform(evidence: &Evidence) -> String {
    let told = evidence.agent().into_iter().rev().map(|entry| entry.field("PLATFORM"));
    told.into_iter().find(|platform| !platform.is_empty()).unwrap_or_default().to_owned()
}

/// What the agent said before chronyd started, that an operator sees without asking for more.
fn info_lines(evidence: &Evidence) -> Vec<&str> {
    let early =
        evidence.agent().into_iter().filter(|entry| entry.field("_SYSTEMD_UNIT") == "cloud-timesync.service");
    let lines = early.filter(|entry| entry.priority() <= 6);
    lines.map(|entry| entry.message()).collect()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a directory above the file"))
        .expect("making a directory in the tree");
    fs::write(&path, text).unwrap_or_else(|e| panic!("writing {}: {e}", path.display()));
}

/// `make demo CLOUD=azure`: one first boot, told to a person.
#[test]
#[ignore = "make demo"]
fn demo() {
    let cloud = std::env::var("CLOUD").unwrap_or_else(|_| "azure".to_owned());
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = match cloud.as_str() {
        "aws" => Boot::of(&disk, Machine::Aws, Cloud::aws()),
        "gce" => Boot::of(&disk, Machine::Gce, Cloud::gce()),
        "azure" => {
            Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK)
        }
        "oci" => Boot::of(&disk, Machine::Oci, Cloud::oci()),
        other => panic!("CLOUD={other}: it is one of aws, gce, azure, oci"),
    };
    let evidence = boot.look("chronyc -n sources; echo; chronyc -n tracking").run();
    println!("{}", evidence.story());
    assert_gated(&evidence);
}
