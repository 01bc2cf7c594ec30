//! The fixture machines: every folder of tests/machines is a machine, named `<platform>-<distribution>[-<twist>]`. Its tree
//! is that of the distribution in `bases/` with the folder's `root/` over it. `plan.txt` is what `plan` prints, `expected/`
//! what `apply` changes, and README says in a line what the twist is.
//!
//! `cargo test oci_rhel9_tag` runs that machine. `BLESS=1 cargo test --test machines` writes plan.txt and expected/ anew; read
//! the difference before you commit it.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod broken;
mod cloud_init;
mod images;
mod promises;
mod site;
mod unknown_conf;

use std::fs;
use std::path::PathBuf;

use test_support::repository;

/// A test for each machine.
macro_rules! machines {
    ($($name:ident)*) => {
        const MACHINES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                promises::hold(&stringify!($name).replace('_', "-"));
            }
        )*
    };
}

machines! {
    alibaba_debian13
    aws_al2023
    aws_debian12
    aws_debian12_openntpd
    aws_debian12_xen
    aws_debian13
    aws_debian13_beside
    aws_debian13_cassandra
    aws_debian13_client
    aws_debian13_cockroach
    aws_debian13_core
    aws_debian13_fast
    aws_debian13_graviton
    aws_debian13_hardware_clock
    aws_debian13_hardware_clock_fast
    aws_debian13_hardware_clock_missing
    aws_debian13_hold
    aws_debian13_keep
    aws_debian13_metal
    aws_debian13_rivals
    aws_debian13_scylla
    aws_debian13_units
    aws_debian13_unnamed
    aws_debian13_wait
    aws_rhel9
    aws_rhel9_disciplines
    aws_rhel9_hardened
    aws_rhel9_site
    aws_rhel9_siteconf
    aws_rhel9_utc
    aws_ubuntu2404
    aws_ubuntu2404_smi
    aws_ubuntu2404_wrapper
    azure_debian12_megatrends
    azure_debian13
    azure_debian13_fast
    azure_debian13_late
    azure_debian13_nolink
    azure_debian13_smeared
    azure_debian13_tag
    azure_rhel9_nic
    azure_sles15
    azure_ubuntu2404
    azure_ubuntu2404_smi
    azure_wolfi
    bhyve_debian13
    cloudstack_rhel9
    digitalocean_debian13
    exoscale_debian12
    gce_debian12
    gce_debian12_skew
    gce_debian13_fast
    gce_debian13_manager
    gce_debian13_old
    gce_debian13_sealed
    gce_debian13_serial
    gce_debian13_utc
    gce_rhel9_skew
    gce_ubuntu2404
    gce_ubuntu2404_smi
    hetzner_debian13
    huawei_debian13
    hyperv_debian13
    hyperv_debian13_own
    ibm_rhel9
    kubevirt_ubuntu2404
    kubevirt_ubuntu2404_clock
    kvm_debian12_redhat
    kvm_debian13
    kvm_debian13_clock
    kvm_debian13_fast
    kvm_debian13_fragments
    kvm_debian13_mesh
    kvm_debian13_nolink
    kvm_debian13_ntpsec
    kvm_debian13_proxmox
    kvm_debian13_ptp
    kvm_debian13_smeared
    kvm_rhel9_ntpd
    kvm_sles15
    kvm_ubuntu2604
    linode_debian12
    metal_debian12
    metal_rhel9_almalinux
    metal_rhel9_core
    nutanix_rhel9
    oci_debian13
    oci_debian13_fast
    oci_debian13_own
    oci_debian13_timesyncd
    oci_rhel9_tag
    oci_ubuntu2404_smi
    oci_ubuntu2604
    openstack_debian12
    openstack_debian13_own
    openstack_debian13_vmware
    openstack_rhel9
    openstack_ubuntu2604
    opentelekom_debian12
    ovh_debian13
    parallels_debian13
    scaleway_ubuntu2404
    tencent_debian12
    unknown_debian13_brightbox
    unknown_debian13_chromebook
    unknown_debian13_dell
    unknown_debian13_fragments
    unknown_debian13_image
    unknown_debian13_outscale
    unknown_debian13_own
    unknown_debian13_swapped
    unknown_debian13_uuid
    upcloud_ubuntu2404
    virtualbox_debian13
    vmware_debian12
    vmware_rhel9_precision
    vmware_rhel9_site
    vultr_debian13
    xen_debian12_xcpng
    xen_debian13_pv
}

fn folder(machine: &str) -> PathBuf {
    repository().join("tests/machines").join(machine)
}

/// The folders, without those of the distributions.
fn folders() -> Vec<String> {
    let entries = fs::read_dir(repository().join("tests/machines")).expect("tests/machines is there");
    let folders = entries.map(|entry| entry.expect("it can be listed")).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|folder| folder.file_name().into_string().expect("UTF-8")).collect();
    names.retain(|name| name != "bases");
    names.sort();
    names
}

#[test]
fn every_folder_has_a_test_of_its_name() {
    let names: Vec<String> = folders().iter().map(|name| name.replace('-', "_")).collect();
    assert_eq!(MACHINES, names, "the list in tests/machines/main.rs is not that of the folders");
}

#[test]
fn every_twist_is_said_in_a_line_of_its_folders_readme() {
    for machine in folders().iter().filter(|name| name.split('-').nth(2).is_some()) {
        let readme = fs::read_to_string(folder(machine).join("README")).unwrap_or_default();
        assert_eq!(readme.trim_end().lines().count(), 1, "{machine}/README is not one line: {readme:?}");
    }
}
