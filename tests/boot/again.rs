//! The same disk once more, elsewhere. Once more on the same cloud is in powercut.rs.

use super::*;

#[test]
fn a_disk_that_moves_from_aws_to_azure_is_right_at_once() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let there = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&there, "aws", &AWS_SOURCES, AMAZON);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    assert_first_boot(&boot.run(), "azure", &AZURE_SOURCES, CLOCK);
}
