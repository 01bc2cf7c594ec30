//! Firmware that leaves doubt, and a metadata service that resolves it or does not.

use super::*;

#[test]
#[ignore = "make test-all"]
fn a_uuid_like_ec2s_is_aws_when_its_metadata_service_says_so() {
    let disk = Disk::of(Release::Debian13);
    let evidence = Boot::of(&disk, Machine::LooksLikeEc2, Cloud::aws()).option("network_early", 1).run();
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_eq!(evidence.starts_of("cloud-timesync-online.service"), 0, "it did not decide at once");
    let asked = evidence.imds_requests();
    assert!(asked.iter().any(|request| request == "PUT /latest/api/token"), "{asked:?}");
}

#[test]
#[ignore = "make test-all"]
fn a_uuid_like_ec2s_before_a_lookalike_keeps_all_sources() {
    let disk = Disk::of(Release::Debian13);
    let cloud = Cloud::new(Some(imds::openstack), &[PUBLIC_NTP]);
    let evidence = Boot::of(&disk, Machine::LooksLikeEc2, cloud).run();
    assert_gated(&evidence);
    assert_eq!(evidence.platform(), "unknown");
    assert_eq!(evidence.source_directives(), [IMAGES_SOURCES[2]]);
    assert_eq!(evidence.selected_source(), Some(PUBLIC));
    assert!(evidence.imds_connections() > 0, "nobody asked");
}

#[test]
fn a_network_after_the_deadline_is_asked_in_the_same_boot() {
    let disk = Disk::of(Release::Debian13);
    let evidence = Boot::of(&disk, Machine::LooksLikeEc2, Cloud::aws()).option("network_after", 20).run();
    assert_gated(&evidence);
    assert_eq!(evidence.platform(), "aws");
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_eq!(evidence.selected_source(), Some(AMAZON));
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
    // Not the verdict on the machine that nobody knew yet.
    assert_judged_right(&evidence);
}
