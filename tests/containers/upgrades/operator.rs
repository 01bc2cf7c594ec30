//! An operator at a machine that came up without the agent: all is done by hand, and taken back.

use std::fs;

use super::packages::ours;
use super::{assert_told, boot, install, machine, settings};
use crate::container::Container;
use test_support::bench::Release;
use test_support::run;

const BY_HAND: &str = "
remember
does cloud-timesync plan --exit-code
does cloud-timesync apply
for try in $(seq 300); do
    chronyc -c -n sources | grep -q '^.,[*],169.254.169.123,' && echo selected && break
    sleep 0.2
done
database | cmp - /tmp/database && echo the database is untouched
does cloud-timesync plan --exit-code
systemctl enable --quiet cloud-timesync.service
does cloud-timesync undo
does dpkg --purge cloud-timesync
";

#[test]
fn an_operator_can_apply_and_take_everything_back() {
    let container = machine(Release::Debian13, &[ours()]);
    let before = ours_in(&container);
    install(&container, "cloud-timesync_*.deb");
    let link = "etc/systemd/system/multi-user.target.wants/cloud-timesync.service";
    fs::remove_file(container.root().join(link)).expect("the package enables its unit");
    let image = settings(&container);
    let evidence = boot(&container, BY_HAND);
    assert_told(
        &evidence,
        &[
            "cloud-timesync plan exits with 1",
            "cloud-timesync apply exits with 0",
            "selected",
            "the database is untouched",
            "cloud-timesync plan exits with 0",
            "cloud-timesync undo exits with 0",
            "disabled cloud-timesync.service",
            "dpkg --purge exits with 0",
        ],
    );
    assert_eq!(settings(&container), image, "not all is given back");
    assert_eq!(ours_in(&container), before, "the purge leaves something behind");
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

/// What has our name, beside the bench's and what the package is for: its documents.
fn ours_in(container: &Container) -> String {
    let find = "find / -xdev -name *cloud-timesync* -not -path /usr/share/doc/* -not -path /bench/*";
    let found = run(container.chroot("find").args(find.split(' ').skip(1)));
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    found.join("\n")
}
