//! What the units may do.

use super::*;

/// Of ten. The agent gives files to their owners; the checks open PTP clocks, look at chronyd's process and ask it as its user.
#[test]
fn the_agents_exposure_is_2_0_and_that_of_the_checks_2_4() {
    if !has("systemd-analyze") {
        return;
    }
    for unit in ALL.into_iter().chain([WAIT, VMCLOCK]) {
        let threshold = match unit {
            VMCLOCK => 16,
            unit if AGENTS.contains(&unit) => 20,
            _ => 24,
        };
        let output = output(
            Command::new("systemd-analyze")
                .args(["security", "--no-pager", "--offline=true"])
                .arg(format!("--threshold={threshold}"))
                .arg(sources().join(unit)),
        );
        assert!(output.status.success(), "{unit}: {}", said(&output));
    }
}

/// SELinux's policy of RHEL and Fedora lets chronyd answer chronyc_t alone, which nothing enters without new privileges but what PID 1
/// starts itself (chronyd.te, unconfined.te).
#[test]
fn who_asks_chronyd_may_enter_chronycs_domain() {
    for unit in [VERIFY, WAIT, VMCLOCK, "cloud-timesync-resolve.service"] {
        assert_eq!(words(unit, "Service", "NoNewPrivileges"), [""; 0], "{unit}");
    }
}

#[test]
fn nothing_but_imds_can_be_reached() {
    for unit in AGENTS {
        assert_eq!(words(unit, "Service", "IPAddressDeny"), ["any"], "{unit}");
        assert_eq!(
            words(unit, "Service", "IPAddressAllow"),
            ["169.254.169.254", "fd00:ec2::254", "fd00:c1::a9fe:a9fe"],
            "{unit}"
        );
    }
}

#[test]
fn the_agents_units_run_the_same_thing_in_the_same_sandbox() {
    let service = |unit| {
        let mut lines = section(unit, "Service");
        // Nobody waits for the late ones, and the database may be starting beside them.
        let own = ["RemainAfterExit", "ExecStartPost", "StartupCPUWeight", "TimeoutStartSec"];
        lines.retain(|(key, _)| !own.contains(&key.as_str()));
        lines
    };
    for unit in LATE {
        assert_eq!(service(unit), service(BOOT), "{unit}");
    }
}

/// What a service says, in order, each line once.
fn lines(unit: &str) -> Vec<String> {
    let mut lines: Vec<_> = section(unit, "Service").into_iter().collect();
    lines.sort();
    lines.dedup();
    lines.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}

fn only_in(these: &[String], those: &[String]) -> Vec<String> {
    these.iter().filter(|line| !those.contains(line)).cloned().collect()
}

#[test]
fn the_checks_run_in_the_agents_sandbox_and_write_less() {
    let (agent, checks) = (lines(BOOT), lines(VERIFY));
    assert_eq!(
        only_in(&checks, &agent),
        [
            "CapabilityBoundingSet=CAP_SETUID CAP_SETGID",
            "DeviceAllow=char-ptp r",
            "ExecStart=/usr/bin/cloud-timesync verify --boot",
            "IPAddressAllow=169.254.169.254 fd00:ec2::254 fd00:c1::a9fe:a9fe localhost",
            "ReadWritePaths=-/run/chrony",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
            "RuntimeMaxSec=300",
            "SystemCallFilter=@setuid",
            "TimeoutStartSec=90",
            "Type=exec",
        ]
    );
    assert_eq!(
        only_in(&agent, &checks),
        [
            "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE",
            "ExecStart=/usr/bin/cloud-timesync apply",
            "IPAddressAllow=169.254.169.254 fd00:ec2::254 fd00:c1::a9fe:a9fe",
            "InaccessiblePaths=-/dev/shm -/dev/hugepages",
            "NoNewPrivileges=yes",
            "PrivateDevices=yes",
            "ProtectProc=invisible",
            "ReadOnlyPaths=/run",
            "ReadWritePaths=/etc",
            "RemainAfterExit=yes",
            "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6",
            "StartupCPUWeight=10000",
            "StateDirectory=cloud-timesync",
            "SystemCallFilter=@chown",
            "TimeoutStartSec=240",
            "Type=oneshot",
        ]
    );
}

#[test]
fn the_hold_runs_in_the_sandbox_of_the_checks() {
    let lines = |unit| {
        let mut lines = section(unit, "Service");
        let own =
            ["Type", "ExecStart", "TimeoutStartSec", "RuntimeMaxSec", "SuccessExitStatus", "OOMScoreAdjust"];
        lines.retain(|(key, _)| !own.contains(&key.as_str()));
        lines
    };
    assert_eq!(lines(WAIT), lines(VERIFY));
}

#[test]
fn who_waits_for_a_migration_can_do_less_than_the_checks() {
    let (checks, vmclock) = (lines(VERIFY), lines(VMCLOCK));
    assert_eq!(
        only_in(&vmclock, &checks),
        [
            "DeviceAllow=/dev/vmclock0 r",
            "ExecStart=/usr/bin/cloud-timesync vmclock",
            "PrivateNetwork=yes",
            "Restart=on-abnormal",
            "RestartSec=1",
            "RestrictAddressFamilies=AF_UNIX",
        ]
    );
    assert_eq!(
        only_in(&checks, &vmclock),
        [
            "DeviceAllow=char-ptp r",
            "ExecStart=/usr/bin/cloud-timesync verify --boot",
            "IPAddressAllow=169.254.169.254 fd00:ec2::254 fd00:c1::a9fe:a9fe localhost",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
            "RuntimeDirectory=cloud-timesync",
            "RuntimeDirectoryMode=0755",
            "RuntimeDirectoryPreserve=yes",
            "RuntimeMaxSec=300",
            "TimeoutStartSec=90",
        ]
    );
}
