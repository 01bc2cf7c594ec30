//! A machine that lacks something.

use super::*;

#[test]
#[ignore = "make test-all"]
fn a_chronyd_that_does_not_start_holds_no_database() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        write(root, "etc/default/chrony", "DAEMON_OPTS=\"--no-such-option\"\n");
    });
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws()).until_selected("none");
    let evidence = boot.run();
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
    assert_eq!(evidence.failed_units(), ["chrony.service", "cloud-timesync-wait.service"]);
    assert_sound(&evidence);
}
