//! The table: one row a platform. The enum, its list and its names come out of it.
//!
//! The first row with a sign that matches decides, so the order is the precedence: a cloud stands above what it is built
//! of, OpenStack, and that above the hypervisors. Each sign's source is named in cloud-init's ds-identify, systemd's
//! 40-imds.hwdb or the vendor's own page.

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error};

use super::Row;
use super::clock::HYPERV;
use super::fingerprint::Field::*;
use super::sources::*;
use super::{Directive, FastStart, Scale, Source};

/// Makes `Variant = "name" { a row's fields }` an enum, the list of its variants and a table in their order. What a row
/// does not say is as in [`PLAIN`].
macro_rules! platforms {
    ($($variant:ident = $name:literal { $($field:ident: $value:expr),* $(,)? })*) => {
        /// Platform on which the machine runs. The names are the contract of `detect --json` and `--platform`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum Platform {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl Platform {
            pub const ALL: &[Platform] = &[$(Platform::$variant),*];

            const NAMES: &[&str] = &[$($name),*];
        }

        pub const ROWS: &[Row] =
            &[$(Row { platform: Platform::$variant, name: $name, $($field: $value,)* ..PLAIN }),*];
    };
}

impl<'de> Deserialize<'de> for Platform {
    /// Reads a platform by its name, in any case.
    fn deserialize<D: Deserializer<'de>>(words: D) -> Result<Platform, D::Error> {
        let name = String::deserialize(words)?;
        let row = ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(&name));
        row.map(|row| row.platform).ok_or_else(|| D::Error::unknown_variant(&name, Platform::NAMES))
    }
}

/// A platform without a time service of its own.
const PLAIN: Row = Row {
    platform: Platform::Unknown,
    name: "",
    title: "",
    signs: &[],
    lookalikes: &[],
    sources: OTHERS,
    without_ipv4: &[],
    watched: None,
};

platforms! {
    Aws = "aws" {
        title: "Amazon EC2",
        signs: &[
            // Nitro machines, bare metal and Graviton.
            &[SysVendor.is("Amazon EC2")],
            &[BiosVendor.is("Amazon EC2")],
            // Xen machines (t2, m3): 4.2.amazon, 4.11.amazon.
            &[BiosVersion.ends(".amazon")],
            &[ProductVersion.ends(".amazon")],
        ],
        // They speak EC2's metadata protocol and have no 169.254.169.123.
        lookalikes: &[
            &[ProductSerial.ends(".brightbox.com")],
            &[ChassisAssetTag.ends(".zstack.io")],
            &[SysVendor.is("e24cloud")],
            &[SysVendor.is("Tilaa")],
            &[SysVendor.is("3DS Outscale")],
            &[ProductName.is("3DS Outscale VM")],
        ],
        sources: &[AMAZON, AMAZON_PUBLIC],
        // Amazon advises against both addresses together.
        without_ipv4: &[AMAZON_IPV6, AMAZON_PUBLIC],
    }
    Gce = "gce" {
        title: "Google Compute Engine",
        signs: &[
            &[ProductName.is("Google Compute Engine")],
            &[ProductSerial.starts("GoogleCloud-")],
            // Old machines; cloud-init accepts the same.
            &[ProductName.is("Google")],
        ],
        sources: &[Source {
            directive: Directive::Server("metadata.google.internal"),
            options: "prefer iburst",
            fast_start: LINK_LOCAL,
            scale: Scale::Smeared,
            says: "Google's metadata server. Google advises against any other server beside it.",
            page: "https://cloud.google.com/compute/docs/instances/configure-ntp",
        }],
    }
    Azure = "azure" {
        title: "Microsoft Azure",
        // The ASCII codes of "MSFT AZURE VM". Hyper-V elsewhere has tags that look alike, and some Azure machines another
        // vendor: the tag alone, and whole.
        signs: &[&[ChassisAssetTag.is("7783-7084-3265-9085-8269-3286-77")]],
        sources: &[
            Source {
                directive: Directive::Phc(&HYPERV),
                options: "poll 3 dpoll -2 offset 0 stratum 2",
                fast_start: FastStart::Beside("poll -2 dpoll -4 offset 0 stratum 2 refid FAST"),
                scale: Scale::Unknown,
                says: "The host's clock, which the hypervisor shows to the machine.",
                page: AZURE_PAGE,
            },
            Source {
                directive: Directive::Server("time.windows.com"),
                options: "iburst",
                fast_start: INTERNET,
                scale: Scale::Unknown,
                says: "Fallback over the network. Azure has no NTP server at its metadata address.",
                page: AZURE_PAGE,
            },
        ],
    }
    Oci = "oci" {
        title: "Oracle Cloud Infrastructure",
        // The rest of an OCI machine says QEMU.
        signs: &[&[ChassisAssetTag.is("OracleCloud.com")]],
        sources: &[Source {
            directive: Directive::Server("169.254.169.254"),
            options: "prefer iburst",
            fast_start: LINK_LOCAL,
            scale: Scale::Unknown,
            says: "OCI's NTP service. A firewall on the machine must let UDP port 123 to it through.",
            page: "https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/configuringntpservice.htm",
        }],
    }
    Alibaba = "alibaba" {
        title: "Alibaba Cloud",
        signs: &[&[SysVendor.is("Alibaba Cloud")], &[ProductName.is("Alibaba Cloud ECS")]],
        sources: &[
            ALIBABA,
            Source { directive: Directive::Server("ntp7.cloud.aliyuncs.com"), ..ALIBABA },
            Source { directive: Directive::Server("ntp8.cloud.aliyuncs.com"), ..ALIBABA },
            Source { directive: Directive::Server("ntp9.cloud.aliyuncs.com"), ..ALIBABA },
            Source { directive: Directive::Server("ntp10.cloud.aliyuncs.com"), ..ALIBABA },
            Source { directive: Directive::Server("ntp11.cloud.aliyuncs.com"), ..ALIBABA },
            Source { directive: Directive::Server("ntp12.cloud.aliyuncs.com"), ..ALIBABA },
        ],
    }
    Tencent = "tencent" {
        title: "Tencent Cloud",
        signs: &[&[SysVendor.is("Tencent Cloud")]],
        sources: &[
            TENCENT,
            Source { directive: Directive::Server("time2.tencentyun.com"), ..TENCENT },
            Source { directive: Directive::Server("time3.tencentyun.com"), ..TENCENT },
            Source { directive: Directive::Server("time4.tencentyun.com"), ..TENCENT },
            Source { directive: Directive::Server("time5.tencentyun.com"), ..TENCENT },
        ],
    }
    // VPC. The rest of such a machine says QEMU.
    Ibm = "ibm" {
        title: "IBM Cloud",
        signs: &[&[ChassisVendor.starts("IBM:Cloud Compute Server")]],
        sources: &[server(
            "time.adn.networklayer.com",
            "IBM Cloud's NTP server, inside the VPC.",
            "https://cloud.ibm.com/docs/vpc?topic=vpc-service-endpoints-for-vpc",
        )],
    }
    Huawei = "huawei" {
        title: "Huawei Cloud",
        signs: &[&[ChassisAssetTag.is("HUAWEICLOUD")], &[SysVendor.is("Huawei Cloud")]],
        sources: &[server(
            "ntp.myhuaweicloud.com",
            "Huawei Cloud's NTP server, as its own images have it.",
            "No page of the vendor's was found.",
        )],
    }
    // Its own page names NTP servers, and no name of theirs could be confirmed.
    OpenTelekom = "opentelekom" {
        title: "Open Telekom Cloud",
        signs: &[&[ChassisAssetTag.is("OpenTelekomCloud")]],
        watched: Some(&WATCHED_KVM),
    }
    // The cloud's machines: a dedicated server has its maker's DMI.
    Hetzner = "hetzner" {
        title: "Hetzner Cloud",
        signs: &[&[SysVendor.is("Hetzner")], &[BiosVendor.is("Hetzner")]],
        sources: &[
            HETZNER,
            Source { directive: Directive::Server("ntp2.hetzner.com"), ..HETZNER },
            Source { directive: Directive::Server("ntp3.hetzner.net"), ..HETZNER },
        ],
    }
    // Its servers differ by zone, which DMI does not tell.
    Scaleway = "scaleway" {
        title: "Scaleway",
        signs: &[&[SysVendor.is("Scaleway")]],
        watched: Some(&WATCHED_KVM),
    }
    // Its machines say OpenStack and nothing more: the configuration must name it. The server stands in France.
    Ovh = "ovh" {
        title: "OVHcloud",
        sources: &[server(
            "ntp.ovh.net",
            "OVHcloud's NTP server.",
            "https://help.ovhcloud.com/csm?id=kb_article_view&sysparm_article=KB0056831",
        )],
    }
    DigitalOcean = "digitalocean" {
        title: "DigitalOcean",
        signs: &[&[SysVendor.is("DigitalOcean")]],
        watched: Some(&WATCHED_KVM),
    }
    Linode = "linode" {
        title: "Linode",
        signs: &[&[SysVendor.is("Linode")], &[SysVendor.is("Akamai")]],
        watched: Some(&WATCHED_KVM),
    }
    Vultr = "vultr" {
        title: "Vultr",
        signs: &[&[SysVendor.is("Vultr")]],
        watched: Some(&WATCHED_KVM),
    }
    UpCloud = "upcloud" {
        title: "UpCloud",
        signs: &[&[SysVendor.is("UpCloud")]],
        watched: Some(&WATCHED_KVM),
    }
    Exoscale = "exoscale" {
        title: "Exoscale",
        signs: &[&[ProductName.starts("Exoscale")]],
        watched: Some(&WATCHED_KVM),
    }
    CloudStack = "cloudstack" {
        title: "CloudStack",
        signs: &[&[ProductName.starts("CloudStack")]],
        watched: Some(&WATCHED_KVM),
    }
    OpenStack = "openstack" {
        title: "OpenStack",
        // It runs on VMware too, and then only the tag tells.
        signs: &[
            &[ProductName.is("OpenStack Nova")],
            &[ProductName.is("OpenStack Compute")],
            &[ChassisAssetTag.is("OpenStack Nova")],
            &[ChassisAssetTag.is("OpenStack Compute")],
            &[ChassisAssetTag.is("SAP CCloud VM")],
            &[ChassisAssetTag.is("Samsung Cloud Platform")],
        ],
        watched: Some(&WATCHED_KVM),
    }
    VMware = "vmware" {
        title: "VMware",
        signs: &[&[SysVendor.is("VMware, Inc.")], &[ProductName.starts("VMware")]],
        watched: Some(&WATCHED_VMWARE),
    }
    HyperV = "hyperv" {
        title: "Hyper-V",
        signs: &[&[SysVendor.is("Microsoft Corporation"), ProductName.is("Virtual Machine")]],
        watched: Some(&WATCHED_HYPERV),
    }
    // KVM below: its Hyper-V features make systemd-detect-virt say microsoft.
    Nutanix = "nutanix" {
        title: "Nutanix AHV",
        signs: &[&[SysVendor.is("Nutanix")]],
        watched: Some(&WATCHED_KVM),
    }
    KubeVirt = "kubevirt" {
        title: "KubeVirt",
        signs: &[&[SysVendor.is("KubeVirt")]],
        watched: Some(&WATCHED_KVM),
    }
    // Proxmox's too.
    Kvm = "kvm" {
        title: "KVM",
        signs: &[
            &[SysVendor.is("QEMU")],
            &[ProductName.starts("Standard PC (")],
            // Red Hat's hypervisors; systemd's virt.c has the same.
            &[ProductName.is("KVM")],
        ],
        watched: Some(&WATCHED_KVM),
    }
    // XCP-ng's and XenServer's too. EC2's old machines say the same, and in their versions more.
    Xen = "xen" {
        title: "Xen",
        signs: &[&[SysVendor.is("Xen")], &[ProductName.is("HVM domU")], &[BiosVendor.is("Xen")]],
    }
    Bhyve = "bhyve" {
        title: "bhyve",
        signs: &[&[ProductName.is("BHYVE")], &[BiosVendor.is("BHYVE")]],
    }
    VirtualBox = "virtualbox" {
        title: "VirtualBox",
        signs: &[&[ProductName.is("VirtualBox")], &[SysVendor.is("innotek GmbH")]],
    }
    Parallels = "parallels" {
        title: "Parallels",
        signs: &[&[SysVendor.starts("Parallels")]],
    }
    // Known by any maker's name and a processor that shows no hypervisor.
    Metal = "metal" {
        title: "a machine that is not virtual",
    }
    Unknown = "unknown" {
        title: "a platform that is not known",
    }
}

/// One of Alibaba's servers. Its page wants several, and does not say how they treat leap seconds.
const ALIBABA: Source = Source {
    directive: Directive::Server("ntp.cloud.aliyuncs.com"),
    options: "minpoll 4 maxpoll 10 iburst",
    fast_start: FastStart::Options("iburst minpoll 2 maxpoll 4 polltarget 2"),
    scale: Scale::Unknown,
    says: "Alibaba Cloud's NTP servers, inside the VPC. chronyd chooses the best of them.",
    page: "https://www.alibabacloud.com/help/en/ecs/user-guide/alibaba-cloud-ntp-server",
};

const TENCENT: Source = server(
    "time1.tencentyun.com",
    "Tencent Cloud's NTP servers, inside the VPC. chronyd chooses the best of them.",
    "https://www.tencentcloud.com/document/product/213/30393",
);

const HETZNER: Source = server(
    "ntp1.hetzner.de",
    "Hetzner's NTP servers. chronyd chooses the best of them.",
    "https://community.hetzner.com/tutorials/install-and-configure-ntp",
);
