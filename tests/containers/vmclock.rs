//! The unit that waits for a migration, with a page of the test's own: a container has no hypervisor (tests/boot has a guest
//! that is moved). chronyd sets no clock here, so that none was wrong.

use super::*;

/// The page is written over and not anew, as by a hypervisor: no reader finds less of it.
const MIGRATE: &str = r#"
page() { printf 'VCLK\x00\x10\x00\x00\x01\x00\xff\x00\x'$1'\x00\x00\x00\x'$2'%039d' 0 1<> /dev/vmclock0; }
wait_for() {
    local tries=0
    until "$@"; do tries=$((tries + 1)); [ $tries -lt 300 ] || { echo "not within 30 s: $*"; return 1; }; sleep 0.1; done
}
journal() { journalctl -b -o cat "$@"; }
is_reset() { [ "$(journal -u chrony | grep -c "^Reset all sources")" = "$1" ]; }
is_right() { [ "$(journal -t cloud-timesync | grep -c "slow, and right after\|fast, and right after")" = "$1" ]; }
is_said() { journal -t cloud-timesync | grep -q "$1"; }
main() { systemctl show --property MainPID --value cloud-timesync-vmclock.service; }
wakeups() { awk '/^voluntary/ { print $2 }' "/proc/$(main)/status"; }
is_another() { [ "$(main)" -gt "$pid" ]; }
is_told() { grep -q '"moves":\[{' /run/cloud-timesync/report.json; }
has_ended() { ! systemctl is-active --quiet cloud-timesync-vmclock.service; }

page 02 01; systemctl start cloud-timesync-vmclock.service; sleep 1
before="$(wakeups)"; sleep 5; echo "woken $(($(wakeups) - before)) times"
page 03 02; sleep 2; is_reset 0 && echo "nothing while the page is written"
page 04 02; wait_for is_right 1; is_reset 1 && echo "measured anew"
wait_for is_told && echo "reported"
cloud-timesync status | grep -q "^Moved  " && echo "shown"
pid="$(main)"; systemctl kill --signal=KILL cloud-timesync-vmclock.service; wait_for is_another
systemctl is-active --quiet chrony.service scylla-server.service && echo "killed without harm"
sleep 1; page 06 82; wait_for is_right 2; is_reset 2 && echo "measured anew, again"
systemctl stop chrony.service; page 08 83; wait_for is_said "after a migration: .* to daemon$" && echo "said"
printf 'GONE' 1<> /dev/vmclock0; wait_for has_ended
systemctl show --property Result cloud-timesync-vmclock.service
"#;

#[test]
fn a_migration_has_chronyd_measure_anew_and_is_reported() {
    let container = Container::of(Release::Debian13);
    container.drop_in("cloud-timesync-vmclock.service", "[Unit]\nConditionVirtualization=\n");
    let evidence = container.boot_looking(MIGRATE);
    let told = evidence.look();
    let mut lines = told.lines();
    let woken = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    assert!(woken.is_some_and(|woken: u32| woken <= 6), "more than once a second: {told}");
    for wanted in [
        "nothing while the page is written",
        "measured anew",
        "reported",
        "shown",
        "killed without harm",
        "measured anew, again",
        "said",
        // A page that is none of a VMClock fails no unit.
        "Result=success",
    ] {
        assert!(lines.any(|line| line == wanted), "{wanted}: {told}\n{}", evidence.timeline());
    }
    assert!(evidence.said("reading /dev/vmclock0: it does not begin with VCLK"), "{}", evidence.timeline());
}
