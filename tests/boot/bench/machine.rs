//! What a guest's firmware says of it: what tests/machines has of such a machine.

use std::fs;

use test_support::repository;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Aws,
    Gce,
    Azure,
    Oci,
    Kvm,
    HyperV,
    /// A maker's name, and a processor that shows no hypervisor.
    Metal,
    /// No name in any field, but a UUID as EC2 hands them out: one foreign machine in two thousand has such a one too.
    LooksLikeEc2,
    /// No firmware that says anything. For arm64 alone: that of a q35 always does.
    Silent,
}

/// Of a machine that has none in tests/machines: no cloud's.
const UUID: &str = "4a5b6c7d-1e2f-4a3b-8c9d-0e1f2a3b4c5d";

/// The tables of SMBIOS: QEMU's name of each field, and the kernel's. One that is not set would say "QEMU".
const TABLES: [&str; 4] = [
    "vendor=bios_vendor version=bios_version",
    "manufacturer=sys_vendor product=product_name version=product_version serial=product_serial uuid=product_uuid",
    "manufacturer=board_vendor product=board_name version=board_version asset=board_asset_tag",
    "manufacturer=chassis_vendor version=chassis_version asset=chassis_asset_tag",
];

impl Machine {
    /// Its folder in tests/machines.
    pub fn name(self) -> &'static str {
        match self {
            Machine::Aws => "aws-debian13",
            Machine::Gce => "gce-debian12-skew",
            Machine::Azure => "azure-debian13",
            Machine::Oci => "oci-debian13",
            Machine::Kvm => "kvm-debian13",
            Machine::HyperV => "hyperv-debian13",
            Machine::Metal => "metal-debian12",
            Machine::LooksLikeEc2 => "unknown-debian13-uuid",
            Machine::Silent => "a machine without SMBIOS",
        }
    }

    /// What the processor shows. QEMU adds that it is virtual.
    pub fn processor(self) -> &'static str {
        match self {
            Machine::Metal => "qemu64,-svm,-hypervisor",
            _ => "qemu64,-svm",
        }
    }

    /// One -smbios argument of QEMU each.
    pub fn smbios(self) -> Vec<String> {
        let dmi = repository().join("tests/machines").join(self.name()).join("root/sys/class/dmi/id");
        let value = |field: &str| match fs::read_to_string(dmi.join(field)).unwrap_or_default().trim_end() {
            "" if field == "product_uuid" => UUID.to_owned(),
            value => value.replace(',', ",,"),
        };
        let field = |names: &str| {
            let (qemu, dmi) = names.split_once('=').expect("two names");
            format!(",{qemu}={}", value(dmi))
        };
        let tables = TABLES.iter().enumerate().filter(|_| self != Machine::Silent);
        tables
            .map(|(number, fields)| {
                format!("type={number}{}", fields.split(' ').map(field).collect::<String>())
            })
            .collect()
    }
}
