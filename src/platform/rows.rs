//! The platforms and their sources.

use super::Platform;
use super::clock::{ENA, HYPERV, KVM, VMWARE};
use super::{Directive, FastStart, Row, Scale, Source};
use crate::names::DHCP_DIR;

const AMAZON_PAGE: &str = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-ec2-ntp.html";
const AZURE_PAGE: &str = "https://learn.microsoft.com/en-us/azure/virtual-machines/linux/time-sync";
const CHRONY_PAGE: &str = "https://chrony-project.org/doc/latest/chrony.conf.html";
const POOL_PAGE: &str = "https://www.ntppool.org/en/vendors.html";

/// What most rows have.
const PLAIN: Row =
    Row { platform: Platform::Unknown, name: "", sources: OTHERS, without_ipv4: &[], watched: None };

pub const ROWS: &[Row] = &[
    Row {
        platform: Platform::Aws,
        name: "Amazon EC2",
        sources: &[
            Source {
                directive: Directive::Server("169.254.169.123"),
                says: "Amazon Time Sync Service, link-local: no route and no IMDS needed.",
                ..AMAZON
            },
            AMAZON_PUBLIC,
        ],
        // Amazon advises against both addresses beside each other.
        without_ipv4: &[
            Source {
                directive: Directive::Server("fd00:ec2::123"),
                says: "Amazon Time Sync Service, by IPv6: this machine has no IPv4.",
                ..AMAZON
            },
            AMAZON_PUBLIC,
        ],
        ..PLAIN
    },
    Row {
        platform: Platform::Gce,
        name: "Google Compute Engine",
        sources: &[Source {
            directive: Directive::Server("metadata.google.internal"),
            options: "prefer iburst",
            fast_start: LINK_LOCAL,
            scale: Scale::Smeared,
            says: "Google's metadata server. Google advises against any other server beside it.",
            page: "https://cloud.google.com/compute/docs/instances/configure-ntp",
        }],
        ..PLAIN
    },
    Row {
        platform: Platform::Azure,
        name: "Microsoft Azure",
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
        ..PLAIN
    },
    Row {
        platform: Platform::Oci,
        name: "Oracle Cloud Infrastructure",
        sources: &[Source {
            directive: Directive::Server("169.254.169.254"),
            options: "prefer iburst",
            fast_start: LINK_LOCAL,
            scale: Scale::Unknown,
            says: "OCI's NTP service. A firewall on the machine must let UDP port 123 to it through.",
            page: "https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/configuringntpservice.htm",
        }],
        ..PLAIN
    },
    Row { platform: Platform::OpenStack, name: "OpenStack", watched: Some(&WATCHED_KVM), ..PLAIN },
    Row { platform: Platform::VMware, name: "VMware", watched: Some(&WATCHED_VMWARE), ..PLAIN },
    Row { platform: Platform::HyperV, name: "Hyper-V", watched: Some(&WATCHED_HYPERV), ..PLAIN },
    Row { platform: Platform::Kvm, name: "KVM", watched: Some(&WATCHED_KVM), ..PLAIN },
    Row { platform: Platform::Metal, name: "a machine that is not virtual", ..PLAIN },
];

/// For a server of the cloud's own, a link away. chronyd's burst takes its four measurements at a quarter of minpoll's
/// interval, 0.25 s, in place of 2 s. Then the target makes the interval grow with each answer, up to where it stands
/// without this: chronyd's own 64 s or, with all of its measurements kept, 1024 s.
const LINK_LOCAL: FastStart = FastStart::Options {
    resume: "prefer iburst minpoll 0 maxpoll 6 polltarget 2",
    boot: "prefer iburst minpoll 0 maxpoll 10 polltarget 4",
};

/// For a server on the internet. ntpd, which many are, refuses who asks twice within half a second (4.2.8 with `restrict
/// limited`, as Debian configures it), and chronyd then asks no more for a while: its burst has 1 s between two packets.
const INTERNET: FastStart = FastStart::Options {
    resume: "iburst minpoll 2 maxpoll 6 polltarget 2",
    boot: "iburst minpoll 2 maxpoll 10 polltarget 4",
};

/// What is said of a clock's second line.
pub const TWIN: &str =
    "The same clock, read more often: right sooner after the start. chronyd then prefers the line above.";

/// Amazon's time servers.
const AMAZON: Source = Source {
    directive: Directive::Server("169.254.169.123"),
    options: "prefer iburst minpoll 4 maxpoll 4",
    fast_start: FastStart::Options {
        resume: "prefer iburst minpoll 0 maxpoll 4 polltarget 2",
        boot: "prefer iburst minpoll 0 maxpoll 4 polltarget 2",
    },
    scale: Scale::Smeared,
    says: "",
    page: AMAZON_PAGE,
};

const AMAZON_PUBLIC: Source = Source {
    directive: Directive::Pool("time.aws.com"),
    options: "iburst",
    fast_start: FastStart::No,
    scale: Scale::Smeared,
    says: "The same service over the internet, smeared alike, should the first be lost.",
    page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html",
};

const OWN_POOL: Source = Source {
    directive: Directive::OwnPool,
    options: "iburst",
    fast_start: INTERNET,
    scale: Scale::Utc,
    says: "The distribution's servers on the internet, four of them. They do not smear leap seconds.",
    page: POOL_PAGE,
};

const GOOGLE_PUBLIC: Source = Source {
    directive: Directive::Pool("time.google.com"),
    options: "iburst",
    fast_start: INTERNET,
    scale: Scale::Smeared,
    says: "Google's servers on the internet, four of them. They smear leap seconds, as Amazon's do.",
    page: "https://developers.google.com/time/smear",
};

/// A platform that has none of its own.
pub const OTHERS: &[Source] = &[
    Source {
        directive: Directive::Dhcp(DHCP_DIR),
        options: "",
        fast_start: FastStart::No,
        scale: Scale::Unknown,
        says: "The servers that DHCP hands out, where the distribution's hooks write them down.",
        page: CHRONY_PAGE,
    },
    OWN_POOL,
];

/// In place of Amazon's servers, where the operator wants the Nitro card's clock and it is there. What
/// is beside it must not smear.
pub const AMAZON_CLOCK: &[Source] = &[
    Source {
        directive: Directive::Phc(&ENA),
        options: "poll 0 delay 0.000010 prefer",
        // The card answers 125 requests a second (the kernel's page of the ENA driver), and chronyd makes 25 at each poll:
        // 25 a second by the vendor's line, 50 more by this one. `dpoll -2` would leave none to spare.
        fast_start: FastStart::Beside("poll -1 dpoll -1 delay 0.000010 refid FAST"),
        scale: Scale::Utc,
        says: "The hardware clock of the Nitro card. It does not smear leap seconds.",
        page: AMAZON_PAGE,
    },
    // chronyd would wait for its third measurement, which comes later than the clock's.
    Source { fast_start: FastStart::No, ..OWN_POOL },
];

/// What a machine uses where its platform has nothing of the time scale that it must have.
pub fn stand_in(scale: Scale) -> &'static [Source] {
    match scale {
        Scale::Smeared => &[GOOGLE_PUBLIC],
        Scale::Utc | Scale::Unknown => &[OWN_POOL],
    }
}

/// A host's clock tells nothing of its own error, and two sources that disagree have no majority: one
/// that is selectable ends the synchronisation to the only NTP server as soon as the host is wrong.
const WATCHED: Source = Source {
    directive: Directive::Phc(&KVM),
    options: "poll 3 refid KVM noselect",
    fast_start: FastStart::No,
    scale: Scale::Unknown,
    says: "The clock of the hypervisor's host, to be compared with: chronyd does not follow it.",
    page: CHRONY_PAGE,
};
const WATCHED_KVM: Source = Source { ..WATCHED };
const WATCHED_VMWARE: Source =
    Source { directive: Directive::Phc(&VMWARE), options: "poll 3 refid VMW noselect", ..WATCHED };
const WATCHED_HYPERV: Source =
    Source { directive: Directive::Phc(&HYPERV), options: "poll 3 refid HYPV noselect", ..WATCHED };
