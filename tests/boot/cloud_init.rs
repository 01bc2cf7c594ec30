//! First boots in which cloud-init writes files that chronyd or the agent reads. tests/containers has more of them, and quicker.

use test_support::cloud_init::{
    SITES_STEPS, WRITES_A_CONFIGURATION, WRITES_CHRONY_CONF, give, render_for_rhel,
};

use super::*;

/// What an image asks for loses, and so does what user data asks for, which comes over it.
#[test]
#[ignore = "make test-all"]
fn cloud_inits_own_ntp_settings_lose() {
    let image = "ntp: {enabled: true, ntp_client: chrony, servers: [169.254.7.97]}\n";
    let disk = Disk::twisted(Release::Debian13CloudInit, |root| {
        give(root, WRITES_CHRONY_CONF, image, ["", "ntp"]);
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
    assert!(evidence.said("and that is replaced: server ntp.tenant.example"), "{}", evidence.timeline());
    assert_eq!(evidence.starts_of("cloud-final.service"), 1, "cloud-init did not come to its end");
}

/// RHEL's network stage comes after basic.target, and its configuration is in force all the same.
#[test]
#[ignore = "make test-all"]
fn rhels_user_data_is_in_force_in_the_first_boot() {
    let disk = Disk::bare(Release::Debian13CloudInit, |root| {
        rhel::install(root);
        let both = format!("{WRITES_A_CONFIGURATION}{WRITES_CHRONY_CONF}");
        give(root, &both, "system_info: {distro: rhel}\n", ["write_files", "ntp"]);
        render_for_rhel(root, 5);
    });
    let evidence = Boot::of(&disk, Machine::Oci, Cloud::oci()).run();
    assert_first_boot(&evidence, "oci", &OCI_SOURCES, GOOGLE_OR_ORACLE);
    assert_judged_right(&evidence);
    assert!(evidence.chrony_conf().contains(SITES_STEPS), "{}", evidence.chrony_conf());
    assert!(evidence.said("and that is replaced: server ntp.tenant.example"), "{}", evidence.timeline());
    let [stage, agent, chronyd] = ["cloud-init-network.service", "cloud-timesync.service", "chronyd.service"]
        .map(|unit| evidence.started(unit).unwrap_or_else(|| panic!("{unit}: {}", evidence.timeline())).0);
    println!("chronyd started {:.1} s after the network stage", chronyd - stage);
    assert!(stage < agent && agent < chronyd, "{}", evidence.timeline());
}
