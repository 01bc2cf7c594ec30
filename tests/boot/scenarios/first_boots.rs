//! First boots, one for each cloud and release.

use super::*;

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
