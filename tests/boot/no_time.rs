//! No time to be had: the boot goes on, after the bound. A server that is silent is in tests/containers/daemon.rs.

use super::*;

#[test]
#[ignore = "make test-all"]
fn a_machine_without_any_network_boots_after_the_bound() {
    let disk = Disk::of(Release::Debian13);
    let cloud = Cloud::new(None, &[]);
    let mut boot = Boot::of(&disk, Machine::LooksLikeEc2, cloud).until_selected("none");
    boot.hardware.network_card = false;
    let evidence = boot.run();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    let gave_up =
        ["chrony-wait.service", "cloud-timesync-wait.service", "systemd-networkd-wait-online.service"];
    let failed = evidence.failed_units();
    assert!(failed.iter().all(|unit| gave_up.contains(unit)), "{failed:?}");
    assert_eq!(evidence.platform(), "unknown");
    assert_sound(&evidence);
}
