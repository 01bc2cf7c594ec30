//! What the units are ordered after and before.

use super::*;

#[test]
fn the_boot_has_no_ordering_cycle_with_cloud_init_and_the_database() {
    let tree = Tree::with_neighbours();
    let output = tree.verify(&["multi-user.target"]);
    assert!(!everything_said_by(&output).contains("cycle"), "{}", everything_said_by(&output));

    // The same machine shows the cycle when there is one: otherwise the lines above prove nothing.
    let drop_in = tree.path("etc/systemd/system/cloud-timesync.service.d");
    fs::create_dir_all(&drop_in).unwrap();
    fs::write(drop_in.join("late.conf"), "[Unit]\nAfter=cloud-final.service\n").unwrap();
    let output = tree.verify(&["multi-user.target"]);
    assert!(everything_said_by(&output).contains("ordering cycle"), "{}", everything_said_by(&output));
}

#[test]
fn the_agent_comes_before_whatever_reads_what_it_writes() {
    let before = words(BOOT, "Unit", "Before");
    for reader in [
        "chrony.service",
        "chronyd.service",
        "chronyd-restricted.service",
        "chrony-wait.service",
        "cloud-config.service",
        "scylla-server.service",
    ] {
        assert!(before.iter().any(|unit| unit == reader), "{reader} is not in Before={before:?}");
    }
}

#[test]
fn no_unit_comes_after_the_end_of_the_boot() {
    for unit in ALL {
        for late in ["cloud-final.service", "cloud-init.target", "multi-user.target", "graphical.target"] {
            for key in ["After", "Requires", "Wants", "BindsTo"] {
                assert!(!words(unit, "Unit", key).iter().any(|word| word == late), "{unit}: {key}={late}");
            }
        }
        assert_eq!(words(unit, "Unit", "DefaultDependencies"), [""; 0], "{unit}");
    }
}

#[test]
fn the_agent_that_boots_waits_for_no_network() {
    for key in ["After", "Wants", "Requires"] {
        assert!(!words(BOOT, "Unit", key).iter().any(|word| word.starts_with("network")), "{key}=");
    }
}

#[test]
fn late_units_hold_nothing_and_are_enabled_by_nothing() {
    for unit in LATE {
        for key in ["Before", "Requires", "BindsTo", "Conflicts", "PartOf"] {
            assert_eq!(words(unit, "Unit", key), [""; 0], "{unit}: {key}=");
        }
        assert_eq!(words(unit, "Unit", "After")[0], BOOT, "{unit}");
        assert_eq!(section(unit, "Install"), [], "{unit}");
        assert_eq!(
            words(unit, "Service", "RemainAfterExit"),
            [""; 0],
            "{unit} could be started only once in a boot"
        );
    }
}

#[test]
fn the_checks_come_last_and_hold_nothing() {
    assert_eq!(words(BOOT, "Unit", "Wants"), [VERIFY], "nothing runs the checks");
    for key in ["Before", "Requires", "BindsTo", "Conflicts", "PartOf", "Wants"] {
        assert_eq!(words(VERIFY, "Unit", key), [""; 0], "{key}=");
    }
    assert_eq!(words(VERIFY, "Unit", "After"), [BOOT, "chrony-wait.service", "scylla-server.service"]);
    assert_eq!(section(VERIFY, "Install"), [], "the target that wants it would wait for it");
    assert_eq!(words(VERIFY, "Service", "Type"), ["exec"], "its start job would last as long as the checks");
}
