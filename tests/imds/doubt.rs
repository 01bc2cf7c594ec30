//! When the services are asked at all: DMI decides at once where it can, and doubt is a value.

use std::fs;
use std::path::Path;

use cloud_timesync::config::{Config, Imds};
use cloud_timesync::machine::Identity;
use cloud_timesync::observe::{Ask, identify, imds::Endpoints};
use cloud_timesync::platform::{Platform, Strength};
use cloud_timesync::root::Root;

use test_support::imds::{self as clouds, Server};

use super::{at, closed};

const EC2_UUID: (&str, &str) = ("product_uuid", "ec2e1916-9099-7caf-fd21-012345abcdef");

/// Identifies a machine with this DMI whose metadata services are at `endpoints`.
fn identity(dmi: &[(&str, &str)], imds: Imds, endpoints: Endpoints) -> Identity {
    let tree = tempfile::tempdir().unwrap();
    for (field, value) in dmi {
        let path = tree.path().join("sys/class/dmi/id").join(field);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value).unwrap();
    }
    let root = Root::open(Path::new(tree.path())).unwrap();
    let ask = Ask { imds: Some(endpoints), ..Ask::default() };
    let config = Config { imds, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(identify(&root, &config, &ask))
}

/// The same, with AWS's service there; says also how often it was connected to.
fn beside_aws(dmi: &[(&str, &str)], imds: Imds) -> (Identity, usize) {
    let aws = Server::answering(clouds::aws);
    (identity(dmi, imds, at(aws.address)), aws.connections())
}

#[test]
fn strong_dmi_sends_no_packet() {
    for (value, platform) in [("Amazon EC2", Platform::Aws), ("VMware, Inc.", Platform::VMware)] {
        let (found, connections) = beside_aws(&[("sys_vendor", value)], Imds::Doubt);
        assert_eq!((found.platform, found.strength, connections), (platform, Some(Strength::Strong), 0));
    }
}

/// XCP-ng, Nutanix AHV, KubeVirt and bhyve have no metadata service, or one that no platform here is known by.
#[test]
fn a_hypervisors_name_sends_no_packet() {
    for (field, value, platform) in [
        ("sys_vendor", "Xen", "xen"),
        ("product_name", "HVM domU", "xen"),
        ("sys_vendor", "Nutanix", "nutanix"),
        ("sys_vendor", "KubeVirt", "kubevirt"),
        ("product_name", "BHYVE", "bhyve"),
    ] {
        let (found, connections) = beside_aws(&[(field, value)], Imds::Doubt);
        assert_eq!((found.platform.to_string().as_str(), connections), (platform, 0), "{field} {value}");
    }
}

/// EC2's machines on Xen have a UUID that begins like this.
#[test]
fn xen_with_a_uuid_like_ec2s_is_asked() {
    let (found, connections) = beside_aws(&[("sys_vendor", "Xen"), EC2_UUID], Imds::Doubt);
    assert_eq!(found.platform, Platform::Aws);
    assert!(connections > 0);
}

#[test]
fn strong_dmi_is_never_overruled() {
    let (found, connections) = beside_aws(&[("sys_vendor", "VMware, Inc.")], Imds::Always);
    assert_eq!((found.platform, connections), (Platform::VMware, 0));
}

#[test]
fn dmi_that_names_some_other_machine_is_an_answer() {
    let dell = [("sys_vendor", "Dell Inc."), EC2_UUID];
    let (found, connections) = beside_aws(&dell, Imds::Doubt);
    assert_eq!((found.platform, found.strength, connections), (Platform::Unknown, Some(Strength::Strong), 0));
}

#[test]
fn a_configuration_can_ask_all_the_same() {
    let (found, connections) = beside_aws(&[("sys_vendor", "Dell Inc.")], Imds::Always);
    assert_eq!(found.platform, Platform::Aws);
    assert!(connections > 0);
}

#[test]
fn weak_evidence_is_confirmed() {
    let (found, _) = beside_aws(&[EC2_UUID], Imds::Doubt);
    assert_eq!((found.platform, found.strength), (Platform::Aws, Some(Strength::Strong)));
    assert_eq!(found.evidence, ["IMDS answers as that of Amazon EC2", "product_uuid looks like EC2's"]);
}

#[test]
fn absent_dmi_is_told_by_imds() {
    let (found, _) = beside_aws(&[], Imds::Doubt);
    assert_eq!((found.platform, found.strength), (Platform::Aws, Some(Strength::Strong)));
}

#[test]
fn weak_evidence_that_another_cloud_contradicts_is_that_cloud() {
    let oci = Server::answering(clouds::oci);
    let found = identity(&[EC2_UUID], Imds::Doubt, at(oci.address));
    assert_eq!((found.platform, found.strength), (Platform::Oci, Some(Strength::Strong)));
}

#[test]
fn weak_evidence_without_an_answer_is_unknown_and_asked_again() {
    let found = identity(&[EC2_UUID], Imds::Doubt, at(closed("127.0.0.8")));
    assert_eq!((found.platform, found.strength), (Platform::Unknown, Some(Strength::Weak)));
    assert!(found.ask_again, "nothing could be reached: the network may come");
}

#[test]
fn a_service_that_proves_nothing_is_not_asked_again() {
    let lookalike = Server::answering(|_| clouds::reply(404, "", ""));
    let found = identity(&[EC2_UUID], Imds::Doubt, at(lookalike.address));
    assert_eq!((found.platform, found.strength), (Platform::Unknown, Some(Strength::Weak)));
    assert!(!found.ask_again);
}

#[test]
fn a_configuration_can_forbid_to_ask() {
    let (found, connections) = beside_aws(&[EC2_UUID], Imds::Never);
    assert_eq!((found.platform, found.strength, connections), (Platform::Unknown, Some(Strength::Weak), 0));
    assert!(!found.ask_again);
}
