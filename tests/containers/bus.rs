//! A bus that is stopped, slow or not there: the boot goes on in time, and the gate holds as far as anything can set it.

use std::fs;

use super::*;

const BUS: &str = "systemctl kill --kill-whom=main dbus.service --signal";
const HIDE: &str = "mv /run/systemd/private /run/systemd/aside";
const SHOW: &str = "mv /run/systemd/aside /run/systemd/private";

/// `before` is done before the agent's start, `after` when it has ended, with all of root's powers.
fn around(container: &Container, before: &str, after: &str) {
    let [before, after] = [before, after].map(|command| format!("+/bin/sh -c '{command}'"));
    container.drop_in(
        "cloud-timesync.service",
        &format!("[Service]\nExecStartPre={before}\nExecStopPost={after}\nExecStartPost={after}\n"),
    );
}

fn executable(container: &Container, path: &str, text: &str) {
    container.write(path, text);
    run(container.chroot("chmod").args(["755", path]));
}

/// systemd-logind would wait for it.
fn mask_the_bus(container: &Container) {
    run(container
        .chroot("systemctl")
        .args("mask dbus.socket dbus.service systemd-logind.service".split(' ')));
}

/// Makes the agent wait between its first question to systemd and its first order, when it asks chronyd for its opinion of a
/// chrony.conf: from the moment at which it makes this file until somebody has removed it.
pub fn pause_in_the_middle(container: &Container, now: &str) {
    let chronyd = container.root().join("usr/sbin/chronyd");
    fs::rename(&chronyd, chronyd.with_extension("real")).expect("moving chronyd");
    executable(
        container,
        "/usr/sbin/chronyd",
        &format!(
            "#!/bin/sh\ncase \"$*\" in\n*-p*)\n    touch {now}\n    \
             for try in $(seq 300); do [ ! -e {now} ] || sleep 0.1; done ;;\nesac\n\
             exec /usr/sbin/chronyd.real \"$@\"\n"
        ),
    );
}

/// The command is run in that pause.
fn in_the_middle(container: &Container, command: &str) {
    pause_in_the_middle(container, "/run/cloud-timesync/now");
    executable(
        container,
        "/usr/lib/containers/middle",
        &format!(
            "#!/bin/sh\nuntil [ -e /run/cloud-timesync/now ]; do sleep 0.1; done\n{command}\n\
             rm /run/cloud-timesync/now\n"
        ),
    );
    container.write(
        "etc/systemd/system/bench-middle.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=/usr/lib/containers/middle\n\
         [Install]\nWantedBy=sysinit.target\n",
    );
    run(container.chroot("systemctl").args(["enable", "bench-middle.service"]));
}

#[test]
fn a_bus_that_is_stopped_is_left_for_systemctl() {
    let container = Container::of(Release::Debian12);
    around(&container, &format!("systemctl start dbus.service; {BUS}=STOP"), &format!("{BUS}=CONT"));
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(evidence.said("D-Bus is out of reach, using systemctl: no answer within 5 s"));
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
}

#[test]
fn a_bus_that_answers_late_is_waited_for() {
    let container = Container::of(Release::Debian13);
    let late = format!("systemctl start dbus.service; {BUS}=STOP; (sleep 2; {BUS}=CONT) &");
    around(&container, &late, "true");
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(!evidence.said("systemctl"), "{}", evidence.timeline());
}

#[test]
fn a_bus_that_stops_in_the_middle_is_left_for_systemctl() {
    let container = Container::of(Release::Debian13);
    in_the_middle(&container, &format!("{BUS}=STOP"));
    around(&container, "true", &format!("{BUS}=CONT"));
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(evidence.said("D-Bus has fallen silent, using systemctl: no answer within 20 s"));
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
}

#[test]
fn without_a_bus_the_gate_is_set_through_systemctl() {
    let container = Container::of(Release::Debian13);
    mask_the_bus(&container);
    let evidence = container.boot();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert!(evidence.said("D-Bus is out of reach, using systemctl"), "{}", evidence.timeline());
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_eq!(evidence.property("chrony-wait.service", "UnitFileState"), "enabled");
    assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
}

#[test]
fn without_any_way_to_systemd_the_gate_of_the_boot_holds() {
    let container = Container::of(Release::Debian13);
    mask_the_bus(&container);
    around(&container, HIDE, SHOW);
    let first = container.boot();
    assert_eq!(waited(&first), Ok(()), "{}", first.timeline());
    let conf = container.read("etc/chrony/chrony.conf").expect("a chrony.conf");
    assert!(conf.contains("server 169.254.169.123 "), "{conf}");
    for said in
        ["D-Bus is out of reach", "asking systemd: ", "running systemctl daemon-reload: Failed to connect"]
    {
        assert!(first.said(said), "nothing of {said:?}\n{}", first.timeline());
    }
    for (check, verdict) in
        [("gate-drop-in", "right"), ("gate-in-force", "wrong"), ("database-waited", "right")]
    {
        assert_eq!(first.found(check).0, verdict, "{check}\n{}", first.timeline());
    }
    let next = container.boot();
    assert_eq!(waited(&next), Ok(()), "{}", next.timeline());
}
