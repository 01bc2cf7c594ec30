//! SELinux in force, by Debian's own policy: first boot, `undo`, labels, denials.

use std::os::unix::fs::symlink;

use super::*;

/// An administrator's, for /etc/chrony: by default all is etc_t there, as its directory is, and a new file gets that anyway.
const OWN: &str = "/etc/chrony/chrony\\.conf\t--\tsystem_u:object_r:chronyd_conf_t:s0\n\
                   /etc/chrony/conf\\.d/99-vendor\\.conf\t--\tsystem_u:object_r:chronyd_conf_t:s0\n";
const CONF: &str = "system_u:object_r:chronyd_conf_t:s0";

/// The bench's collector looks at more than the policy allows: when all is done, SELinux is only listening.
const LOOK: &str = r"
own='chrony/chrony.conf chrony/conf.d/99-vendor.conf chrony/sources.d/vendor.sources'
echo mode $(getenforce)
labels() { for path in $own; do stat -c '%C' $1/$path | sed s,^,$2\ $path\ ,; done; }
grep -E '^(server|pool)' /etc/chrony/chrony.conf
stat -c 'new %C' /etc/chrony/chrony.conf
labels /var/lib/cloud-timesync/set-aside/etc kept
cloud-timesync undo > /dev/null 2>&1; echo undo exits with $?
labels /etc undone
cp /etc/chrony/chrony.conf /run/undone
echo mode $(getenforce)
dmesg > /run/dmesg
setenforce 0
grep 'avc: *denied' /run/dmesg
";

#[test]
#[ignore = "make test-all"]
fn selinux_in_force_denies_nothing_and_every_label_is_kept() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        // The policy does not let it write; nothing here needs it.
        let generator = root.join("etc/systemd/system/systemd-network-generator.service");
        symlink("/dev/null", generator).expect("masking a unit");
        selinux::install(root, "trixie", OWN);
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).under_selinux().look(LOOK).run();
    println!("{}", evidence.look());
    for entry in evidence.journal.iter() {
        if entry.is_from("cloud-timesync") || entry.is_from("chronyd") || entry.says("avc: ") {
            println!("{} {} {}", entry.at(), entry.field("_SELINUX_CONTEXT"), entry.message());
        }
    }
    println!("{} {:?}", evidence.profile_of_chronyd(), evidence.failed_units());
}
