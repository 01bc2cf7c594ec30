//! Time sources that several rows of the table share, or that stand in for a platform's own.

use super::clock::{ENA, HYPERV, KVM, VMWARE};
use super::{Directive, FastStart, Scale, Source};
use crate::names::DHCP_DIR;

const AMAZON_PAGE: &str = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-ec2-ntp.html";
pub const AZURE_PAGE: &str = "https://learn.microsoft.com/en-us/azure/virtual-machines/linux/time-sync";
const CHRONY_PAGE: &str = "https://chrony-project.org/doc/latest/chrony.conf.html";
const POOL_PAGE: &str = "https://www.ntppool.org/en/vendors.html";

/// Options of a server on the internet. After a pause the sources that were asked since outvote those that were not: chronyd's
/// own range ends at 1024 s, and 64 s is its beginning.
const POLLED: &str = "iburst maxpoll 6";

/// Fast start of a cloud's own server, a link away. chronyd's burst takes its four measurements at a quarter of minpoll's
/// interval, 0.25 s instead of 2 s. Then the target makes the interval grow with each answer, up to chronyd's usual 64 s.
pub const LINK_LOCAL: FastStart = FastStart::Options("prefer iburst minpoll 0 maxpoll 6 polltarget 2");

/// Fast start of a server on the internet. ntpd, which many are, refuses who asks twice within half a second (4.2.8 with `restrict
/// limited`, as Debian configures it), and chronyd then asks no more for a while: its burst has 1 s between two packets.
pub const INTERNET: FastStart = FastStart::Options("iburst minpoll 2 maxpoll 6 polltarget 2");

/// Comment above a clock's second line.
pub const TWIN: &str =
    "The same clock, read more often: right sooner after the start. chronyd then prefers the line above.";

/// A cloud's own server, whose page does not say how it treats leap seconds.
pub const fn server(name: &'static str, says: &'static str, page: &'static str) -> Source {
    Source {
        directive: Directive::Server(name),
        options: POLLED,
        fast_start: INTERNET,
        scale: Scale::Unknown,
        says,
        page,
    }
}

pub const AMAZON: Source = Source {
    directive: Directive::Server("169.254.169.123"),
    options: "prefer iburst minpoll 4 maxpoll 4",
    fast_start: FastStart::Options("prefer iburst minpoll 0 maxpoll 4 polltarget 2"),
    scale: Scale::Smeared,
    says: "Amazon Time Sync Service, link-local: no route and no IMDS needed.",
    page: AMAZON_PAGE,
};

pub const AMAZON_IPV6: Source = Source {
    directive: Directive::Server("fd00:ec2::123"),
    says: "Amazon Time Sync Service, by IPv6: this machine has no IPv4.",
    ..AMAZON
};

pub const AMAZON_PUBLIC: Source = Source {
    directive: Directive::Pool("time.aws.com"),
    options: POLLED,
    fast_start: INTERNET,
    scale: Scale::Smeared,
    says: "The same service over the internet, smeared alike, should the first be lost.",
    page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html",
};

const DISTRIBUTION_POOL: Source = Source {
    directive: Directive::DistributionPool,
    options: POLLED,
    fast_start: INTERNET,
    scale: Scale::Utc,
    says: "The distribution's servers on the internet, four of them. They do not smear leap seconds.",
    page: POOL_PAGE,
};

const GOOGLE_PUBLIC: Source = Source {
    directive: Directive::Pool("time.google.com"),
    options: POLLED,
    fast_start: INTERNET,
    scale: Scale::Smeared,
    says: "Google's servers on the internet, four of them. They smear leap seconds, as Amazon's do.",
    page: "https://developers.google.com/time/smear",
};

/// Sources of a platform without a time service of its own.
pub const OTHERS: &[Source] = &[
    Source {
        directive: Directive::Dhcp(DHCP_DIR),
        options: "",
        fast_start: FastStart::No,
        scale: Scale::Unknown,
        says: "The servers that DHCP hands out, where the distribution's hooks write them down.",
        page: CHRONY_PAGE,
    },
    DISTRIBUTION_POOL,
];

/// Sources instead of Amazon's servers, where the operator wants the Nitro card's clock and it is there. None of them may
/// smear.
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
    Source { fast_start: FastStart::No, ..DISTRIBUTION_POOL },
];

/// Sources of a machine whose platform has none of the time scale that it must have.
pub fn stand_in(scale: Scale) -> &'static [Source] {
    match scale {
        Scale::Smeared => &[GOOGLE_PUBLIC],
        Scale::Utc | Scale::Unknown => &[DISTRIBUTION_POOL],
    }
}

/// Clock of a host. It tells nothing of its own error, and two sources that disagree have no majority: one
/// that is selectable ends the synchronisation to the only NTP server as soon as the host is wrong.
pub const WATCHED_KVM: Source = Source {
    directive: Directive::Phc(&KVM),
    options: "poll 3 refid KVM noselect",
    fast_start: FastStart::No,
    scale: Scale::Unknown,
    says: "The clock of the hypervisor's host, to be compared with: chronyd does not follow it.",
    page: CHRONY_PAGE,
};
pub const WATCHED_VMWARE: Source =
    Source { directive: Directive::Phc(&VMWARE), options: "poll 3 refid VMW noselect", ..WATCHED_KVM };
pub const WATCHED_HYPERV: Source =
    Source { directive: Directive::Phc(&HYPERV), options: "poll 3 refid HYPV noselect", ..WATCHED_KVM };
