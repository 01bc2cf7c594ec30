//! Images: sealed, and with cloud-init in them.

use super::*;

#[test]
fn a_sealed_image_keeps_its_chronyd_through_the_presets() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        write(root, "etc/machine-id", "uninitialized\n");
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    let first = evidence.journal.first(|entry| entry.says("Detected first boot"));
    assert!(first.is_some(), "systemd did not take this for a first boot, and applied no presets");
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_eq!(evidence.property("chronyd-restricted.service", "ActiveState"), "inactive");
    assert_ne!(evidence.property("chronyd-restricted.service", "UnitFileState"), "enabled");
}

#[test]
fn cloud_inits_own_ntp_settings_lose() {
    let disk = Disk::twisted(Release::Debian13CloudInit, Agent::Package, |root| {
        write(root, "var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789abcdef0\n");
        write(root, "var/lib/cloud/seed/nocloud/user-data", "#cloud-config\n{}\n");
        write(
            root,
            "etc/cloud/cloud.cfg.d/90-image.cfg",
            "datasource_list: [NoCloud, None]\n\
             network: {config: disabled}\n\
             ntp: {enabled: true, ntp_client: chrony, servers: [169.254.7.97]}\n\
             cloud_init_modules: []\ncloud_config_modules: [ntp]\ncloud_final_modules: []\n",
        );
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_eq!(evidence.starts_of("cloud-final.service"), 1, "cloud-init did not come to its end");
}
