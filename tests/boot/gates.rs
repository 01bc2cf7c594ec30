//! The gate as an operator configures it: a second database. A hold is in tests/containers/hold.rs.

use std::os::unix::fs::symlink;

use super::*;

/// etcd, under a name that is in no table.
const KEYS: &str = "keys.service";
const CONFIG: &str = "etc/cloud-timesync/config.toml";

#[test]
#[ignore = "make test-all"]
fn a_configured_second_database_starts_only_after_the_sync() {
    let disk = Disk::twisted(Release::Debian13Etcd, |root| {
        let units = root.join("usr/lib/systemd/system");
        fs::rename(units.join("etcd.service"), units.join(KEYS)).expect("etcd has a unit");
        let wants = root.join("etc/systemd/system/multi-user.target.wants");
        fs::remove_file(wants.join("etcd.service")).expect("it is enabled");
        symlink(Path::new("/usr/lib/systemd/system").join(KEYS), wants.join(KEYS)).expect("a link");
        // systemd would make an etcd.service of it, which takes the other's ports.
        fs::remove_file(root.join("etc/init.d/etcd")).expect("it has a script");
        write(root, CONFIG, &format!("[gate]\nunits = [\"{KEYS}\"]\n"));
    });
    // In its first boot nothing orders it after the agent yet: it waits, or has started and that is said.
    let first = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_gated(&first);
    let told = first.agent().into_iter().any(|entry| entry.says("keys.service had started before its gate"));
    assert!(told != waited_for(&first, KEYS), "told: {told}\n{}", first.timeline());
    assert_eq!(first.starts_of(KEYS), 1, "it was restarted\n{}", first.timeline());
    assert_eq!(first.property(KEYS, "ActiveState"), "active");

    let second = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_gated(&second);
    assert!(waited_for(&second, KEYS), "{}", second.timeline());
    assert_eq!(second.property(KEYS, "ActiveState"), "active", "{}", second.timeline());
    assert_eq!(second.reloads(), 0, "{}", second.timeline());
}

/// It began when chrony-wait had ended.
fn waited_for(evidence: &Evidence, unit: &str) -> bool {
    let began = evidence.first(|entry| entry.is_about(unit) && entry.says("Starting"));
    let began = began.map(|entry| entry.at());
    evidence.start_of("chrony-wait.service").zip(began).is_some_and(|(ended, began)| ended.at() <= began)
}
