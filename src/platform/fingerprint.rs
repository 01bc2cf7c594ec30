//! How a platform shows itself in DMI.

use super::Platform;

/// A field of /sys/class/dmi/id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    BiosVendor,
    BiosVersion,
    BoardVendor,
    ChassisAssetTag,
    ProductName,
    ProductSerial,
    ProductUuid,
    ProductVersion,
    SysVendor,
}

impl Field {
    pub const ALL: [Field; 9] = [
        Field::BiosVendor,
        Field::BiosVersion,
        Field::BoardVendor,
        Field::ChassisAssetTag,
        Field::ProductName,
        Field::ProductSerial,
        Field::ProductUuid,
        Field::ProductVersion,
        Field::SysVendor,
    ];

    /// The file's name in /sys/class/dmi/id.
    pub fn name(self) -> &'static str {
        match self {
            Field::BiosVendor => "bios_vendor",
            Field::BiosVersion => "bios_version",
            Field::BoardVendor => "board_vendor",
            Field::ChassisAssetTag => "chassis_asset_tag",
            Field::ProductName => "product_name",
            Field::ProductSerial => "product_serial",
            Field::ProductUuid => "product_uuid",
            Field::ProductVersion => "product_version",
            Field::SysVendor => "sys_vendor",
        }
    }
}

/// What a field must hold. Case counts: Chromebooks say GOOGLE, which is not Google.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    Is(&'static str),
    Starts(&'static str),
    Ends(&'static str),
}

impl Pattern {
    pub fn matches(self, value: &str) -> bool {
        match self {
            Pattern::Is(text) => value == text,
            Pattern::Starts(text) => value.starts_with(text),
            Pattern::Ends(text) => value.ends_with(text),
        }
    }
}

/// One strong sign of a platform: all of its fields must match.
#[derive(Debug)]
pub struct Fingerprint {
    pub platform: Platform,
    pub signs: &'static [(Field, Pattern)],
}

const fn sign(platform: Platform, signs: &'static [(Field, Pattern)]) -> Fingerprint {
    Fingerprint { platform, signs }
}

use Field::*;
use Pattern::{Ends, Is, Starts};

/// The strong signs; the first that matches decides. Each row's source is named in
/// cloud-init's ds-identify, systemd's 40-imds.hwdb or the vendor's own page.
pub const FINGERPRINTS: &[Fingerprint] = &[
    // The ASCII codes of "MSFT AZURE VM". Hyper-V elsewhere has tags that look alike, and some
    // Azure machines another vendor: the tag alone, and whole.
    sign(Platform::Azure, &[(ChassisAssetTag, Is("7783-7084-3265-9085-8269-3286-77"))]),
    // The rest of an OCI machine says QEMU.
    sign(Platform::Oci, &[(ChassisAssetTag, Is("OracleCloud.com"))]),
    sign(Platform::Gce, &[(ProductName, Is("Google Compute Engine"))]),
    sign(Platform::Gce, &[(ProductSerial, Starts("GoogleCloud-"))]),
    // Old machines; cloud-init accepts the same.
    sign(Platform::Gce, &[(ProductName, Is("Google"))]),
    // They speak EC2's metadata protocol and have no 169.254.169.123: before the AWS rows.
    sign(Platform::Unknown, &[(ProductSerial, Ends(".brightbox.com"))]),
    sign(Platform::Unknown, &[(ChassisAssetTag, Ends(".zstack.io"))]),
    sign(Platform::Unknown, &[(SysVendor, Is("e24cloud"))]),
    sign(Platform::Unknown, &[(SysVendor, Is("Tilaa"))]),
    sign(Platform::Unknown, &[(SysVendor, Is("3DS Outscale"))]),
    sign(Platform::Unknown, &[(ProductName, Is("3DS Outscale VM"))]),
    // Nitro machines, bare metal and Graviton.
    sign(Platform::Aws, &[(SysVendor, Is("Amazon EC2"))]),
    sign(Platform::Aws, &[(BiosVendor, Is("Amazon EC2"))]),
    // Xen machines (t2, m3): 4.2.amazon, 4.11.amazon.
    sign(Platform::Aws, &[(BiosVersion, Ends(".amazon"))]),
    sign(Platform::Aws, &[(ProductVersion, Ends(".amazon"))]),
    // Before VMware: OpenStack runs on it too, and then only the tag tells.
    sign(Platform::OpenStack, &[(ProductName, Is("OpenStack Nova"))]),
    sign(Platform::OpenStack, &[(ProductName, Is("OpenStack Compute"))]),
    sign(Platform::OpenStack, &[(ChassisAssetTag, Is("OpenStack Nova"))]),
    sign(Platform::OpenStack, &[(ChassisAssetTag, Is("OpenStack Compute"))]),
    sign(Platform::OpenStack, &[(ChassisAssetTag, Is("OpenTelekomCloud"))]),
    sign(Platform::OpenStack, &[(ChassisAssetTag, Is("SAP CCloud VM"))]),
    sign(Platform::OpenStack, &[(ChassisAssetTag, Is("HUAWEICLOUD"))]),
    sign(Platform::OpenStack, &[(ChassisAssetTag, Is("Samsung Cloud Platform"))]),
    sign(Platform::VMware, &[(SysVendor, Is("VMware, Inc."))]),
    sign(Platform::VMware, &[(ProductName, Starts("VMware"))]),
    sign(Platform::HyperV, &[(SysVendor, Is("Microsoft Corporation")), (ProductName, Is("Virtual Machine"))]),
    sign(Platform::Kvm, &[(SysVendor, Is("QEMU"))]),
    sign(Platform::Kvm, &[(ProductName, Starts("Standard PC ("))]),
    // Red Hat's hypervisors; systemd's virt.c has the same.
    sign(Platform::Kvm, &[(ProductName, Is("KVM"))]),
    sign(Platform::Kvm, &[(SysVendor, Is("KubeVirt"))]),
];
