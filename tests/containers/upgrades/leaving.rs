//! What the removal of our own package leaves behind, while the machine is off.

use super::packages::ours;
use super::{install, machine};
use crate::container::Container;
use test_support::bench::Release;
use test_support::{repository, run};

const LINKS: &str = "etc/udev/rules.d/84-cloud-timesync-kept.rules";
const CONF: &str = "etc/chrony/chrony.conf";

fn remove(container: &Container) {
    run(container.chroot("dpkg").args(["--remove", "cloud-timesync"]));
}

/// Debian's own udev does not make these two, and chronyd ends where the link of a refclock line is missing.
#[test]
fn the_link_that_chrony_conf_names_outlives_the_package() {
    let container = machine(Release::Debian13, &[ours()]);
    install(&container, "cloud-timesync_*.deb");
    let conf = container.read(CONF).expect("Debian's chrony.conf");
    remove(&container);
    assert_eq!(container.read(LINKS), None, "chrony.conf names no such link");
    install(&container, "cloud-timesync_*.deb");
    container.write(CONF, &format!("{conf}refclock PHC /dev/ptp_vmware poll 3 refid VMW noselect\n"));
    remove(&container);
    let rules = repository().join("systemd/84-cloud-timesync-links.rules");
    assert_eq!(container.read(LINKS), std::fs::read_to_string(rules).ok());
    // The package brings its own, and what was kept may be of an older version.
    container.write(LINKS, "# an older version's\n");
    install(&container, "cloud-timesync_*.deb");
    assert_eq!(container.read(LINKS), None);
}

/// `undo` disables the unit, as whoever removes the package should do first.
#[test]
fn a_package_that_was_undone_is_enabled_when_installed_again() {
    let container = machine(Release::Debian13, &[ours()]);
    install(&container, "cloud-timesync_*.deb");
    let wanted = "etc/systemd/system/multi-user.target.wants/cloud-timesync.service";
    let is_enabled = || container.root().join(wanted).is_symlink();
    assert!(is_enabled());
    for verb in ["apply", "undo"] {
        let script = format!("mount --bind / /mnt && exec cloud-timesync {verb} --root /mnt");
        run(container.chroot("unshare").args(["--mount", "--propagation", "unchanged", "sh", "-c", &script]));
    }
    assert!(!is_enabled(), "undo disables it");
    remove(&container);
    install(&container, "cloud-timesync_*.deb");
    assert!(is_enabled());
}
