//! The database's own package.

use super::packages::{database, ours};
use super::{assert_told, boot, install, machine};
use test_support::bench::Release;

const UPGRADED: &str = "
remember
does dpkg --install /debs/scylla-server_2_all.deb
clock | cmp --silent - /tmp/clock && echo clock as before
gate | cmp --silent - /tmp/gate && echo gate as before
grep Version /lib/systemd/system/scylla-server.service
systemctl is-active scylla-server.service
does cloud-timesync plan --exit-code
";

#[test]
fn an_upgrade_of_the_database_keeps_its_gate() {
    let dir = tempfile::tempdir().expect("making a directory");
    let debs = [&database("1", dir.path()), &database("2", dir.path())];
    let container = machine(Release::Debian13, &[ours(), debs[0], debs[1]]);
    install(&container, "scylla-server_1_all.deb");
    install(&container, "cloud-timesync_*.deb");
    let evidence = boot(&container, UPGRADED);
    assert_told(
        &evidence,
        &[
            "dpkg --install exits with 0",
            "clock as before",
            "gate as before",
            "# Version 2",
            "active",
            "cloud-timesync plan exits with 0",
        ],
    );
    // Its own package restarts it.
    assert_eq!(evidence.starts_of("scylla-server.service"), 2, "{}", evidence.timeline());
}
