//! The gate as an operator configures it: a second database, and a hold that lasts until the clock is right.

use super::*;

const SCYLLA: &str = "scylla-server.service";
const ETCD: &str = "etcd.service";
const HOLD: &str = "cloud-timesync-hold.service";
const CONFIG: &str = "etc/cloud-timesync/config.toml";

#[test]
#[ignore = "make test-all"]
fn a_configured_second_database_starts_only_after_the_sync() {
    let disk = Disk::twisted(Release::Debian13Etcd, Agent::Package, |root| {
        write(root, CONFIG, "[gate]\nunits = [\"etcd.service\"]\n");
    });
    // In its first boot nothing orders etcd after the agent yet: it waits, or has started and that is said.
    let first = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_gated(&first);
    let told = first.agent().into_iter().any(|entry| entry.says("etcd.service had started before its gate"));
    assert!(told != waited_for(&first, ETCD), "told: {told}\n{}", first.timeline());
    assert_eq!(first.starts_of(ETCD), 1, "it was restarted\n{}", first.timeline());
    assert_eq!(first.property(ETCD, "ActiveState"), "active");

    let second = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_gated(&second);
    assert!(waited_for(&second, ETCD), "{}", second.timeline());
    assert_eq!(second.property(ETCD, "ActiveState"), "active", "{}", second.timeline());
    assert_eq!(second.reloads(), 0, "{}", second.timeline());
}

/// It began when chrony-wait had ended.
fn waited_for(evidence: &Evidence, unit: &str) -> bool {
    let began = evidence.journal.first(|entry| entry.is_about(unit) && entry.says("Starting"));
    let began = began.map(|entry| entry.at());
    evidence.wait_ended().zip(began).is_some_and(|(ended, began)| ended.at() <= began)
}

/// Nobody has the time; then chronyd is restarted and killed; then somebody has it; then chronyd is restarted again.
const HELD: &str = r#"
is() { echo "$1: $(systemctl is-active "$1")"; }
until_is() { for try in $(seq 150); do [ "$(systemctl is-active "$1")" = "$2" ] && break; sleep 1; done; }
until_is cloud-timesync-hold.service activating
for try in $(seq 90); do [ -s /run/cloud-timesync/report.json ] && break; sleep 1; done
echo begin; is cloud-timesync-hold.service; is scylla-server.service; is systemd-user-sessions.service
cloud-timesync status --json > /tmp/status; grep -o '"held":true' /tmp/status
grep -o '"verdict":"wrong"' /run/cloud-timesync/report.json | head -n 1
systemctl restart chrony.service; sleep 10
echo restarted; is cloud-timesync-hold.service; is scylla-server.service
systemctl kill --signal=KILL chrony.service; sleep 10
echo killed; is chrony.service; is cloud-timesync-hold.service; is scylla-server.service
systemctl start chrony.service
echo > /dev/udp/169.254.169.123/9
until_is scylla-server.service active
echo called; is scylla-server.service
pid="$(systemctl show --property=MainPID --value scylla-server.service)"
systemctl restart chrony.service; sleep 15
echo again; is chrony.service; is scylla-server.service
[ "$pid" = "$(systemctl show --property=MainPID --value scylla-server.service)" ] && echo the same process
for try in $(seq 60); do
    cloud-timesync verify --json > /tmp/verified && break
    sleep 2
done
cloud-timesync verify | grep -v ^right
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
chrony.service: failed
cloud-timesync-hold.service: activating
scylla-server.service: inactive
called
scylla-server.service: active
again
chrony.service: active
scylla-server.service: active
the same process
";

#[test]
fn a_boot_on_hold_lasts_until_a_time_source_comes() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        write(root, CONFIG, "[gate]\ntimeout = 20\nat_timeout = \"hold\"\n");
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws().asleep()).unsettled().look(HELD).run();
    let told = evidence.look();
    assert!(told.starts_with(HELD_SAYS), "{told}\n{}", evidence.timeline());
    let gave_up = evidence.wait_ended().map(|entry| entry.field("JOB_RESULT"));
    assert_eq!(gave_up, Some("failed"), "{}", evidence.timeline());
    let begun = |text| evidence.agent().into_iter().any(|entry| entry.says(text));
    assert!(begun("the database is held until the clock is right"), "nobody says why it does not start");
    assert!(begun("the clock is right after"), "nobody says that it is over");
    let ended = evidence.journal.first(|entry| entry.ends_start_of(HOLD)).map(|entry| entry.at());
    let started = evidence.database_started().map(|entry| entry.at());
    assert!(ended.zip(started).is_some_and(|(ended, started)| ended <= started), "{}", evidence.timeline());
    let error = evidence.clock_error_at_start();
    assert!(error.is_some_and(|error| error.abs() < 0.5), "{error:?}\n{}", evidence.timeline());
    assert_eq!(evidence.starts_of(SCYLLA), 1, "{}", evidence.timeline());
    assert_sound(&evidence);
}
