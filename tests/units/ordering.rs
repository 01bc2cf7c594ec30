//! What the units are ordered after and before.

use cloud_timesync::database::named_units;
use cloud_timesync::names::{AWAITS_CLOCK, UNDONE};

use super::*;

/// Of cloud-init's systemd/cloud-init-network.service.tmpl, as it is rendered for Debian, for Fedora and for RHEL.
pub(super) const NETWORK_STAGES: [&str; 3] = [
    "DefaultDependencies=no\nAfter=cloud-init-local.service networking.service\n\
     Before=network-online.target sysinit.target chronyd.service",
    "DefaultDependencies=no\nAfter=cloud-init-local.service NetworkManager-wait-online.service\nBefore=network-online.target",
    "After=cloud-init-local.service NetworkManager-wait-online.service\nBefore=network-online.target",
];

#[test]
fn the_boot_has_no_ordering_cycle_with_cloud_init() {
    if !has("systemd-analyze") {
        return;
    }
    for network_stage in NETWORK_STAGES {
        let tree = Units::with_neighbours(network_stage);
        tree.pull_in(RESOLVE, "network-online.target");
        let output = tree.verify(&["multi-user.target"]);
        assert!(!said(&output).contains("cycle"), "{network_stage}: {}", said(&output));

        // The same machine shows the cycle when there is one: otherwise the lines above prove nothing.
        let drop_in = tree.path("etc/systemd/system/cloud-timesync.service.d");
        fs::create_dir_all(&drop_in).unwrap();
        fs::write(drop_in.join("late.conf"), "[Unit]\nAfter=cloud-final.service\n").unwrap();
        let output = tree.verify(&["multi-user.target"]);
        assert!(said(&output).contains("ordering cycle"), "{}", said(&output));
    }
}

#[test]
fn user_data_is_awaited_in_its_stage_and_for_a_minute() {
    assert_eq!(words(USER_DATA, "Unit", "After"), ["cloud-init.service", "cloud-init-network.service"]);
    assert_eq!(words(USER_DATA, "Unit", "JobTimeoutSec"), ["60"]);
    for key in ["Wants", "Requires", "BindsTo"] {
        assert_eq!(
            words(USER_DATA, "Unit", key),
            [""; 0],
            "{key}= would start cloud-init where it is not enabled"
        );
    }
    assert!(words(BOOT, "Unit", "After").iter().any(|unit| unit == USER_DATA));
    assert!(words(BOOT, "Unit", "Wants").iter().any(|unit| unit == USER_DATA), "no more: its job may fail");
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
    ]
    .into_iter()
    .chain(named_units())
    {
        assert!(before.iter().any(|unit| unit == reader), "{reader} is not in Before={before:?}");
    }
}

/// Named by a unit that is up, they stay in PID 1's memory: tests/containers sees them there.
#[test]
fn the_agent_names_the_units_that_it_asks_about() {
    let before = words(BOOT, "Unit", "Before");
    for unit in [LATE[1], LATE[2], WAIT] {
        assert!(before.iter().any(|word| word == unit), "{unit} is not in Before={before:?}");
        assert!(
            words(unit, "Unit", "After").iter().any(|word| word == BOOT),
            "{unit} is ordered after it anyway"
        );
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

/// It would start units that nothing else asks for, and one of them may fail.
#[test]
fn no_unit_asks_for_the_network() {
    for unit in ALL.into_iter().chain(OTHERS) {
        for key in ["Wants", "Requires", "BindsTo", "Upholds"] {
            assert!(
                !words(unit, "Unit", key).iter().any(|word| word.starts_with("network")),
                "{unit}: {key}="
            );
        }
    }
}

#[test]
fn names_are_looked_up_again_when_the_network_is_up() {
    assert_eq!(
        words(RESOLVE, "Unit", "After"),
        ["network-online.target", "chrony.service", "chronyd.service"],
    );
    for key in ["Before", "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "Upholds"] {
        assert_eq!(words(RESOLVE, "Unit", key), [""; 0], "{key}=");
    }
    assert_eq!(section(RESOLVE, "Install"), [], "the target that is named here would be asked for");
    assert_eq!(
        words(RESOLVE, "Service", "ExecStart"),
        ["-/usr/bin/cloud-timesync", "chronyc", "online", "255.255.255.255"]
    );
}

#[test]
fn late_units_hold_nothing_and_are_enabled_by_nothing() {
    for unit in LATE {
        for key in ["Before", "Requires", "BindsTo", "Conflicts", "PartOf"] {
            assert_eq!(words(unit, "Unit", key), [""; 0], "{unit}: {key}=");
        }
        assert_eq!(words(unit, "Unit", "After")[..2], [BOOT, RELOAD], "{unit}");
        assert_eq!(section(unit, "Install"), [], "{unit}");
    }
    let remains = LATE.map(|unit| words(unit, "Service", "RemainAfterExit"));
    assert_eq!(remains[0], [""; 0], "a second clock would not be adopted");
    assert_eq!(remains[1..], [["yes"], ["yes"]], "nobody would know that it has run");
}

#[test]
fn a_late_clock_is_adopted_only_after_the_agent_has_given_up() {
    assert_eq!(words(LATE[0], "Unit", "ConditionPathExists"), [AWAITS_CLOCK]);
    // systemd asks a condition when the unit's turn has come, which is after these.
    assert_eq!(words(LATE[0], "Unit", "After"), [BOOT, RELOAD]);
}

#[test]
fn a_late_change_asks_for_a_new_verdict_without_awaiting_it() {
    for unit in LATE {
        let asks = words(unit, "Service", "ExecStartPost");
        assert_eq!(asks, ["-/bin/systemctl", "--no-block", "restart", VERIFY], "{unit}");
    }
}

#[test]
fn the_checks_come_last_and_hold_nothing() {
    assert_eq!(words(BOOT, "Unit", "Wants"), [USER_DATA, GATE, VERIFY], "nothing runs the checks");
    for key in ["Before", "Requires", "BindsTo", "Conflicts", "PartOf", "Wants"] {
        assert_eq!(words(VERIFY, "Unit", key), [""; 0], "{key}=");
    }
    let databases = named_units();
    let wanted: Vec<&str> =
        [BOOT, "chrony-wait.service", WAIT].into_iter().chain(databases).chain([RELOAD, LATE[0]]).collect();
    assert_eq!(words(VERIFY, "Unit", "After"), wanted);
    assert_eq!(section(VERIFY, "Install"), [], "the target that wants it would wait for it");
    assert_eq!(words(VERIFY, "Service", "Type"), ["exec"], "its start job would last as long as the checks");
}

/// The gate's Wants= would pull in both of them.
#[test]
fn nothing_is_waited_for_in_a_container() {
    for unit in ALL.into_iter().chain([WAIT, RELOAD, RESOLVE, "chrony-wait.conf"]) {
        assert_eq!(words(unit, "Unit", "ConditionVirtualization"), ["!container"], "{unit}");
    }
}

#[test]
fn who_waits_for_a_migration_holds_nothing() {
    for key in ["Before", "Wants", "Requires", "BindsTo", "PartOf"] {
        assert_eq!(words(VMCLOCK, "Unit", key), [""; 0], "{key}=");
    }
    assert_eq!(words(VMCLOCK, "Unit", "After"), [BOOT]);
    assert_eq!(section(VMCLOCK, "Install"), []);
    let conditions = words(VMCLOCK, "Unit", "ConditionPathExists");
    assert_eq!(conditions, [UNDONE.rsplit_once('/').unwrap().0, &format!("!{UNDONE}")]);
    let rule = fs::read_to_string(sources().join("85-cloud-timesync-vmclock.rules")).unwrap();
    assert!(
        rule.contains(&format!(r#"KERNEL=="vmclock0", TAG+="systemd", ENV{{SYSTEMD_WANTS}}+="{VMCLOCK}""#))
    );
}
