//! What the units and the agent ask of systemd, and since which version it gives that. RHEL 8 has 239, Debian 11 has 247 and
//! Ubuntu 22.04 has 249.

use super::*;

const OLDEST: u32 = 239;

/// The keys by the version that the manual pages of systemd 262 say ("Added in version"); 0 is older than what they record. A
/// value that is newer than its key stands with it.
const KEYS: [(u32, &str); 26] = [
    (
        0,
        "CapabilityBoundingSet ConditionPathExists ConditionVirtualization ExecStart ExecStartPost OOMScoreAdjust",
    ),
    (0, "PrivateNetwork PrivateTmp RemainAfterExit Restart RestartSec StandardError StandardOutput"),
    (0, "SyslogIdentifier Type UMask"),
    (187, "NoNewPrivileges SystemCallFilter"),
    (188, "TimeoutStartSec TimeoutStopSec"),
    (189, "SuccessExitStatus"),
    (201, "After Before Description Documentation JobTimeoutSec WantedBy Wants"),
    (208, "DeviceAllow DevicePolicy"),
    (209, "PrivateDevices SystemCallArchitectures SystemCallErrorNumber"),
    (211, "RestrictAddressFamilies RuntimeDirectory"),
    (214, "ProtectHome ProtectSystem"),
    (229, "RuntimeMaxSec StartLimitBurst StartLimitIntervalSec"),
    (231, "InaccessiblePaths MemoryDenyWriteExecute ReadOnlyPaths ReadWritePaths RestrictRealtime"),
    (
        232,
        "ProtectControlGroups ProtectKernelModules ProtectKernelTunables ProtectSystem=strict StartupCPUWeight",
    ),
    (233, "BindReadOnlyPaths RestrictNamespaces"),
    (234, "RuntimeDirectoryMode"),
    (235, "IPAddressAllow IPAddressDeny KeyringMode LockPersonality RuntimeDirectoryPreserve StateDirectory"),
    (235, "SystemCallFilter=@chown SystemCallFilter=@setuid"),
    (239, "PrivateMounts SystemCallFilter=@system-service"),
    (240, "Type=exec"),
    (242, "ProtectHostname"),
    (242, "RestrictSUIDSGID"),
    (244, "ProtectKernelLogs"),
    (245, "ProtectClock"),
    (247, "ProtectProc"),
    (248, "PrivateIPC"),
];

const WALL: &str = "a wall of the sandbox: the others stand, and no run leans on it";

/// Why an older systemd may ignore what it does not know, and say so in the journal.
const IGNORED: [(&str, &str); 7] = [
    ("Type=exec", "the unit is \"simple\" then, and nothing is ordered after one"),
    ("ProtectHostname", WALL),
    ("RestrictSUIDSGID", WALL),
    ("ProtectKernelLogs", WALL),
    ("ProtectClock", WALL),
    ("ProtectProc", WALL),
    ("PrivateIPC", WALL),
];

/// What the agent asks PID 1 over D-Bus: all in src/core/dbus-*.c of 239.
const CALLS: &str = "DisableUnitFiles EnableUnitFiles ListUnitsByNames LoadUnit MaskUnitFiles Reload ResetFailedUnit StartUnit \
                     StopUnit TryRestartUnit \
                     After DropInPaths InactiveExitTimestampMonotonic MainPID NeedDaemonReload TimeoutStartUSec Wants";

fn version_of(key: &str) -> Option<u32> {
    let mut rows = KEYS.iter();
    rows.find(|(_, keys)| keys.split(' ').any(|known| known == key)).map(|(version, _)| *version)
}

/// The keys of all units and drop-ins, and "Key=value" where the table has that.
fn asked_for() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(sources()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if !["service", "target", "conf"].contains(&file.rsplit_once('.').unwrap().1) {
            continue;
        }
        for (key, value) in ["Unit", "Service", "Install"].iter().flat_map(|name| section(&file, name)) {
            let both = format!("{key}={value}");
            found.extend(version_of(&both).map(|_| (file.clone(), both)));
            found.push((file.clone(), key));
        }
    }
    found
}

#[test]
fn what_systemd_239_ignores_of_the_units_does_not_matter() {
    let asked_for = asked_for();
    for (file, key) in &asked_for {
        let version = version_of(key).unwrap_or_else(|| panic!("{key} of {file}: since which systemd?"));
        let is_ignored = IGNORED.iter().any(|(ignored, _)| ignored == key);
        assert_eq!(version > OLDEST, is_ignored, "{key} of {file} came with systemd {version}");
    }
    for key in KEYS.iter().flat_map(|(_, keys)| keys.split(' ')) {
        assert!(asked_for.iter().any(|(_, asked)| asked == key), "no unit has {key}");
    }
}

#[test]
fn nothing_is_ordered_after_a_unit_of_type_exec() {
    let is_exec = |unit: &&str| words(unit, "Service", "Type") == ["exec"];
    let units = || ALL.into_iter().chain(OTHERS);
    for exec in units().filter(is_exec) {
        for unit in units() {
            assert!(
                !words(unit, "Unit", "After").contains(&exec.to_owned()),
                "{unit} is ordered after {exec}"
            );
        }
    }
}

#[test]
fn systemd_239_answers_every_call_of_the_agents() {
    let text = fs::read_to_string(repository().join("src/systemd/bus.rs")).unwrap();
    let calls = text.split("ask(\"").skip(1).chain(text.split(", UNIT, \"").skip(1));
    let mut called: Vec<_> =
        calls.chain(text.split(", SERVICE, \"").skip(1)).filter_map(|rest| rest.split('"').next()).collect();
    called.sort_unstable();
    called.dedup();
    let mut known: Vec<_> = CALLS.split_whitespace().collect();
    known.sort_unstable();
    assert_eq!(called, known);
}
