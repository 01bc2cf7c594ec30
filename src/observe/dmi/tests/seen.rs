//! Machines that were seen, by the fields of their DMI.

use crate::platform::Platform;

pub type Case = (&'static str, Platform, &'static [(&'static str, &'static str)]);

pub const CASES: &[Case] = &[
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
