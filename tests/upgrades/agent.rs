//! Our own package, upgraded and removed under a running database.

use super::packages::{newer, ours};
use super::story::{assert_told, boot, install, machine, starts};
use crate::bench::Release;

const UPGRADED: &str = "
remember
does dpkg --install /debs/newer.deb
compare upgrade
dpkg-query --show --showformat '${Version}\\n' cloud-timesync
systemctl is-enabled cloud-timesync.service
systemctl daemon-reload
compare reload
does cloud-timesync apply
compare apply
does cloud-timesync plan --exit-code
";

#[test]
fn an_upgrade_of_the_agent_touches_neither_the_database_nor_its_clock() {
    let dir = tempfile::tempdir().expect("making a directory");
    let newer = newer(ours(), "lib/systemd/system/cloud-timesync.service", dir.path());
    let container = machine(Release::Debian13, &[ours(), &newer]);
    install(&container, "cloud-timesync_*.deb");
    let evidence = boot(&container, UPGRADED);
    assert_told(
        &evidence,
        &[
            "dpkg --install exits with 0",
            "upgrade: database as before",
            "upgrade: clock as before",
            "upgrade: gate as before",
            "0.1.0+newer",
            "enabled",
            "reload: database as before",
            "reload: gate as before",
            "cloud-timesync apply exits with 0",
            "apply: database as before",
            "apply: clock as before",
            "cloud-timesync plan exits with 0",
        ],
    );
    assert_eq!(starts(&evidence), 1, "{}", evidence.timeline());
}

const REMOVED: &str = "
remember
does dpkg --remove cloud-timesync
compare remove
does dpkg --purge cloud-timesync
compare purge
systemctl daemon-reload
compare reload
ls -A /var/lib/cloud-timesync
systemctl restart scylla-server.service
systemctl is-active chrony-wait.service scylla-server.service
";

const RETURNED: &str = "
does dpkg --install /debs/cloud-timesync_*.deb
compare install
does cloud-timesync undo
ls /etc/chrony/sources.d /etc/chrony/conf.d
find / -xdev -path /proc -prune -o -path /bench -prune -o -name '*cloud-timesync*' -print
";

#[test]
fn removed_without_undo_the_database_runs_on_and_keeps_what_it_waits_for() {
    let container = machine(Release::Debian13, &[ours()]);
    install(&container, "cloud-timesync_*.deb");
    let image = container.read("etc/chrony/chrony.conf");
    let evidence = boot(&container, REMOVED);
    println!("{}", evidence.look());
    // Nobody's agent any more: the next boot waits all the same.
    let evidence = boot(&container, &format!("remember\n{RETURNED}"));
    println!("{}", evidence.look());
    assert_eq!(container.read("etc/chrony/chrony.conf"), image);
}
