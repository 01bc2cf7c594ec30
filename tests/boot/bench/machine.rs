//! What a guest's firmware says of it: what tests/machines has of such a machine.

use std::fs;

use test_support::repository;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Aws,
    Gce,
    Azure,
    Oci,
    OpenStack,
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

impl Machine {
    /// Its folder in tests/machines.
    fn fixture(self) -> Option<&'static str> {
        Some(match self {
            Machine::Aws => "aws-debian13",
            Machine::Gce => "gce-debian12-skew",
            Machine::Azure => "azure-debian13",
            Machine::Oci => "oci-debian13",
            Machine::OpenStack => "openstack-debian12",
            Machine::Kvm => "kvm-debian13",
            Machine::HyperV => "hyperv-debian13",
            Machine::Metal => "metal-debian12",
            Machine::LooksLikeEc2 => "unknown-debian13-uuid",
            Machine::Silent => return None,
        })
    }

    pub fn name(self) -> &'static str {
        self.fixture().unwrap_or("a machine without SMBIOS")
    }

    /// What the processor shows. QEMU adds that it is virtual.
    pub fn processor(self) -> &'static str {
        match self {
            Machine::Metal => "qemu64,-svm,-hypervisor",
            _ => "qemu64,-svm",
        }
    }

    /// One -smbios argument of QEMU each. A field that is not set here would say "QEMU".
    pub fn smbios(self) -> Vec<String> {
        let Some(fixture) = self.fixture() else { return Vec::new() };
        let dmi = repository().join("tests/machines").join(fixture).join("root/sys/class/dmi/id");
        let field = |name: &str| {
            let value = fs::read_to_string(dmi.join(name)).unwrap_or_default();
            value.trim_end().replace(',', ",,")
        };
        let uuid = Some(field("product_uuid")).filter(|uuid| !uuid.is_empty());
        let argument = |number: u8, names: &[(&str, &str)]| {
            let values = names.iter().map(|(qemu, dmi)| format!(",{qemu}={}", field(dmi)));
            format!("type={number}{}", values.collect::<String>())
        };
        let system = argument(
            1,
            &[
                ("manufacturer", "sys_vendor"),
                ("product", "product_name"),
                ("version", "product_version"),
                ("serial", "product_serial"),
            ],
        );
        vec![
            argument(0, &[("vendor", "bios_vendor"), ("version", "bios_version")]),
            format!("{system},uuid={}", uuid.as_deref().unwrap_or(UUID)),
            argument(
                2,
                &[
                    ("manufacturer", "board_vendor"),
                    ("product", "board_name"),
                    ("version", "board_version"),
                    ("asset", "board_asset_tag"),
                ],
            ),
            argument(
                3,
                &[
                    ("manufacturer", "chassis_vendor"),
                    ("version", "chassis_version"),
                    ("asset", "chassis_asset_tag"),
                ],
            ),
        ]
    }
}
