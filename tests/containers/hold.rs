//! A hold that lasts beyond the wait, until the clock is right.

use std::time::Duration;

use super::*;

/// Nobody has the time; then chronyd is restarted and killed; then somebody has it; then chronyd is restarted again.
const HELD: &str = r#"
is() { echo "$1: $(systemctl is-active "$1")"; }
until_is() { for try in $(seq 300); do [ "$(systemctl is-active "$1")" = "$2" ] && break; sleep 0.2; done; }
pid() { systemctl show --property=MainPID --value scylla-server.service; }
until_is cloud-timesync-hold.service activating
for try in $(seq 300); do [ -s /run/cloud-timesync/report.json ] && break; sleep 0.2; done
echo begin; is cloud-timesync-hold.service; is scylla-server.service; is systemd-user-sessions.service
cloud-timesync status --json > /tmp/status; grep -o '"held":true' /tmp/status
grep -o '"verdict":"wrong"' /run/cloud-timesync/report.json | head -n 1
systemctl restart chrony.service; sleep 8
echo restarted; is cloud-timesync-hold.service; is scylla-server.service
systemctl kill --signal=KILL chrony.service; sleep 8
echo killed; is chrony.service; is cloud-timesync-hold.service; is scylla-server.service
touch /run/has-time; systemctl start bench-time-server.service chrony.service
until_is scylla-server.service active
echo has time; is scylla-server.service
pid="$(pid)"
systemctl restart chrony.service; sleep 8
echo again; is chrony.service; is scylla-server.service
[ "$pid" = "$(pid)" ] && echo the same process
"#;

const HELD_SAYS: &str = "\
begin
cloud-timesync-hold.service: activating
scylla-server.service: inactive
systemd-user-sessions.service: active
\"held\":true
\"verdict\":\"wrong\"
restarted
cloud-timesync-hold.service: activating
scylla-server.service: inactive
killed
chrony.service: active
cloud-timesync-hold.service: activating
scylla-server.service: inactive
has time
scylla-server.service: active
again
chrony.service: active
scylla-server.service: active
the same process
";

#[test]
fn a_boot_on_hold_lasts_until_a_time_source_comes() {
    let container = Container::of(Release::Debian13);
    container.configure("[gate]\ntimeout = 8\nat_timeout = \"hold\"\n");
    container.drop_in("bench-time-server.service", "[Unit]\nConditionPathExists=/run/has-time\n");
    container.write("usr/lib/containers/unsettled", "");
    let evidence = container.boot_while(HELD, Duration::from_secs(200), |_| ());
    assert_eq!(evidence.look(), HELD_SAYS, "{}", evidence.timeline());
    let ended = |unit| evidence.started(unit).unwrap_or_else(|| panic!("{unit}\n{}", evidence.timeline()));
    assert_eq!(ended("chrony-wait.service").1, "failed", "{}", evidence.timeline());
    assert!(
        evidence.said("the database is held until the clock is right"),
        "nobody says why it does not start"
    );
    assert!(evidence.said("the clock is right after"), "nobody says that it is over");
    let (held_until, database) = (ended("cloud-timesync-hold.service").0, ended("scylla-server.service").0);
    assert!(held_until <= database, "{}", evidence.timeline());
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
    assert_eq!(evidence.text("jobs"), "", "{}", evidence.timeline());
}

/// A machine by the STIG of RHEL 9: chrony's own wait, which asks the port, would see nothing for 180 s.
fn harden(container: &Container) {
    container.write(
        "etc/chrony/chrony.conf",
        "server 169.254.169.123 iburst\ndriftfile /var/lib/chrony/drift\nmakestep 1.0 3\nrtcsync\nport 0\ncmdport 0\n",
    );
}

#[test]
fn a_chronyd_without_a_port_is_waited_for_by_its_socket() {
    for settings in ["", "[gate]\nat_timeout = \"hold\"\n"] {
        let container = Container::of(Release::Debian13);
        harden(&container);
        container.configure(&format!("chrony_conf = \"keep\"\n{settings}"));
        let evidence = container.boot();
        assert_eq!(waited(&evidence), Ok(()), "{settings}\n{}", evidence.timeline());
        let report = evidence.report();
        assert_eq!(report["verdict"], "right", "{report:#}\n{}", evidence.timeline());
        let said = report.to_string();
        assert!(said.contains("cmdport 0 (/etc/chrony/chrony.conf, line 6) closes"), "{report:#}");
    }
}

/// The control: an agent that does not know of the port leaves the machine to chrony's own wait.
#[test]
fn a_closed_port_without_our_wait_is_seen_to_fail() {
    let container = Container::of(Release::Debian13);
    harden(&container);
    container.configure("chrony_conf = \"keep\"\n[gate]\ntimeout = 20\n");
    container.drop_in(
        "chrony-wait.service",
        "[Service]\nExecStart=\nExecStart=/usr/bin/chronyc -h 127.0.0.1,::1 waitsync 0 0.1 0.0 1\n",
    );
    let evidence = container.boot();
    let (_, wait) = evidence.started("chrony-wait.service").expect("it is wanted");
    assert_eq!(wait, "failed", "{}", evidence.timeline());
    assert_eq!(evidence.report()["verdict"], "wrong");
}
