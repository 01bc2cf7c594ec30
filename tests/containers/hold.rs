//! A hold that lasts beyond the wait, until the clock is right.

use std::time::Duration;

use super::*;

/// Nobody has the time; then chronyd is restarted and killed; then somebody has it; then chronyd is restarted again.
const HELD: &str = r#"
is() { echo "$1: $(systemctl is-active "$1")"; }
until_is() { for try in $(seq 300); do [ "$(systemctl is-active "$1")" = "$2" ] && break; sleep 0.2; done; }
pid() { systemctl show --property=MainPID --value scylla-server.service; }
until_is cloud-timesync-wait.service activating
for try in $(seq 300); do [ -s /run/cloud-timesync/report.json ] && break; sleep 0.2; done
echo begin; is cloud-timesync-wait.service; is scylla-server.service; is systemd-user-sessions.service
cloud-timesync status --json > /tmp/status; grep -o '"held":true' /tmp/status
grep -o '"verdict":"wrong"' /run/cloud-timesync/report.json | head -n 1
systemctl restart chrony.service; sleep 8
echo restarted; is cloud-timesync-wait.service; is scylla-server.service
systemctl kill --signal=KILL chrony.service; sleep 8
echo killed; is chrony.service; is cloud-timesync-wait.service; is scylla-server.service
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
cloud-timesync-wait.service: activating
scylla-server.service: inactive
systemd-user-sessions.service: active
\"held\":true
\"verdict\":\"wrong\"
restarted
cloud-timesync-wait.service: activating
scylla-server.service: inactive
killed
chrony.service: active
cloud-timesync-wait.service: activating
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
    let (held_until, database) = (ended("cloud-timesync-wait.service").0, ended("scylla-server.service").0);
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

/// The control: chrony's own wait alone.
#[test]
fn a_closed_port_without_our_wait_is_seen_to_fail() {
    let container = Container::of(Release::Debian13);
    harden(&container);
    container.configure("chrony_conf = \"keep\"\n[gate]\ntimeout = 20\n");
    let stock = "[Service]\nExecStart=\nExecStart=/usr/bin/chronyc -h 127.0.0.1,::1 waitsync 0 0.1 0.0 1\n";
    container.drop_in("chrony-wait.service", stock);
    run(container.chroot("systemctl").args(["mask", "cloud-timesync-wait.service"]));
    let evidence = container.boot();
    let (_, wait) = evidence.started("chrony-wait.service").expect("it is wanted");
    assert_eq!(wait, "failed", "{}", evidence.timeline());
    assert_eq!(evidence.report()["verdict"], "wrong");
}

/// A database of which only the name matters.
fn give_cockroach(container: &Container) {
    container.write(
        "usr/lib/systemd/system/cockroach.service",
        "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
    );
    run(container.chroot("systemctl").args(["enable", "cockroach.service"]));
}

/// When the agent's own wait ended, with its result, and when CockroachDB started.
fn own_wait(evidence: &Evidence) -> (f64, &str, f64) {
    let story = || evidence.timeline();
    let (ended, result) =
        evidence.started("cloud-timesync-wait.service").unwrap_or_else(|| panic!("{}", story()));
    let (started, _) = evidence.started("cockroach.service").unwrap_or_else(|| panic!("{}", story()));
    (ended, result, started)
}

/// The second one's agent fails: the gate of the first transaction has the bound, too.
#[test]
fn cockroachdb_starts_only_under_its_bound() {
    for agent in [None, Some("[Service]\nExecStart=\nExecStart=/bin/false\n")] {
        let container = Container::of(Release::Debian13);
        give_cockroach(&container);
        container.write("etc/chrony/conf.d/10-cloud.conf", "server 169.254.169.123 iburst\n");
        if let Some(broken) = agent {
            container.drop_in("cloud-timesync.service", broken);
        }
        let evidence = container.boot();
        let (ended, result, started) = own_wait(&evidence);
        assert_eq!((result, ended <= started), ("done", true), "{}", evidence.timeline());
        let both =
            evidence.journal.iter().find(|entry| entry.says("the clock is right after")).expect("a word");
        assert!(both.says("error bound 0.") && both.says(", wanted 0.4 s"), "{}", evidence.timeline());
    }
}

/// chronyd holds the clock to gain or lose a second a second: it is never as sure as that.
fn give_a_bad_clock(container: &Container) {
    container.write(
        "etc/chrony/chrony.conf",
        "server 169.254.169.123 iburst minpoll 4 maxpoll 4\nmakestep 1.0 3\nrtcsync\ndriftfile /var/lib/chrony/drift\n\
         maxclockerror 1000000\nmaxdistance 1000\n",
    );
    container.configure("chrony_conf = \"keep\"\n[gate]\nmax_error = 0.001\ntimeout = 20\n");
}

#[test]
fn a_bound_that_cannot_be_reached_is_named_with_what_was() {
    let container = Container::of(Release::Debian13);
    give_a_bad_clock(&container);
    give_cockroach(&container);
    let evidence = container.boot();
    let (ended, result, started) = own_wait(&evidence);
    assert_eq!((result, ended <= started), ("failed", true), "{}", evidence.timeline());
    let began = evidence.first(|entry| entry.is_about("chrony-wait.service") && entry.says("Starting "));
    let took = ended - began.expect("chrony-wait began").at();
    assert!((19.0..24.0).contains(&took), "both waits took {took} s\n{}", evidence.timeline());
    let said = "the database starts on a clock that is not right after 2";
    let named = evidence.journal.iter().find(|entry| entry.says(said)).expect("a word");
    assert!(named.says("error bound ") && named.says(" s, wanted 0.001 s"), "{}", evidence.timeline());
    let report = evidence.report().to_string();
    assert!(report.contains("cloud-timesync-wait.service gave up"), "{report}");
}

/// The control: chrony-wait alone lets the database go.
#[test]
fn a_bound_without_our_wait_is_seen_to_fail() {
    let container = Container::of(Release::Debian13);
    give_a_bad_clock(&container);
    give_cockroach(&container);
    run(container.chroot("systemctl").args(["mask", "cloud-timesync-wait.service"]));
    let evidence = container.boot();
    let ended = |unit| evidence.started(unit).expect("it is started").0;
    assert!(ended("cockroach.service") - ended("chrony-wait.service") < 5.0, "{}", evidence.timeline());
    assert!(!evidence.said("error bound "), "{}", evidence.timeline());
    let report = evidence.report();
    assert_eq!(report["verdict"], "wrong", "{report:#}");
}

#[test]
fn where_chrony_has_no_wait_ours_takes_its_place() {
    let container = Container::of(Release::Debian13);
    let unit = container.root().join("usr/lib/systemd/system/chrony-wait.service");
    std::fs::remove_file(unit).expect("chrony has one");
    give_cockroach(&container);
    let evidence = container.boot();
    let (ended, result, started) = own_wait(&evidence);
    assert_eq!((result, ended <= started), ("done", true), "{}", evidence.timeline());
    let report = evidence.report();
    assert_eq!(report["verdict"], "right", "{report:#}\n{}", evidence.timeline());
}

/// A machine that has been up for longer than the gate's timeout: seven starts in a row, then one without a time source, which comes
/// back.
const LATER: &str = r#"
until_is() { for try in $(seq 300); do [ "$(systemctl is-active "$1")" = "$2" ] && break; sleep 0.2; done; }
wrong() { for try in $(seq 300); do [ "$(grep -c '"verdict":"wrong"' /run/cloud-timesync/report.json)" = "$1" ] && break; sleep 0.2; done
    echo "report: $(grep -c '"verdict":"wrong"' /run/cloud-timesync/report.json)"; }
held() { echo "held: $(journalctl -b -o cat MESSAGE_ID=0487ab9cd9a14c3683eeeec855c7e11b | grep -c 'is held until')"; }
until_is scylla-server.service active
wrong 0
looks() { journalctl -b -o cat MESSAGE_ID=456527f1b3f54501b4a853c20a0055e3 | wc -l; }
before="$(looks)"
for start in 1 2 3 4 5 6 7; do systemctl restart scylla-server.service; done
echo "looks: $(( $(looks) - before ))"
sleep 36
systemctl stop bench-time-server.service; ip address delete 169.254.169.123/32 dev lo; chronyc reset sources > /dev/null
systemctl --no-block restart scylla-server.service
sleep 3; held
sleep 5; held
wrong 1
systemctl start bench-time-server.service; chronyc burst 4/4 > /dev/null
until_is scylla-server.service active
systemctl is-active scylla-server.service
wrong 0
"#;

#[test]
fn later_starts_are_held_and_judged_again() {
    let container = Container::of(Release::Debian13);
    container.configure("[gate]\ntimeout = 5\nat_timeout = \"hold\"\n");
    container.drop_in("scylla-server.service", "[Unit]\nStartLimitIntervalSec=0\n");
    let evidence = container.boot_while(LATER, Duration::from_secs(200), |_| ());
    let wanted = "report: 0\nlooks: 7\nheld: 0\nheld: 1\nreport: 1\nactive\nreport: 0\n";
    assert_eq!(evidence.look(), wanted, "{}", evidence.timeline());
    assert!(!evidence.said("Start request repeated too quickly"), "{}", evidence.timeline());
}

/// No link and no file has the instance's name: nothing tells of it but a line of a target.
#[test]
fn an_instance_that_only_another_unit_names_has_the_bound() {
    let container = Container::of(Release::Debian13);
    container
        .write("etc/systemd/system/cockroach@.service", "[Service]\nExecStart=/usr/bin/sleep infinity\n");
    container.write(
        "etc/systemd/system/dbs.target",
        "[Unit]\nWants=cockroach@w.service\n[Install]\nWantedBy=multi-user.target\n",
    );
    run(container.chroot("systemctl").args(["enable", "dbs.target"]));
    let evidence = container.boot();
    let bound =
        evidence.first(|entry| entry.says("the clock is right after") && entry.says(", wanted 0.4 s"));
    let began = evidence.started("cockroach@w.service").map(|(at, _)| at).expect("it starts");
    assert!(bound.is_some_and(|bound| bound.at() <= began), "{began}\n{}", evidence.timeline());
}

/// The operator has said both: no chrony-wait, and how right the clock must be.
#[test]
fn a_bound_is_waited_for_though_chrony_wait_is_masked() {
    let container = Container::of(Release::Debian13);
    container.configure("[gate]\nmax_error = 0.5\n");
    run(container.chroot("systemctl").args(["mask", "chrony-wait.service"]));
    let evidence = container.boot();
    let bound =
        evidence.first(|entry| entry.says("the clock is right after") && entry.says(", wanted 0.5 s"));
    let began = evidence.started("scylla-server.service").map(|(at, _)| at).expect("it starts");
    assert!(bound.is_some_and(|bound| bound.at() <= began), "{began}\n{}", evidence.timeline());
    assert_eq!(evidence.failed_units(), [""; 0], "{}", evidence.timeline());
}
