//! Our own package, upgraded and removed under a running database.

use super::packages::{newer, ours};
use super::{assert_told, boot, install, machine, settings};
use test_support::bench::Release;
use test_support::run;

const UPGRADED: &str = "
remember
does dpkg --install /debs/newer.deb
compare upgrade
dpkg-query --show --showformat '${Version}\\n' cloud-timesync
systemctl is-enabled cloud-timesync.service
systemctl show --property NeedDaemonReload --value chrony.service chrony-wait.service cloud-timesync.service | uniq
does cloud-timesync apply
compare apply
does cloud-timesync plan --exit-code
";

#[test]
fn an_upgrade_of_the_agent_touches_no_database_and_no_clock() {
    let dir = tempfile::tempdir().expect("making a directory");
    let newer = newer(ours(), "cloud-timesync.service", dir.path());
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
            // Nobody has to reload the units, of which chrony's have drop-ins from the package.
            "no",
            "cloud-timesync apply exits with 0",
            "apply: database as before",
            "apply: clock as before",
            "cloud-timesync plan exits with 0",
        ],
    );
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

const REMOVED: &str = "
remember
does dpkg --remove cloud-timesync
compare remove
does dpkg --purge cloud-timesync
compare purge
systemctl daemon-reload
compare reload
ls /var/lib/cloud-timesync
does systemctl restart scylla-server.service
";

const RETURNED: &str = "
remember
does dpkg --install /debs/cloud-timesync_0.1.0_*.deb
compare install
does cloud-timesync undo
database | cmp - /tmp/database && echo the database is untouched
does dpkg --purge cloud-timesync
database | cmp - /tmp/database && echo the database is untouched
ls -d /var/lib/cloud-timesync
";

/// With a hold, which goes with the package.
#[test]
fn without_undo_a_removal_leaves_database_and_gate_alone() {
    let container = machine(Release::Debian13, &[ours()]);
    container.configure("[gate]\nat_timeout = \"hold\"\n");
    install(&container, "cloud-timesync_*.deb");
    let image = settings(&container);
    let evidence = boot(&container, REMOVED);
    assert_told(
        &evidence,
        &[
            "dpkg --remove exits with 0",
            "remove: database as before",
            "remove: clock as before",
            "remove: gate as before",
            "dpkg --purge exits with 0",
            "purge: database as before",
            "purge: clock as before",
            "purge: gate as before",
            "reload: database as before",
            "reload: clock as before",
            "reload: gate as before",
            "receipt.json",
            "systemctl restart exits with 0",
        ],
    );
    let said = evidence.look();
    assert!(said.contains("what it configured stays in force; run 'cloud-timesync undo' before"), "{said}");
    assert!(said.contains("install the package again and run 'cloud-timesync undo'"), "{said}");
    // Nobody's agent any more: this boot waits all the same.
    let evidence = boot(&container, RETURNED);
    assert_eq!(crate::order(&evidence), Ok(()), "{}", evidence.timeline());
    assert_told(
        &evidence,
        &[
            "dpkg --install exits with 0",
            "install: database as before",
            "install: clock as before",
            "install: gate as before",
            "cloud-timesync undo exits with 0",
            "the database is untouched",
            "dpkg --purge exits with 0",
            "the database is untouched",
            "ls: cannot access '/var/lib/cloud-timesync': No such file or directory",
        ],
    );
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
    assert_eq!(settings(&container), image);
}

/// Nothing was there before: the receipt alone knows what is to be removed.
#[test]
fn purged_with_nothing_set_aside_it_can_still_be_undone() {
    let container = machine(Release::Debian13, &[ours()]);
    container.configure("chrony_conf = \"keep\"\n");
    install(&container, "cloud-timesync_*.deb");
    let gate = "etc/systemd/system/scylla-server.service.d/10-time-sync.conf";
    // The installed program, on the tree: the machine is off.
    let agent = |verb: &str| {
        let script = format!("mount --bind / /mnt && exec cloud-timesync {verb} --root /mnt");
        run(container.chroot("unshare").args(["--mount", "--propagation", "unchanged", "sh", "-c", &script]))
    };
    agent("apply");
    assert!(container.read(gate).is_some());
    run(container.chroot("dpkg").args(["--purge", "cloud-timesync"]));
    assert!(container.read(gate).is_some());
    install(&container, "cloud-timesync_*.deb");
    agent("undo");
    assert_eq!(container.read(gate), None);
}
