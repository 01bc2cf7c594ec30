//! No time to be had: the boot goes on, after the bound.

use super::*;

#[test]
fn a_silent_server_holds_the_database_until_the_bound() {
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::new(Imds::Aws, &[])).until_selected("none");
    let evidence = boot.run();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert_eq!(evidence.failed_units(), ["chrony-wait.service"]);
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_sound(&evidence);
}

#[test]
#[ignore = "make test-all"]
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
