//! chrony's package.

use super::packages::{newer_chrony, ours};
use super::{assert_told, boot, install, machine};
use test_support::bench::Release;

/// The newer package brings another chrony.conf: ucf(1) keeps the one that is there, and lays its own beside it.
const UPGRADED: &str = "
remember
does dpkg --unpack /debs/chrony.deb
ls /etc/chrony/conf.d
does cloud-timesync apply
echo taken from dpkg: $(find /var/lib/cloud-timesync -name '*.dpkg-*')
does dpkg --configure chrony
compare upgrade
dpkg-query --show --showformat '${db:Status-Status} ${Version}\\n' chrony | sed 's/[0-9].*+/+/'
ls /etc/chrony
does dpkg-reconfigure chrony
compare reconfigure
echo chrony-wait is $(systemctl is-active chrony-wait.service)
chronyc waitsync 60 0 0 0.5 > /tmp/said 2>&1 || cat /tmp/said
does cloud-timesync plan --exit-code
does cloud-timesync verify --skip chronyd-options --skip chronyd-command-line
systemctl restart scylla-server.service
echo then chrony-wait is $(systemctl is-active chrony-wait.service)
systemctl is-active scylla-server.service
";

fn upgraded(release: Release) {
    let dir = tempfile::tempdir().expect("making a directory");
    let chrony = newer_chrony(release, dir.path());
    let container = machine(release, &[ours(), &chrony]);
    install(&container, "cloud-timesync_*.deb");
    let evidence = boot(&container, UPGRADED);
    assert_told(
        &evidence,
        &[
            "dpkg --unpack exits with 0",
            // A boot in the middle of it leaves dpkg its files.
            "README.dpkg-new",
            "cloud-timesync apply exits with 0",
            "taken from dpkg:",
            "dpkg --configure exits with 0",
            "upgrade: database as before",
            "upgrade: clock as before",
            "upgrade: gate as before",
            "installed +newer",
            "chrony.conf.ucf-dist",
            "dpkg-reconfigure chrony exits with 0",
            "reconfigure: database as before",
            "reconfigure: clock as before",
            "reconfigure: gate as before",
            "cloud-timesync plan exits with 0",
            "cloud-timesync verify exits with 0",
            "then chrony-wait is active",
            "active",
        ],
    );
    // The second is the script's.
    assert_eq!(evidence.starts_of("scylla-server.service"), 2, "{}", evidence.timeline());
}

#[test]
fn an_upgrade_of_chrony_keeps_the_configuration_on_debian_12() {
    upgraded(Release::Debian12);
}

/// Here chrony's own scripts stop chrony-wait, and leave it so.
#[test]
fn an_upgrade_of_chrony_keeps_the_configuration_on_debian_13() {
    upgraded(Release::Debian13);
}
