//! What systemd/ promises, asked of systemd's own tools where they can tell.
// Reads the unit files and runs systemd's tools; the helpers are tests as much as the tests are.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod deadlines;
mod gate;
mod install;
mod ordering;
mod sandbox;
mod versions;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use test_support::{Tree, has, repository, said};

const BOOT: &str = "cloud-timesync.service";
const LATE: [&str; 3] =
    ["cloud-timesync-adopt.service", "cloud-timesync-online.service", "cloud-timesync-cloud-init.service"];
/// The units that run `apply`.
const AGENTS: [&str; 4] = [BOOT, LATE[0], LATE[1], LATE[2]];
/// The one that runs the checks.
const VERIFY: &str = "cloud-timesync-verify.service";
const ALL: [&str; 5] = [BOOT, LATE[0], LATE[1], LATE[2], VERIFY];
/// The one that gates in every boot.
const GATE: &str = "cloud-timesync-gate.target";
/// The one that has systemd read the drop-ins.
const RELOAD: &str = "cloud-timesync-reload.service";
/// The one that has the wait made anew.
/// The wait behind chrony-wait, which has no end of its own.
const WAIT: &str = "cloud-timesync-wait.service";
/// The one that has names looked up again.
const RESOLVE: &str = "cloud-timesync-resolve.service";
/// The one that sets the clock anew after a migration, and has no end of its own either.
const VMCLOCK: &str = "cloud-timesync-vmclock.service";
/// The one that waits for cloud-init's network stage.
const USER_DATA: &str = "cloud-timesync-user-data.target";
/// Those that do not run the agent's program as it configures or checks.
const OTHERS: [&str; 6] = [WAIT, GATE, RELOAD, RESOLVE, VMCLOCK, USER_DATA];

/// The package's drop-ins, by the units that they are for.
const DROP_INS: [(&str, &str); 3] = [
    ("chrony.service", "chrony.conf"),
    ("chronyd.service", "chrony.conf"),
    ("chrony-wait.service", "chrony-wait.conf"),
];

fn sources() -> PathBuf {
    repository().join("systemd")
}

/// The assignments of one section, comments and blank lines left out, in the order of the file.
fn section(unit: &str, wanted: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(sources().join(unit)).unwrap();
    let mut current = "";
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            current = name.trim_end_matches(']');
        } else if current == wanted {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{unit}: {line}"));
            found.push((key.to_owned(), value.to_owned()));
        }
    }
    found
}

/// All words that a key has in a section: lists may be spread over several lines.
fn words(unit: &str, wanted: &str, key: &str) -> Vec<String> {
    section(unit, wanted)
        .into_iter()
        .filter(|(k, _)| k == key)
        .flat_map(|(_, value)| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("running {command:?}: {error}"))
}

/// A root with our units, systemd's own targets, and stand-ins for the units of others.
struct Units(Tree);

impl Units {
    fn new() -> Units {
        let units = Units(Tree::empty());
        for directory in ["usr/bin", "usr/lib/systemd/system-preset", "etc/systemd/system"] {
            fs::create_dir_all(units.path(directory)).unwrap();
        }
        for program in ["true", "cloud-timesync", "systemctl"] {
            fs::copy("/bin/true", units.path("usr/bin").join(program)).unwrap();
        }
        fs::create_dir_all(units.path("bin")).unwrap();
        fs::copy("/bin/true", units.path("bin/sh")).unwrap();
        for entry in fs::read_dir("/lib/systemd/system").unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "target") {
                units.add(file.file_name().unwrap().to_str().unwrap(), &fs::read_to_string(&file).unwrap());
            }
        }
        for unit in ALL.into_iter().chain(OTHERS) {
            units.add(unit, &fs::read_to_string(sources().join(unit)).unwrap());
        }
        for (unit, drop_in) in DROP_INS {
            let text = fs::read_to_string(sources().join(drop_in)).unwrap();
            units.add(&format!("{unit}.d/05-cloud-timesync.conf"), &text);
        }
        units
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.at(below)
    }

    fn add(&self, unit: &str, text: &str) {
        self.0.put(&format!("usr/lib/systemd/system/{unit}"), text);
    }

    fn add_service(&self, unit: &str, lines: &str) {
        let service =
            "[Service]\nType=oneshot\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\n";
        self.add(unit, &format!("[Unit]\n{lines}\n{service}"));
        self.want(unit);
    }

    fn want(&self, unit: &str) {
        self.pull_in(unit, "multi-user.target");
    }

    fn pull_in(&self, unit: &str, target: &str) {
        let link = format!("etc/systemd/system/{target}.wants/{unit}");
        self.0.link(&format!("/usr/lib/systemd/system/{unit}"), &link);
    }

    fn verify(&self, units: &[&str]) -> Output {
        let files = units.iter().map(|unit| self.path("usr/lib/systemd/system").join(unit));
        let root = format!("--root={}", self.0.path().display());
        output(Command::new("systemd-analyze").args(["verify", "--man=no", &root]).args(files))
    }

    /// A machine with cloud-init and the database, as the distributions order them; `network_stage` is how cloud-init's is.
    fn with_neighbours(network_stage: &str) -> Units {
        let units = Units::new();
        units.add_service("NetworkManager-wait-online.service", "Before=network-online.target");
        units.add_service("cloud-init-local.service", "DefaultDependencies=no\nBefore=network-pre.target");
        units.add_service("cloud-init-network.service", network_stage);
        units.add_service("chrony.service", "Wants=time-sync.target\nBefore=time-sync.target");
        units.add_service(
            "chrony-wait.service",
            "Requires=chrony.service\nAfter=chrony.service\nWants=time-sync.target\nBefore=time-sync.target",
        );
        units.add_service("cloud-config.service", "Wants=network-online.target\nAfter=network-online.target");
        units.add_service(
            "cloud-final.service",
            "After=multi-user.target time-sync.target cloud-config.service",
        );
        units.add_service(
            "scylla-server.service",
            "Wants=time-sync.target chrony-wait.service\nAfter=time-sync.target chrony-wait.service",
        );
        units.want(BOOT);
        units
    }
}

#[test]
fn systemd_has_nothing_to_say_about_the_units() {
    if !has("systemd-analyze") {
        return;
    }
    let output = Units::new().verify(&[&ALL[..], &OTHERS].concat());
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output), "");
}

#[test]
fn what_the_agent_could_not_do_never_fails_the_boot() {
    for unit in ALL {
        assert_eq!(words(unit, "Service", "SuccessExitStatus"), ["1", "2", "3"], "{unit}");
        assert_eq!(words(unit, "Unit", "ConditionVirtualization"), ["!container"], "{unit}");
    }
}

#[test]
fn the_runtime_directory_outlives_the_unit_that_ends_first() {
    for unit in ALL {
        assert_eq!(words(unit, "Service", "RuntimeDirectoryPreserve"), ["yes"], "{unit}");
    }
}

#[test]
fn a_sealed_image_enables_the_agent_and_not_chronyd_restricted() {
    if !has("systemctl") {
        return;
    }
    let tree = Units::new();
    let restricted = "chronyd-restricted.service";
    tree.add(restricted, "[Service]\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    let presets = tree.path("usr/lib/systemd/system-preset");
    let enabled = || {
        let root = format!("--root={}", tree.0.path().display());
        let output = output(Command::new("systemctl").args([&root, "preset", BOOT, restricted]));
        assert!(output.status.success(), "{}", said(&output));
        let wants = tree.path("etc/systemd/system/multi-user.target.wants");
        (wants.join(BOOT).is_symlink(), wants.join(restricted).is_symlink())
    };

    // Debian ends in nothing, so that what no line names is enabled; the RHEL family ends in "disable *".
    assert_eq!(enabled(), (true, true), "without our preset");
    fs::write(presets.join("99-default-disable.preset"), "disable *\n").unwrap();
    assert_eq!(enabled(), (false, false), "without our preset, where the rest is disabled");

    let ours = "80-cloud-timesync.preset";
    fs::copy(sources().join(ours), presets.join(ours)).unwrap();
    assert_eq!(enabled(), (true, false), "where the rest is disabled");
    fs::remove_file(presets.join("99-default-disable.preset")).unwrap();
    assert_eq!(enabled(), (true, false), "where the rest is enabled");
}

#[test]
fn the_udev_rules_link_clocks_and_adopt_one_that_is_awaited() {
    let read = |name: &str| fs::read_to_string(sources().join(name)).unwrap().replace("\\\n", "");
    let text = read("84-cloud-timesync-links.rules") + &read("85-cloud-timesync.rules");
    let rules: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let (starting, linking): (Vec<&str>, Vec<&str>) =
        rules.iter().copied().partition(|rule: &&str| rule.contains("SYSTEMD_WANTS"));
    assert!(rules.iter().all(|rule| rule.contains(r#"SUBSYSTEM=="ptp", ATTR{clock_name}=="#)), "{rules:?}");
    assert_eq!(starting.len(), 1, "{rules:?}");
    for part in [
        r#"ATTR{clock_name}=="hyperv|ena-ptp-*|KVM virtual PTP|ptp_vmw""#,
        r#"TEST=="/run/cloud-timesync""#,
        &format!(r#"ENV{{SYSTEMD_WANTS}}+="{}""#, LATE[0]),
    ] {
        assert!(starting[0].contains(part), "{part} is not in {}", starting[0]);
    }
    for (clock_name, link) in [
        ("ena-ptp-05", "ptp_ena"),
        ("ptp_vmw", "ptp_vmware"),
        ("hyperv", "ptp_hyperv"),
        ("KVM virtual PTP", "ptp_kvm"),
    ] {
        let clock = cloud_timesync::platform::Clock::called(clock_name).unwrap();
        assert_eq!(clock.link, format!("/dev/{link}"));
        let rule = format!(r#"ATTR{{clock_name}}=="{}", SYMLINK+="{link}""#, clock.name);
        assert!(linking.iter().any(|line| line.contains(&rule)), "{rule} is not in {linking:?}");
    }
}
