//! A chronyd that is not there, dies, or finds no time: the database is held as long as the gate says, and no longer.

use super::*;

/// The gate's timeout in these tests, in seconds; 180 unless one is configured.
const TIMEOUT_S: f64 = 8.0;
/// What starting a unit may take here, beside that.
const SLACK_S: f64 = 30.0;

const LOOK: &str = "cloud-timesync status";

fn short_gate(container: &Container, more: &str) {
    container.configure(&format!("[gate]\ntimeout = {TIMEOUT_S}\n{more}"));
}

/// A time server with these settings in place of one that is its own reference.
fn time_server(container: &Container, settings: &str) {
    container.drop_in(
        "bench-time-server.service",
        &format!(
            "[Service]\nExecStart=\nExecStart=chronyd -x -d -u root \"allow\" \"cmdport 0\" \"bindcmdaddress /\" \
             \"pidfile /run/bench-time-server.pid\" {settings}\n"
        ),
    );
}

/// The database started when chrony-wait had given up, and that was in time.
fn assert_held_until_the_bound(evidence: &Evidence) {
    let started = |unit| evidence.started(unit).unwrap_or_else(|| panic!("{unit}\n{}", evidence.timeline()));
    let (chronyd, _) = started("chrony.service");
    let (gave_up, result) = started("chrony-wait.service");
    let (database, _) = started("scylla-server.service");
    let held = database - chronyd;
    assert!(
        result != "done" && gave_up <= database && (TIMEOUT_S..TIMEOUT_S + SLACK_S).contains(&held),
        "chrony-wait: {result} at {gave_up:.1} s; the database was held for {held:.1} s\n{}",
        evidence.timeline()
    );
}

#[test]
fn a_masked_chronyd_is_said_and_holds_no_database() {
    let container = Container::of(Release::Debian13);
    run(container.chroot("systemctl").args(["mask", "chrony.service"]));
    let evidence = container.boot();
    let (agent, _) = evidence.started("cloud-timesync.service").expect("the agent");
    let (database, _) = evidence.started("scylla-server.service").expect("the database");
    assert!(database - agent < SLACK_S, "{}", evidence.timeline());
    assert!(evidence.said("chrony.service is masked: `systemctl unmask chrony.service` gives it back"));
    assert_eq!(evidence.found("chrony-enabled"), ("wrong".to_owned(), "chrony.service is masked".to_owned()));
    assert_eq!(evidence.found("database-waited").0, "wrong", "{}", evidence.timeline());
}

#[test]
fn a_chronyd_that_dies_holds_the_database_until_the_bound() {
    let container = Container::of(Release::Debian12);
    short_gate(&container, "");
    // The package's has fifteen.
    container.drop_in("chrony.service", "[Unit]\nStartLimitBurst=7\n");
    container.drop_in(
        "chrony-wait.service",
        "[Service]\nExecStartPre=+systemctl kill --signal=KILL chrony.service\n",
    );
    let evidence = container.boot_looking(LOOK);
    assert_held_until_the_bound(&evidence);
    assert_eq!(evidence.found("chrony-running"), ("wrong".to_owned(), "chrony.service is failed".to_owned()));
    assert!(
        evidence.look().contains("chronyd does not run: chrony.service is failed"),
        "{}",
        evidence.look()
    );
}

/// Nothing listens where the cloud's server should be.
#[test]
fn a_silent_server_holds_the_database_until_the_bound() {
    let container = Container::of(Release::Debian13);
    short_gate(&container, "");
    container.drop_in("bench-time-server.service", "[Service]\nExecStart=\nExecStart=sleep infinity\n");
    let evidence = container.boot();
    assert_held_until_the_bound(&evidence);
    assert_eq!(evidence.failed_units(), ["chrony-wait.service", "cloud-timesync-wait.service"]);
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_eq!(evidence.text("jobs"), "", "{}", evidence.timeline());
}

/// A server that has no time itself answers with stratum 0 or 16.
#[test]
fn a_server_without_time_holds_the_database_until_the_bound() {
    let container = Container::of(Release::Debian13);
    short_gate(&container, "");
    time_server(&container, "\"bindaddress 169.254.169.123\"");
    let evidence = container.boot_looking(LOOK);
    assert_held_until_the_bound(&evidence);
    assert_eq!(evidence.found("reference"), ("wrong".to_owned(), "none is selected".to_owned()));
    assert!(evidence.look().contains("Clock     not synchronised"), "{}", evidence.look());
}

#[test]
fn servers_that_disagree_hold_the_database_until_the_bound() {
    let container = Container::of(Release::Debian12);
    let wrong = "[[source]]\nserver = \"127.0.0.1\"\noptions = \"iburst offset 5\"\n\
                 scale = \"smeared\"\nbeside = true\n";
    short_gate(&container, wrong);
    time_server(&container, "\"local stratum 3\"");
    let evidence = container.boot_looking(LOOK);
    assert_held_until_the_bound(&evidence);
    assert_eq!(evidence.found("sources-agree").0, "wrong", "{}", evidence.timeline());
    let look = evidence.look();
    assert_eq!(look.matches("the sources disagree, and none").count(), 2, "{look}");
}

const MADE_UP_FOR: &str = r#"
run() { systemctl show --property InvocationID --value chrony.service; }
wait_for() { for _ in $(seq 150); do if "$@"; then return; fi; sleep 0.2; done; echo "not within 30 s: $*"; }
is_another() { systemctl is-active --quiet chrony.service && [ "$(run)" != "$before" ]; }
before="$(run)"
touch /run/cloud-timesync/restart-owed
cloud-timesync apply; wait_for is_another && echo "restarted once"
ls /run/cloud-timesync/restart-owed
wait_for systemctl is-active --quiet chrony-wait.service
before="$(run)"
cloud-timesync apply 2>&1 | grep -o "^nothing to do"; is_another || echo "and not again"
systemctl kill --signal=KILL chrony.service; wait_for systemctl is-failed --quiet chrony.service
systemctl is-active chrony-wait.service
cloud-timesync apply; wait_for is_another && echo "started again"
"#;

/// A run that ended between the new chrony.conf and the restart; and Requires= does not end a oneshot that remains.
#[test]
fn the_next_run_restarts_a_chronyd_that_died_or_was_owed_it() {
    let container = Container::of(Release::Debian13);
    // An operator's drop-in outranks the package's.
    container.drop_in("chrony.service", "[Service]\nRestart=no\n");
    let evidence = container.boot_looking(MADE_UP_FOR);
    let told = evidence.look();
    let mut lines = told.lines();
    let wanted =
        ["restarted once", "ls: cannot access", "nothing to do", "and not again", "active", "started again"];
    for wanted in wanted {
        assert!(lines.any(|line| line.starts_with(wanted)), "{wanted}: {told}\n{}", evidence.timeline());
    }
    assert!(!told.contains("not within 30 s"), "{told}");
}

/// A name that could not be looked up when chronyd started, and a source that its operator keeps offline.
const SOURCES: &str = "server 169.254.169.123 iburst\nserver late.example iburst\nserver 169.254.10.3 offline\n\
                       driftfile /var/lib/chrony/drift\n";
const LOOK_UP: &str = "chronyc activity; echo 169.254.10.2 late.example >> /etc/hosts
systemctl start cloud-timesync-resolve.service; sleep 1; chronyc activity";

#[test]
fn names_are_looked_up_and_an_offline_source_stays_so() {
    let container = Container::of(Release::Debian13);
    container.configure("chrony_conf = \"keep\"\n");
    container.write("etc/chrony/chrony.conf", SOURCES);
    container.drop_in("cloud-timesync-resolve.service", "[Unit]\nConditionVirtualization=\n");
    let told = container.boot_looking(LOOK_UP).look();
    let lines = |text: &str| told.lines().filter(|line| *line == text).count();
    assert_eq!(lines("1 sources offline"), 2, "before and after: {told}");
    assert_eq!(
        (lines("1 sources with unknown address"), lines("0 sources with unknown address")),
        (1, 1),
        "{told}"
    );
}
