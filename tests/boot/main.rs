//! Real boots, and what must hold in them. `boot/` has the bench; here are the scenarios.
//!
//! Two guests at a time: `cargo test --test boot -- --test-threads=2`. What is marked "make test-all" takes too long for
//! every commit.

#![allow(clippy::disallowed_methods)] // the bench reads, writes and runs what guests are made of

mod arm64;
mod bench;
mod checks;
mod clock;
mod cloud_init;
mod cost;
mod distributions;
mod doubt;
mod elsewhere;
mod enforced;
mod examples;
mod fast_start;
mod first_boots;
mod gates;
mod images;
mod late_clock;
mod migration;
mod no_time;
mod operator;
mod powercut;
mod rhel;
mod rivals;
mod vmclock;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench::*;
use test_support::bench::{chroot, overlay};
use test_support::{Entry, Evidence, copy, imds, package, put as write, run};

const AWS_SOURCES: [&str; 2] =
    ["server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4", "pool time.aws.com iburst maxpoll 6"];
const GCE_SOURCES: [&str; 1] = ["server metadata.google.internal prefer iburst"];
const AZURE_CLOCK: &str = "refclock PHC /dev/ptp_hyperv poll 3 dpoll -2 offset 0 stratum 2";
const AZURE_FALLBACK: &str = "server time.windows.com iburst";
const AZURE_SOURCES: [&str; 2] = [AZURE_CLOCK, AZURE_FALLBACK];
const OCI_SOURCES: [&str; 1] = ["server 169.254.169.254 prefer iburst"];
/// What the image's maker left: two fragments, and the distribution's pool.
const IMAGES_SOURCES: [&str; 3] =
    ["server 169.254.7.98 iburst", "server 169.254.7.99 iburst", "pool 2.debian.pool.ntp.org iburst"];
const DEBIAN_SOURCES: [&str; 1] = ["pool 2.debian.pool.ntp.org iburst maxpoll 6"];

/// What chronyd calls the Hyper-V clock.
const CLOCK: &str = "PHC0";
const AMAZON: &str = "169.254.169.123";
const GOOGLE_OR_ORACLE: &str = "169.254.169.254";
const PUBLIC: &str = "169.254.7.7";

/// Where the agent writes.
const AGENTS_PATHS: [&str; 4] =
    ["/etc/chrony", "/etc/systemd/system", "/etc/cloud", "/var/lib/cloud-timesync"];

// The control: were these two to agree, no other test here would show anything. The second one differs from the first in
// one line of its agent, and runs in make test-all only: every other scenario is a gate that holds.

#[test]
fn a_gate_that_only_enables_and_reloads_is_seen_to_fail() {
    let disk = Disk::bare(Release::Debian13, |root| {
        install_control(root, "");
        unpack_package(root);
    });
    let boot = Boot::of(&disk, Machine::Aws, Cloud::new(Some(imds::aws), &[PUBLIC_NTP]));
    // chronyd's profile lets it read no configuration there: the bench would see a denial if one came.
    const DENIED: &str = "touch /srv/chrony.conf; chronyd -p -f /srv/chrony.conf > /dev/null 2>&1";
    let evidence = boot.look(&format!("{DENIED}\n{UNPACKED}/usr/bin/cloud-timesync verify --json")).run();
    assert!(evidence.denial().is_some_and(|entry| entry.says("/srv/chrony.conf")), "{:?}", evidence.denial());
    assert_eq!(gated(&evidence), Err(Ungated::NobodyWaited), "{}", evidence.timeline());
    assert!(
        evidence.clock_error_at_start().is_some_and(|error| error > 1e8),
        "the clock was right by chance"
    );
    assert!(checks::complaints(&evidence.look()).contains("database-waited"), "{}", evidence.look());
}

#[test]
#[ignore = "make test-all"]
fn a_gate_that_queues_the_wait_is_seen_to_hold() {
    let disk = Disk::bare(Release::Debian13, |root| install_control(root, QUEUES));
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::new(Some(imds::aws), &[PUBLIC_NTP])).run();
    assert_gated(&evidence);
}

/// What a first boot must show, wherever time can be had.
fn assert_first_boot(evidence: &Evidence, expected_platform: &str, sources: &[&str], selected: &str) {
    // First: the sources of another platform may be out of reach, and then nothing else holds either.
    assert_eq!(evidence.platform(), expected_platform, "the agent said {:#?}", evidence.info_lines());
    assert_gated(evidence);
    // Beside the target: Debian 12 reaches that with chronyd's start, where no wait is queued.
    let after = evidence.property("scylla-server.service", "After");
    assert!(after.contains("chrony-wait.service"), "the database is not ordered after chrony-wait: {after}");
    assert_eq!(evidence.source_directives(), sources, "chrony.conf has other sources");
    assert_eq!(evidence.fragment_directives(), [""; 0], "chrony.conf reads more than itself");
    assert_eq!(evidence.selected_source(), Some(selected), "chronyd follows another source");
    for vendors in ["/etc/chrony/sources.d/vendor.sources", "/etc/chrony/conf.d/99-vendor.conf"] {
        assert_eq!(evidence.file(vendors), None, "{vendors} was not set aside");
    }
    let lines = evidence.info_lines();
    assert!((1..10).contains(&lines.len()), "not one to nine lines at info: {lines:#?}");
}

/// The boot's own checks find nothing wrong.
fn assert_judged_right(evidence: &Evidence) {
    let report = evidence.report();
    let checks = report["checks"].as_array().expect("a list of checks").iter();
    assert!(checks.clone().any(|check| check["name"] == "database-waited"), "nobody looked: {report}");
    let complaints: Vec<_> = checks.filter(|check| check["verdict"] != "right").collect();
    assert_eq!((&report["verdict"], complaints), (&"right".into(), vec![]));
}

fn assert_asked_nobody(evidence: &Evidence) {
    assert_eq!(
        evidence.imds_connections(),
        0,
        "the metadata service was asked: {:#?}",
        evidence.imds_requests()
    );
}

/// Where `unpack_package` puts it.
const UNPACKED: &str = "/usr/share/boot-bench/package";

/// The package's files, where nothing but a scenario's script finds them.
fn unpack_package(root: &Path) {
    run(Command::new("dpkg-deb").arg("--extract").arg(package()).arg(root.join(&UNPACKED[1..])));
}

/// As if nobody but the distribution had made the image.
fn forget_the_image(root: &Path) {
    for fragment in ["etc/chrony/conf.d/99-vendor.conf", "etc/chrony/sources.d/vendor.sources"] {
        fs::remove_file(root.join(fragment)).expect("the image has the fragment");
    }
}

/// The control's agent only enables and reloads. It stands for every gate that looks right and does not hold. With QUEUES it
/// queues the wait: the least that does hold.
fn install_control(root: &Path, more: &str) {
    overlay(&source("control"), root);
    write(root, "etc/control-agent", &format!("CONTROL={more}\n"));
}

const QUEUES: &str = "and-queues";
