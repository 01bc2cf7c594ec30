//! RHEL's layout, laid over a Debian tree: the same chrony under RHEL's names, in RHEL's places, and the rpm.

use std::path::Path;
use std::process::Command;

use super::disk::built;
use super::source;
use test_support::bench::{chroot, overlay};
use test_support::{copy, repository, run};

/// All that stays of Debian's chrony package. chrony-wait.service is upstream's in both distributions.
const KEPT: [&str; 3] = ["usr/sbin/chronyd", "usr/bin/chronyc", "usr/lib/systemd/system/chrony-wait.service"];

/// The files in which tests/machines describes RHEL 9.
const BASE: &str = "tests/machines/bases/rhel9";

/// chronyd.service with no other name, /etc/chrony.conf with no fragments, /etc/sysconfig/chronyd, the user chrony,
/// presets that end in `disable *`, and no AppArmor profile.
pub fn lay_out(root: &Path) {
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
pub fn install_package(root: &Path) {
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
