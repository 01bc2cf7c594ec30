//! What a guest's firmware says of it. The values are those that the clouds' own machines show.

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

impl Machine {
    pub fn name(&self) -> &'static str {
        match self {
            Machine::Aws => "aws",
            Machine::Gce => "gce",
            Machine::Azure => "azure",
            Machine::Oci => "oci",
            Machine::OpenStack => "openstack",
            Machine::Kvm => "kvm",
            Machine::HyperV => "hyperv",
            Machine::Metal => "metal",
            Machine::LooksLikeEc2 => "a machine with no name and a UUID like EC2's",
            Machine::Silent => "a machine without SMBIOS",
        }
    }

    /// What the processor shows. QEMU adds that it is virtual.
    pub fn processor(&self) -> &'static str {
        match self {
            Machine::Metal => "qemu64,-svm,-hypervisor",
            _ => "qemu64,-svm",
        }
    }

    /// One -smbios argument of QEMU each. A field that is not set here would say "QEMU".
    pub fn smbios(&self) -> &'static [&'static str] {
        match self {
            Machine::Aws => &[
                "type=0,vendor=Amazon EC2,version=1.0",
                "type=1,manufacturer=Amazon EC2,product=m5.large,version=,\
                 serial=ec2e1916-9099-7caf-fd21-012345abcdef,uuid=ec2e1916-9099-7caf-fd21-012345abcdef",
                "type=2,manufacturer=Amazon EC2,product=,version=,asset=i-0123456789abcdef0",
                "type=3,manufacturer=Amazon EC2,version=,asset=Amazon EC2",
            ],
            Machine::Gce => &[
                "type=0,vendor=Google,version=Google",
                "type=1,manufacturer=Google,product=Google Compute Engine,version=,\
                 serial=GoogleCloud-0123456789ABCDEF0123456789ABCDEF,uuid=01234567-89ab-cdef-0123-456789abcdef",
                "type=2,manufacturer=Google,product=Google Compute Engine,version=",
                "type=3,manufacturer=Google,version=",
            ],
            Machine::Azure => &[
                "type=0,vendor=American Megatrends Inc.,version=090008",
                "type=1,manufacturer=Microsoft Corporation,product=Virtual Machine,version=7.0,\
                 serial=0000-0012-3456-7890-1234-5678-90,uuid=7d1ad7c1-3f5b-4c2f-9a4e-5b6a7c8d9e0f",
                "type=2,manufacturer=Microsoft Corporation,product=Virtual Machine,version=7.0",
                "type=3,manufacturer=Microsoft Corporation,version=7.0,asset=7783-7084-3265-9085-8269-3286-77",
            ],
            Machine::Oci => &[
                "type=0,vendor=SeaBIOS,version=1.16.0",
                "type=1,manufacturer=QEMU,product=Standard PC (i440FX + PIIX,, 1996),version=pc-i440fx-7.2,\
                 uuid=4a5b6c7d-1e2f-4a3b-8c9d-0e1f2a3b4c5d",
                "type=2,manufacturer=,product=,version=",
                "type=3,manufacturer=QEMU,version=pc-i440fx-7.2,asset=OracleCloud.com",
            ],
            Machine::OpenStack => &[
                "type=0,vendor=SeaBIOS,version=1.16.0",
                "type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,version=27.1.0,\
                 uuid=4a5b6c7d-1e2f-4a3b-8c9d-0e1f2a3b4c5d",
                "type=2,manufacturer=,product=,version=",
                "type=3,manufacturer=QEMU,version=pc-i440fx-7.2",
            ],
            Machine::Kvm => &[
                "type=0,vendor=SeaBIOS,version=1.16.0",
                "type=1,manufacturer=QEMU,product=Standard PC (Q35 + ICH9,, 2009),version=pc-q35-8.2,\
                 uuid=4a5b6c7d-1e2f-4a3b-8c9d-0e1f2a3b4c5d",
                "type=2,manufacturer=,product=,version=",
                "type=3,manufacturer=QEMU,version=pc-q35-8.2",
            ],
            Machine::HyperV => &[
                "type=0,vendor=Microsoft Corporation,version=Hyper-V UEFI Release v4.1",
                "type=1,manufacturer=Microsoft Corporation,product=Virtual Machine,\
                 version=Hyper-V UEFI Release v4.1,uuid=7d1ad7c1-3f5b-4c2f-9a4e-5b6a7c8d9e0f",
                "type=2,manufacturer=Microsoft Corporation,product=Virtual Machine,version=v4.1",
                "type=3,manufacturer=Microsoft Corporation,version=v4.1,asset=3857-0037-2746-7462-1818-3997-77",
            ],
            Machine::Metal => &[
                "type=0,vendor=Dell Inc.,version=2.19.1",
                "type=1,manufacturer=Dell Inc.,product=PowerEdge R760,version=,\
                 uuid=4c4c4544-0042-3510-8052-b4c04f4d3333",
                "type=2,manufacturer=Dell Inc.,product=0VRV9X,version=A02",
                "type=3,manufacturer=Dell Inc.,version=,asset=",
            ],
            Machine::LooksLikeEc2 => &[
                "type=0,vendor=,version=",
                "type=1,manufacturer=,product=,version=,uuid=ec2e1916-9099-4caf-8d21-012345abcdef",
                "type=2,manufacturer=,product=,version=",
                "type=3,manufacturer=,version=",
            ],
            Machine::Silent => &[],
        }
    }
}
