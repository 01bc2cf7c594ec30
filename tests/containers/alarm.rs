//! The worst that a boot can show, and whose boot it is.

use std::time::Duration;

use super::*;

const MASK: &str = "etc/systemd/system/chrony-wait.service";

const SAYS: &str = r#"
journalctl --update-catalog
echo "journal: $(journalctl -b -p crit -o cat -t cloud-timesync)"
cloud-timesync status > /tmp/status; echo "status $?: $(head -n 1 /tmp/status)"
echo "user: $(setpriv --reuid=65534 --regid=65534 --clear-groups cloud-timesync status | head -n 1)"
cloud-timesync verify > /tmp/verify; echo "verify $?: $(head -n 1 /tmp/verify)"
journalctl -b -x MESSAGE_ID=df11456ccc2a416d9c6f07f36c5e053c | grep -c 'Do this, in this order'
"#;

/// What the boot before it has done wrong is not this one's.
const REBOOTS: &str = r#"
[ -e /var/again ] || { touch /var/again; rm /etc/systemd/system/chrony-wait.service; systemctl stop bench-time-server; ip address delete 169.254.169.123/32 dev lo; systemctl soft-reboot; sleep 100; }
"#;

#[test]
fn a_database_on_a_wrong_clock_comes_first_everywhere() {
    let container = Container::of(Release::Debian13);
    run(container.chroot("ln").args(["-s", "/dev/null", MASK]));
    let evidence = container.boot_looking(SAYS);
    let said = evidence.look();
    let found = "scylla-server did not wait for the clock: ";
    for line in [
        "journal: a database ran on a wrong clock: ",
        "status 1: A DATABASE RAN ON A WRONG CLOCK: ",
        "user: A DATABASE RAN ON A WRONG CLOCK: ",
        "verify 1: A DATABASE RAN ON A WRONG CLOCK: ",
    ] {
        assert!(said.contains(&format!("{line}{found}")), "{line}{found}\n{said}\n{}", evidence.timeline());
    }
    assert!(said.ends_with("\n1\n"), "{said}");
}

#[test]
fn after_a_soft_reboot_the_new_user_space_is_judged() {
    let container = Container::of(Release::Debian13);
    run(container.chroot("ln").args(["-s", "/dev/null", MASK]));
    // A soft reboot kills the cloud's server, which stands outside in truth.
    let server = "bench-time-server.service";
    container.drop_in("chrony.service", &format!("[Unit]\nWants={server}\nAfter={server}\n"));
    let script = format!("{REBOOTS}{SAYS}");
    let evidence = container.boot_while(&script, Duration::from_secs(80), |_| ());
    let said = evidence.look();
    assert!(said.contains("\nstatus 0: Platform") || said.contains("\nstatus 1: Platform"), "{said}");
    assert_eq!(evidence.report()["verdict"], "right", "{said}\n{}", evidence.timeline());
}

/// The wait of this boot gave up, and the agent's own one had nothing to hold: it ended well, and has seen no clock.
const INSTALLED_LATER: &str = "
systemctl unmask scylla-server.service; systemctl start scylla-server.service
cloud-timesync status | head -n 1
";

#[test]
fn a_database_that_is_installed_later_is_judged_by_the_clock() {
    let container = Container::of(Release::Debian13);
    container.configure("[gate]\ntimeout = 5\n");
    container.drop_in("bench-time-server.service", "[Service]\nExecStart=\nExecStart=sleep infinity\n");
    run(container.chroot("systemctl").args(["mask", "scylla-server.service"]));
    let evidence = container.boot_looking(INSTALLED_LATER);
    let (_, wait) = evidence.started("cloud-timesync-wait.service").expect("it is wanted");
    assert_eq!(wait, "done", "{}", evidence.timeline());
    let said = evidence.look();
    assert!(
        said.contains("A DATABASE RAN ON A WRONG CLOCK: scylla-server"),
        "{said}\n{}",
        evidence.timeline()
    );
}
