//! First boots with RHEL's layout, from the rpm.

use std::process::Command;

use test_support::{built, repository};

use super::*;

fn assert_rhel_first_boot(evidence: &Evidence, expected_platform: &str, sources: &[&str], selected: &str) {
    assert_first_boot(evidence, expected_platform, sources, selected);
    assert_judged_right(evidence);
    assert_asked_nobody(evidence);
    assert_eq!(evidence.property("chronyd.service", "ActiveState"), "active");
    assert_eq!(evidence.property("chrony.service", "LoadState"), "not-found", "this is Debian's layout");
    assert_eq!(evidence.file("/etc/chrony/chrony.conf"), None, "written where RHEL's chronyd does not look");
}

#[test]
fn rhels_layout_as_aws_first_boot_waits_for_the_clock() {
    let disk = rhel();
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws());
    let evidence = boot.look("cloud-timesync plan --exit-code; echo plan exits with $?").run();
    assert_rhel_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert!(evidence.look().ends_with("plan exits with 0\n"), "{}", evidence.look());
}

#[test]
#[ignore = "make test-all"]
fn rhels_layout_as_oci_first_boot_waits_for_the_clock() {
    let disk = rhel();
    let evidence = Boot::of(&disk, Machine::Oci, Cloud::oci()).run();
    assert_rhel_first_boot(&evidence, "oci", &OCI_SOURCES, GOOGLE_OR_ORACLE);
}

#[test]
#[ignore = "make test-all"]
fn rhels_layout_as_azure_first_boot_waits_for_the_clock() {
    let disk = rhel();
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.run();
    assert_rhel_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
}

// RHEL's layout, laid over a Debian tree: the same chrony under RHEL's names, in RHEL's places, and the rpm.

fn rhel() -> Disk {
    Disk::bare(Release::Debian13, install)
}

pub fn install(root: &Path) {
    lay_out(root);
    install_rpm(root);
}

/// All that stays of Debian's chrony package. chrony-wait.service is upstream's in both distributions.
const KEPT: [&str; 3] = ["usr/sbin/chronyd", "usr/bin/chronyc", "usr/lib/systemd/system/chrony-wait.service"];

/// The files in which tests/machines describes RHEL 9.
const BASE: &str = "tests/machines/bases/rhel9";

/// chronyd.service with no other name, /etc/chrony.conf with no fragments, /etc/sysconfig/chronyd, the user chrony,
/// presets that end in `disable *`, and no AppArmor profile.
fn lay_out(root: &Path) {
    let aside = tempfile::tempdir().expect("making a directory for chrony's programs");
    let name = |path: &str| aside.path().join(path.replace('/', "-"));
    for path in KEPT {
        copy(&root.join(path), &name(path));
    }
    // With /etc/chrony, and what the bench laid there.
    run(chroot(root, "dpkg").args(["--purge", "chrony"]));
    for path in KEPT {
        copy(&name(path), &root.join(path));
    }
    overlay(&source("rhel"), root);
    for path in ["etc/chrony.conf", "usr/lib/os-release"] {
        copy(&repository().join(BASE).join(path), &root.join(path));
    }
    run(chroot(root, "useradd")
        .args("--system --home-dir /var/lib/chrony --shell /sbin/nologin chrony".split(' ')));
    run(chroot(root, "install")
        .args("-d -o chrony -g chrony -m 750 /var/lib/chrony /var/log/chrony".split(' ')));
    run(chroot(root, "install").args("-o root -g chrony -m 640 /dev/null /etc/chrony.keys".split(' ')));
    run(chroot(root, "systemctl").args(["enable", "chronyd.service"]));
}

/// As rpm does it on RHEL, but for two things: no package here is in rpm's database that could meet a dependency, and
/// systemd-update-helper, which the scriptlet asks first to apply the presets, is not in Debian.
fn install_rpm(root: &Path) {
    rpm(root, &["--install", &built(".x86_64.rpm").display().to_string()]);
    rpm(root, &["--verify", "cloud-timesync"]);
}

/// A scriptlet that fails is only a warning to rpm.
fn rpm(root: &Path, arguments: &[&str]) {
    let mut command = Command::new("unshare");
    command.args("--net -- rpm --force-debian --nodeps --dbpath=/var/lib/rpm --root".split(' ')).arg(root);
    let output = command.args(arguments).output().expect("running rpm");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "rpm {arguments:?} ended with {}:\n{said}",
        output.status
    );
}
