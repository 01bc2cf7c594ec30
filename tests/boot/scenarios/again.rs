//! The same disk once more.

use super::*;

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
