//! First boots on arm64 (Graviton, Ampere, Axion), from the package that `make deb ARCH=arm64` builds.

use super::first_boots::assert_status;
use super::*;

#[test]
#[ignore = "make test-all"]
fn arm64_as_aws_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13Arm64);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).look("cloud-timesync status --json").run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    assert_asked_nobody(&evidence);
    assert_status(&evidence, "aws", "^", AMAZON);
}

#[test]
#[ignore = "make test-all"]
fn arm64_without_smbios_is_aws_by_its_metadata_service() {
    let disk = Disk::of(Release::Debian13Arm64);
    let boot = Boot::of(&disk, Machine::Silent, Cloud::aws()).option("network_early", 1);
    let evidence = boot.look("ls -d /sys/class/dmi/id /sys/firmware/dmi 2>&1").run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    let (dmi, absent) = (evidence.look(), ": No such file or directory");
    assert!(
        dmi.lines().count() == 2 && dmi.lines().all(|line| line.ends_with(absent)),
        "there is DMI: {dmi}"
    );
    assert!(
        evidence.imds_connections() > 0,
        "nobody asked the metadata service: {:#?}",
        evidence.info_lines()
    );
}
