//! The gate as an operator configures it: a second database. A hold is in tests/containers/hold.rs.

use super::*;

const ETCD: &str = "etcd.service";
const CONFIG: &str = "etc/cloud-timesync/config.toml";

#[test]
#[ignore = "make test-all"]
fn a_configured_second_database_starts_only_after_the_sync() {
    let disk = Disk::twisted(Release::Debian13Etcd, |root| {
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
    let began = evidence.first(|entry| entry.is_about(unit) && entry.says("Starting"));
    let began = began.map(|entry| entry.at());
    evidence.start_of("chrony-wait.service").zip(began).is_some_and(|(ended, began)| ended.at() <= began)
}
