//! First boots, one for each cloud and release. That of Debian 12 as AWS is in migration.rs.

use cloud_timesync::names::SEEN;

use super::*;

/// And then its disk goes to another cloud. Once more on the same cloud is in powercut.rs.
#[test]
fn debian13_as_aws_and_moved_to_azure_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws());
    let evidence = boot.look("cloud-timesync plan --exit-code; echo plan exits with $?").run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    assert_confined(&evidence);
    assert_asked_nobody(&evidence);
    assert!(evidence.look().ends_with("plan exits with 0\n"), "{}", evidence.look());
    assert_eq!(evidence.reloads(), 1, "one reload is the price, two are a waste\n{}", evidence.timeline());
    // Only AWS's sources depend on the network that this machine has.
    let seen = evidence.file(SEEN).expect("a pass has seen the network");
    assert!(seen.len() == 45 && seen.ends_with(" 012345abcdef"), "{seen:?}");

    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    assert_first_boot(&boot.run(), "azure", &AZURE_SOURCES, CLOCK);
}

#[test]
fn debian13_as_gce_first_boot_waits_for_the_clock() {
    let disk = Disk::twisted(Release::Debian13, ask_for_the_network);
    let evidence = Boot::of(&disk, Machine::Gce, Cloud::gce()).look("cloud-timesync status --json").run();
    assert_first_boot(&evidence, "gce", &GCE_SOURCES, GOOGLE_OR_ORACLE);
    assert_judged_right(&evidence);
    assert_confined(&evidence);
    assert_asked_nobody(&evidence);
    assert_status(&evidence, "gce", "^", "metadata.google.internal");
    assert_found_as_the_network_came(&evidence);
}

/// As Google's guest agent does.
fn ask_for_the_network(root: &Path) {
    let asks = "[Unit]\nWants=network-online.target\nAfter=network-online.target\n\
                [Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n";
    write(root, "etc/systemd/system/guest-agent.service", asks);
    run(chroot(root, "systemctl").args(["enable", "guest-agent.service"]));
}

/// By itself chronyd looks for a server that it could not reach at its start 28 s later. On a slow host the network may come
/// first, which shows nothing and is no mistake.
fn assert_found_as_the_network_came(evidence: &Evidence) {
    let at = |unit| evidence.first(|entry| entry.ends_start_of(unit)).expect("its start").at();
    let [chronyd, online] = ["chrony.service", "network-online.target"].map(at);
    let later =
        evidence.start_of("chrony-wait.service").expect("the end of the wait").at() - online.max(chronyd);
    println!(
        "the network came {:.1} s after chronyd, the right time {later:.1} s after both",
        online - chronyd
    );
    assert!(later < 20.0, "{later:.1} s after both\n{}", evidence.timeline());
}

#[test]
fn debian13_as_azure_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.look("cloud-timesync status --json").run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_judged_right(&evidence);
    assert_confined(&evidence);
    assert_asked_nobody(&evidence);
    assert_status(&evidence, "azure", "#", CLOCK);
}

#[test]
fn debian13_as_oci_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::Debian13);
    let evidence = Boot::of(&disk, Machine::Oci, Cloud::oci()).look(&tries()).run();
    assert_first_boot(&evidence, "oci", &OCI_SOURCES, GOOGLE_OR_ORACLE);
    assert_judged_right(&evidence);
    assert_confined(&evidence);
    assert_asked_nobody(&evidence);
    assert_held_back(&evidence.look());
    assert_eq!(evidence.file(SEEN), None, "the receipt says by itself that there was a pass");
}

/// The distribution's own profile is in force, and chronyd runs under it: that nothing was denied says something.
pub fn assert_confined(evidence: &Evidence) {
    const ENFORCED: &str = "/usr/sbin/chronyd (enforce)";
    let profiles = evidence.text("profiles");
    assert!(profiles.lines().any(|line| line == ENFORCED), "{profiles}");
    assert_eq!(evidence.text("chronyd.profile").trim(), ENFORCED);
    assert_eq!(evidence.denial().map(Entry::message), None);
}

/// `status` says what the bench knows of the boot: where it is, one of chronyd's sources by mode and name, the gate, the
/// step of the clock, and that the database waited for chrony-wait.
pub fn assert_status(evidence: &Evidence, platform: &str, mode: &str, source: &str) {
    let status = evidence.look_json();
    assert_eq!((&status["platform"], &status["errors"]), (&platform.into(), &serde_json::json!([])));
    let mut sources = status["sources"].as_array().into_iter().flatten();
    assert!(sources.any(|it| it["name"] == source && it["mode"] == mode), "{status}");
    assert_eq!(status["clock"]["synchronised"], true, "{status}");
    let gate = &status["gates"][0];
    assert_eq!((&gate["unit"], &gate["state"]), (&"scylla-server.service".into(), &"active".into()));
    assert_eq!((&gate["drop_in"], &gate["in_effect"]), (&"right".into(), &true.into()), "{status}");
    let boot = &status["boot"];
    assert_eq!(boot["steps"].as_array().map(Vec::len), Some(1), "{status}");
    let event = |unit: &str, what: &str| {
        let mut events = boot["events"].as_array().into_iter().flatten();
        events.find(|it| it["unit"] == unit && it["what"] == what)?["at_ms"].as_u64()
    };
    let waited = event("chrony-wait.service", "started");
    assert!(waited.is_some() && waited <= event("scylla-server.service", "started"), "{status}");
}

/// Azure's first boot, whose clock comes so many seconds after the agent's start.
pub fn azure(release: Release, clock_after: u32) -> Evidence {
    let disk = Disk::of(release);
    let boot =
        Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(clock_after).until_selected(CLOCK);
    let evidence = boot.run();
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    evidence
}

#[test]
#[ignore = "make test-all"]
fn debian12_as_azure_first_boot_waits_for_the_clock() {
    let evidence = azure(Release::Debian12, 0);
    assert_judged_right(&evidence);
    assert_confined(&evidence);
}

// What the agent's sandbox holds back.

/// All that the agent may write.
const ALLOWED: [&str; 5] =
    ["/etc", "/etc/systemd/system", "/etc/chrony", "/var/lib/cloud-timesync", "/run/cloud-timesync"];
/// What belongs to the agent's boot, or is the agent.
const NOT_THE_SANDBOXES: [&str; 5] =
    ["ExecStart", "RemainAfterExit", "SuccessExitStatus", "StandardOutput", "SyslogIdentifier"];
const TRIES: &str = "[Service]\nType=oneshot\nExecStart=/bin/bash /run/bench-tries\n";

/// A script in the agent's place tries to write everywhere, on a real systemd.
fn tries() -> String {
    let unit = include_str!("../../systemd/cloud-timesync.service");
    let service = unit.split("[Service]").nth(1).and_then(|rest| rest.split("[Install]").next());
    let service = service.expect("the unit has a [Service] section and an [Install] section");
    let is_kept = |line: &&str| !NOT_THE_SANDBOXES.contains(&line.split('=').next().unwrap_or_default());
    let sandbox: Vec<&str> = service.lines().filter(is_kept).collect();
    let function = |name, unit: &str| format!("{name}() {{ cat << 'END'\n{unit}\nEND\n}}\n");
    let sandboxed = function("sandbox_unit", &format!("{TRIES}{}", sandbox.join("\n")));
    format!("{sandboxed}{}{}", function("free_unit", TRIES), include_str!("tries.sh"))
}

/// `look` is what the script printed.
fn assert_held_back(look: &str) {
    let written = |kind: &str| -> Vec<&str> {
        look.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')).collect()
    };
    assert_eq!(written("sandbox"), ALLOWED, "{look}");
    // Each of the tries does write, where nothing holds it back.
    let free = written("free");
    assert_eq!(free.len(), 30, "{look}");
    assert!(ALLOWED.iter().all(|path| free.contains(path)), "{look}");
}
