//! `undo` is final: runs that units start leave what was restored, until a person or an enabled agent says otherwise.

use super::namespaces::booted;
use test_support::{Tree, said};

const CONF: &str = "etc/chrony/chrony.conf";
const UNIT: &str =
    "[Service]\nExecStart=/usr/bin/cloud-timesync apply\n[Install]\nWantedBy=multi-user.target\n";

/// A machine after `apply` and `undo`, on which the script then runs; `as_unit NAME` is a run of that unit's. Nothing of
/// systemd answers there, so none of the runs exits with 0.
fn after_undo(script: &str) -> (bool, String) {
    let tree = Tree::of("aws-debian13");
    tree.put("usr/lib/systemd/system/cloud-timesync.service", UNIT);
    let undone = "as_unit() {
            echo \"0::/system.slice/$1\" > cgroup
            sh -c 'mount --bind cgroup /proc/$$/cgroup; exec /usr/bin/cloud-timesync apply'
        }
        set +e; live apply; live undo; ls run/cloud-timesync; echo ---";
    let output = booted(&tree, &format!("{undone}; {script}"));
    let said = said(&output);
    let is_ours = tree.text(CONF).expect("it is there").starts_with("# Written by cloud-timesync");
    (is_ours, said)
}

#[test]
fn no_unit_takes_back_what_was_undone() {
    for unit in [
        "cloud-timesync-online.service",
        "cloud-timesync-cloud-init.service",
        "cloud-timesync-adopt.service",
        "cloud-timesync.service",
    ] {
        let (is_ours, said) = after_undo(&format!("as_unit {unit}"));
        assert!(!is_ours && said.contains("undone in this boot"), "{unit}: {said}");
    }
}

#[test]
fn a_person_takes_back_what_was_undone() {
    // By hand, which a later unit may then follow; and by a unit that is the person's own.
    for script in [
        "live apply",
        "live apply; rm etc/chrony/chrony.conf; as_unit cloud-timesync-cloud-init.service",
        "as_unit cloud-final.service",
    ] {
        let (is_ours, said) = after_undo(script);
        assert!(is_ours && !said.contains("undone in this boot"), "{script}: {said}");
    }
}

/// After a soft-reboot /run is the old one.
#[test]
fn an_agent_that_is_enabled_again_takes_back_what_was_undone() {
    let enable = "mkdir -p etc/systemd/system/multi-user.target.wants
        ln -s /usr/lib/systemd/system/cloud-timesync.service etc/systemd/system/multi-user.target.wants/";
    let (is_ours, said) = after_undo(&format!("{enable}; as_unit cloud-timesync.service"));
    assert!(is_ours && !said.contains("undone in this boot"), "{said}");
}
