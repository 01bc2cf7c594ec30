//! A chronyd that dies, and one that does not start, or not at once: systemd starts it again, by the package's drop-in.

use std::thread;

use super::*;

const KILLED: &str = r#"
pid() { systemctl show --property=MainPID --value "$1"; }
database="$(pid scylla-server.service)"
for kill in $(seq 10); do
    before="$(pid chrony.service)"
    kill -KILL "$before"
    for try in $(seq 50); do
        sleep 0.1
        now="$(pid chrony.service)"
        [ "$now" = 0 ] || [ "$now" = "$before" ] || break
    done
    systemctl is-active chrony.service
done
[ "$database" = "$(pid scylla-server.service)" ] && echo the same database
"#;

/// Within 5 s each time.
#[test]
fn a_chronyd_that_is_killed_ten_times_comes_back() {
    let container = Container::of(Release::Debian12);
    let evidence = container.boot_looking(KILLED);
    assert_eq!(evidence.look(), "active\n".repeat(10) + "the same database\n", "{}", evidence.timeline());
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

/// An operator corrects it while systemd still counts.
const CORRECTED: &str = "
systemctl show --property Result --value chrony.service
echo 'DAEMON_OPTS=\"-x -F 1\"' > /etc/default/chrony
cloud-timesync apply 2>&1 | grep -o 'jobs: .*'
for try in $(seq 50); do systemctl is-active --quiet chrony.service && break; sleep 0.1; done
systemctl is-active chrony.service
";

#[test]
fn a_chronyd_that_cannot_start_is_given_up_until_apply() {
    let container = Container::of(Release::Debian13);
    container.write("etc/default/chrony", "DAEMON_OPTS=\"--no-such-option\"\n");
    let evidence = container.boot_looking(CORRECTED);
    let tries =
        evidence.journal.iter().filter(|entry| entry.is_about("chrony.service") && entry.says("Starting "));
    assert_eq!(tries.count() - 1, 15, "the last one is the operator's\n{}", evidence.timeline());
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
    let look = evidence.look();
    assert!(look.ends_with("\nactive\n") && look.contains("forget that chrony.service failed"), "{look}");
}

/// systemd ends chrony-wait's job with the first start of chronyd, and makes none with the second: the agent's own wait goes on.
#[test]
fn a_chronyd_that_starts_at_the_second_try_is_waited_for() {
    thread::scope(|scope| {
        for release in [Release::Debian12, Release::Debian13] {
            scope.spawn(move || {
                let evidence = second_try(release, |_| ());
                let why = when_the_clock_was_right(&evidence);
                assert_eq!(why, Ok(()), "{}", evidence.timeline());
                assert_eq!(evidence.failed_units(), [""; 0], "{}", evidence.timeline());
                assert_eq!(evidence.report()["verdict"], "right", "{}", evidence.timeline());
            });
        }
    });
}

/// The control.
#[test]
fn a_second_try_without_our_wait_is_seen_to_fail() {
    let evidence = second_try(Release::Debian13, |container| {
        run(container.chroot("systemctl").args(["mask", "cloud-timesync-wait.service"]));
    });
    assert!(when_the_clock_was_right(&evidence).is_err(), "{}", evidence.timeline());
}

/// A first boot in which chronyd's first start fails.
fn second_try(release: Release, twist: impl FnOnce(&Container)) -> Evidence {
    let container = Container::of(release);
    let once = "+/bin/sh -c 'test -e /run/once || { touch /run/once; exit 1; }'";
    container.drop_in("chrony.service", &format!("[Service]\nExecStartPre={once}\n"));
    twist(&container);
    let evidence = container.boot();
    let first = evidence.started("chrony-wait.service").map(|(_, result)| result);
    assert_eq!(first, Some("dependency"), "{}", evidence.timeline());
    evidence
}

/// The database started after a wait that had seen the clock right.
fn when_the_clock_was_right(evidence: &Evidence) -> Result<(), String> {
    let ended = evidence.first(|entry| entry.says("the clock is right after ")).ok_or("no wait saw it")?.at();
    let (started, _) = evidence.started("scylla-server.service").ok_or("the database did not start")?;
    if ended <= started {
        Ok(())
    } else {
        Err(format!("the database at {started}, the wait's end at {ended}"))
    }
}
