//! The units that hold a database.

use cloud_timesync::database::named_units;
use cloud_timesync::decide::Awaited;

use super::ordering::NETWORK_STAGES;
use super::*;

#[test]
fn the_own_wait_needs_nothing_and_has_no_end() {
    let after = ["cloud-timesync.service", "chrony-wait.service", "chrony.service", "chronyd.service"];
    assert_eq!(words(WAIT, "Unit", "After"), after);
    // A chain of these from chronyd would stop a database with it.
    for key in ["Before", "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "Upholds"] {
        assert_eq!(words(WAIT, "Unit", key), [""; 0], "{key}=");
    }
    assert_eq!(section(WAIT, "Install"), []);
    assert_eq!(words(WAIT, "Service", "Type"), ["oneshot"], "the database would not wait for its end");
    assert_eq!(words(WAIT, "Service", "TimeoutStartSec"), ["infinity"]);
    assert_eq!(words(WAIT, "Service", "RemainAfterExit"), [""; 0], "later starts would not look again");
}

#[test]
fn the_gate_is_in_every_boot_and_holds_every_known_database() {
    let databases: Vec<&str> = named_units().collect();
    assert_eq!(words(GATE, "Unit", "Before"), databases);
    assert_eq!(words(GATE, "Unit", "After"), [BOOT, "chrony-wait.service", WAIT]);
    assert_eq!(words(GATE, "Unit", "Wants"), ["chrony-wait.service", WAIT, "time-sync.target"]);
    // A failure of the wait is no failure of the gate.
    for key in ["Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "Upholds"] {
        assert_eq!(words(GATE, "Unit", key), [""; 0], "{key}=");
    }
    assert!(words(BOOT, "Unit", "Wants").iter().any(|unit| unit == GATE), "no more: it would hold the agent");
    assert_eq!(section(GATE, "Install"), [], "undo disables the agent, and the gate with it");
}

#[test]
fn a_held_boot_has_no_ordering_cycle() {
    if !has("systemd-analyze") {
        return;
    }
    let tree = Units::with_neighbours(NETWORK_STAGES[2]);
    let folder = tree.path("etc/systemd/system/scylla-server.service.d");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("10-time-sync.conf"),
        cloud_timesync::render::gate("scylla-server.service", Awaited::Right(None)),
    )
    .unwrap();
    tree.add_service("influxdb.service", "After=network.target");
    let folder = tree.path("etc/systemd/system/influxdb.service.d");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("10-time-sync.conf"),
        cloud_timesync::render::gate("influxdb.service", Awaited::Right(None)),
    )
    .unwrap();
    let output = tree.verify(&["multi-user.target"]);
    assert!(!said(&output).contains("cycle"), "{}", said(&output));
}

#[test]
fn the_reload_comes_after_chronyd_and_holds_nothing() {
    assert_eq!(words(RELOAD, "Unit", "After"), [BOOT, "chrony.service", "chronyd.service"]);
    for key in ["Before", "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "Upholds"] {
        assert_eq!(words(RELOAD, "Unit", key), [""; 0], "{key}=");
    }
    assert_eq!(section(RELOAD, "Install"), []);
    assert_eq!(
        words(RELOAD, "Service", "ExecStart")[0],
        "-/bin/systemctl",
        "one that is refused fails no boot"
    );
}
