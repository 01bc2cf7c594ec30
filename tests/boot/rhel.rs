//! First boots with RHEL's layout, from the rpm.

use super::*;

fn assert_rhel_first_boot(evidence: &Evidence, expected_platform: &str, sources: &[&str], selected: &str) {
    assert_first_boot(evidence, expected_platform, sources, selected);
    assert_judged_right(evidence);
    assert_asked_nobody(evidence);
    assert_eq!(evidence.property("chronyd.service", "ActiveState"), "active");
    assert_eq!(evidence.property("chrony.service", "LoadState"), "not-found", "this is Debian's layout");
    assert_eq!(evidence.file("/etc/chrony/chrony.conf"), None, "written where RHEL's chronyd does not look");
}

#[test]
fn rhels_layout_as_aws_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::RpmOnRhel);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws());
    let evidence = boot.look("cloud-timesync plan --exit-code; echo plan exits with $?").run();
    assert_rhel_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert!(evidence.look().ends_with("plan exits with 0\n"), "{}", evidence.look());
}

#[test]
#[ignore = "make test-all"]
fn rhels_layout_as_oci_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::RpmOnRhel);
    let evidence = Boot::of(&disk, Machine::Oci, Cloud::oci()).run();
    assert_rhel_first_boot(&evidence, "oci", &OCI_SOURCES, GOOGLE_OR_ORACLE);
}

#[test]
#[ignore = "make test-all"]
fn rhels_layout_as_azure_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13, Agent::RpmOnRhel);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.run();
    assert_rhel_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
}
