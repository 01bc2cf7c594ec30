//! What DMI and the processor say of machines that were seen, and where each case comes from: cloud-init's
//! tests, systemd's hwdb, and issues in which people show their machines.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::platform::Pattern;

type Case = (&'static str, Platform, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    (
        "aws-nitro-x86",
        Platform::Aws,
        &[
            ("sys_vendor", "Amazon EC2"),
            ("product_name", "m5.large"),
            ("product_version", ""),
            ("bios_vendor", "Amazon EC2"),
            ("bios_version", "1.0"),
            ("board_vendor", "Amazon EC2"),
            ("board_asset_tag", "i-0123456789abcdef0"),
            ("chassis_asset_tag", "Amazon EC2"),
            ("product_uuid", "ec2e1916-9099-7caf-fd21-012345abcdef"),
        ],
    ),
    (
        "aws-xen-t2",
        Platform::Aws,
        &[
            ("sys_vendor", "Xen"),
            ("product_name", "HVM domU"),
            ("product_version", "4.11.amazon"),
            ("bios_vendor", "Xen"),
            ("bios_version", "4.11.amazon"),
            ("product_uuid", "ec23aef5-54be-4843-8d24-8c819f88453e"),
        ],
    ),
    (
        "aws-uuid-only",
        Platform::Unknown,
        &[
            ("product_serial", "ec23aef5-54be-4843-8d24-8c819f88453e"),
            ("product_uuid", "EC23AEF5-54BE-4843-8D24-8C819F88453E"),
        ],
    ),
    ("brightbox-ec2-lookalike", Platform::Unknown, &[("product_serial", "srv-otuxg.gb1.brightbox.com")]),
    ("gce-product-name", Platform::Gce, &[("product_name", "Google Compute Engine")]),
    ("gce-serial-only", Platform::Gce, &[("product_serial", "GoogleCloud-8f2e88f")]),
    (
        "chromebook-not-gce",
        Platform::Unknown,
        &[("sys_vendor", "GOOGLE"), ("product_name", "Peppy"), ("bios_vendor", "coreboot")],
    ),
    (
        "azure-vm-gen2",
        Platform::Azure,
        &[
            ("sys_vendor", "Microsoft Corporation"),
            ("product_name", "Virtual Machine"),
            ("bios_vendor", "Microsoft Corporation"),
            ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"),
        ],
    ),
    (
        "hyperv-onprem",
        Platform::HyperV,
        &[
            ("sys_vendor", "Microsoft Corporation"),
            ("product_name", "Virtual Machine"),
            ("product_version", "Hyper-V UEFI Release v4.1"),
            ("bios_vendor", "Microsoft Corporation"),
            ("bios_version", "Hyper-V UEFI Release v4.1"),
            ("chassis_asset_tag", "3857-0037-2746-7462-1818-3997-77"),
        ],
    ),
    (
        "oci-vm-kvm",
        Platform::Oci,
        &[
            ("sys_vendor", "QEMU"),
            ("product_name", "Standard PC (i440FX + PIIX, 1996)"),
            ("chassis_asset_tag", "OracleCloud.com"),
        ],
    ),
    ("openstack-nova-product", Platform::OpenStack, &[("product_name", "OpenStack Nova")]),
    (
        "vmware-vsphere",
        Platform::VMware,
        &[
            ("sys_vendor", "VMware, Inc."),
            ("product_name", "VMware20,1"),
            ("chassis_asset_tag", "No Asset Tag"),
        ],
    ),
    (
        "qemu-q35-plain",
        Platform::Kvm,
        &[
            ("sys_vendor", "QEMU"),
            ("product_name", "Standard PC (Q35 + ICH9, 2009)"),
            ("product_version", "pc-q35-8.2"),
            ("bios_vendor", "SeaBIOS"),
        ],
    ),
    (
        "proxmox-ovmf",
        Platform::Kvm,
        &[
            ("sys_vendor", "QEMU"),
            ("product_name", "Standard PC (Q35 + ICH9, 2009)"),
            ("product_version", "pc-q35-9.2+pve1"),
            ("bios_vendor", "Proxmox distribution of EDK II"),
        ],
    ),
    ("dell", Platform::Unknown, &[("sys_vendor", "Dell Inc."), ("product_name", "PowerEdge R760")]),
];

fn put(tree: &TempDir, path: &str, text: &str) {
    let path = tree.path().join(path);
    fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
    fs::write(path, text).expect("a file");
}

fn tree(fields: &[(&str, &str)], cpuinfo: Option<&str>) -> TempDir {
    let tree = tempfile::tempdir().expect("a temporary directory");
    for (name, value) in fields {
        put(&tree, &format!("sys/class/dmi/id/{name}"), &format!("{value}\n"));
    }
    cpuinfo.into_iter().for_each(|text| put(&tree, "proc/cpuinfo", text));
    tree
}

/// The platform by strong evidence alone: weak evidence proves none without IMDS.
fn platform(fields: &[(&str, &str)], cpuinfo: Option<&str>) -> Platform {
    let tree = tree(fields, cpuinfo);
    let evidence = Dmi::read(&Root::open(tree.path()).expect("a root")).evidence();
    let strong = evidence.iter().find(|piece| piece.strength == Strength::Strong);
    strong.map_or(Platform::Unknown, |piece| piece.platform)
}

#[test]
fn machines_that_were_seen_are_what_they_are() {
    for (name, wanted, fields) in CASES {
        assert_eq!(platform(fields, None), *wanted, "{name}");
    }
}

/// The firmware that shows these signs and nothing else.
fn firmware(signs: &[Sign]) -> Dmi {
    let value = |pattern: &Pattern| match pattern {
        Pattern::Is(text) => (*text).to_owned(),
        Pattern::Starts(text) => format!("{text}-7"),
        Pattern::Ends(text) => format!("7-{text}"),
    };
    let fields = signs.iter().copied().flatten().map(|(field, pattern)| (*field, value(pattern)));
    Dmi { fields: fields.collect(), ..Dmi::default() }
}

fn only_platform(dmi: &Dmi) -> Option<Platform> {
    let evidence = dmi.evidence();
    let first = evidence.first()?;
    assert!(evidence.iter().all(|piece| piece.platform == first.platform), "{evidence:?}");
    Some(first.platform)
}

#[test]
fn each_sign_alone_names_its_platform() {
    for row in ROWS {
        for sign in row.signs {
            assert_eq!(only_platform(&firmware(&[sign])), Some(row.platform), "{sign:?}");
        }
    }
}

#[test]
fn the_upper_row_decides_where_two_have_signs() {
    let is_disjoint =
        |upper: Sign, lower: Sign| !lower.iter().any(|(field, _)| upper.iter().any(|x| x.0 == *field));
    for (at, row) in ROWS.iter().enumerate() {
        for lower in ROWS[at + 1..].iter().flat_map(|row| row.signs) {
            for upper in row.signs.iter().filter(|upper| is_disjoint(upper, lower)) {
                assert_eq!(
                    only_platform(&firmware(&[upper, lower])),
                    Some(row.platform),
                    "{upper:?} {lower:?}"
                );
            }
        }
    }
}

#[test]
fn a_lookalike_is_no_platform_whatever_else_it_shows() {
    let amazon: Sign = &[(Field::BiosVendor, Pattern::Is("Amazon EC2"))];
    for sign in Platform::Aws.row().lookalikes {
        assert_eq!(only_platform(&firmware(&[sign, amazon])), Some(Platform::Unknown), "{sign:?}");
    }
}

#[test]
fn metal_needs_a_makers_name_and_a_processor_of_its_own() {
    const BARE: &str = "processor\t: 0\nflags\t\t: fpu vme lm\nbugs\t\t:\n";
    const VIRTUAL: &str = "processor\t: 0\nflags\t\t: fpu vme hypervisor lm\nbugs\t\t:\n";
    const ARM: &str = "processor\t: 0\nFeatures\t: fp asimd\n";
    let dell = [("sys_vendor", "Dell Inc.")];
    assert_eq!(platform(&dell, Some(BARE)), Platform::Metal);
    assert_eq!(platform(&dell, Some(VIRTUAL)), Platform::Unknown);
    assert_eq!(platform(&dell, Some(ARM)), Platform::Unknown, "nothing tells");
    assert_eq!(platform(&[], Some(BARE)), Platform::Unknown, "no firmware, no maker");
    assert_eq!(platform(&[("sys_vendor", "QEMU")], Some(BARE)), Platform::Kvm, "it hides");
    assert_eq!(platform(&[("sys_vendor", "Amazon EC2")], Some(BARE)), Platform::Aws, "its metal machines");
    assert_eq!(platform(&[("sys_vendor", "e24cloud")], Some(BARE)), Platform::Unknown, "EC2's lookalikes");
    let long = format!("{BARE}{}", "x".repeat(4 << 20));
    assert_eq!(platform(&dell, Some(&long)), Platform::Metal, "hundreds of processors");
}

/// EC2's machines of those days have the UUID too, and XCP-ng's one in 2048.
#[test]
fn xen_with_a_uuid_like_ec2s_is_a_hint() {
    let xen = [("sys_vendor", "Xen"), ("product_name", "HVM domU"), ("bios_version", "4.13")];
    let evidence = |uuid| {
        let tree = tree(&xen, None);
        put(&tree, "sys/class/dmi/id/product_uuid", uuid);
        Dmi::read(&Root::open(tree.path()).expect("a root")).evidence()
    };
    let [hint] = evidence("ec2e1916-9099-7caf-fd21-012345abcdef").try_into().expect("a hint");
    assert_eq!((hint.platform, hint.strength), (Platform::Aws, Strength::Weak));
    let other = evidence("9d2b1916-9099-7caf-fd21-012345abcdef");
    assert_eq!((other[0].platform, other[0].strength), (Platform::Xen, Strength::Strong));
}

/// A paravirtual machine has no firmware to ask.
#[test]
fn xen_without_dmi_is_told_by_the_kernel() {
    let tree = tree(&[], None);
    put(&tree, "sys/hypervisor/type", "xen\n");
    put(&tree, "sys/hypervisor/uuid", "9d2b1916-9099-7caf-fd21-012345abcdef\n");
    let evidence = || Dmi::read(&Root::open(tree.path()).expect("a root")).evidence();
    assert_eq!(evidence()[0].platform, Platform::Xen);
    put(&tree, "sys/hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n");
    assert_eq!((evidence()[0].platform, evidence()[0].strength), (Platform::Aws, Strength::Weak));
    put(&tree, "sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
    assert_eq!(evidence()[0].platform, Platform::Unknown, "its dom0");
}

/// sysfs shows serial numbers and UUIDs to root alone; whoever reads the boot's report reads the evidence.
#[test]
fn evidence_holds_nothing_that_only_root_can_read() {
    const SECRET: &str = "5e21a7c0-ffee-5e21-a7c0-ffee5e21a7c0";
    for (field, value) in [
        ("product_serial", format!("GoogleCloud-{SECRET}")),
        ("product_serial", format!("{SECRET}.brightbox.com")),
        ("product_uuid", format!("ec2e1916-{SECRET}")),
    ] {
        let tree = tree(&[(field, &value)], None);
        let evidence = Dmi::read(&Root::open(tree.path()).expect("a root")).evidence();
        let says = &evidence[0].says;
        assert!(says.starts_with(field) && !says.to_lowercase().contains("ffee"), "{says}");
    }
}
