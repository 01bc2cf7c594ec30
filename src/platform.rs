//! The table: how a platform shows itself, its time sources, their time scale, the vendor's page.
//!
//! A new platform is a row in [`FINGERPRINTS`], and one in [`ROWS`] if it has sources of its own.

mod fingerprint;

pub use fingerprint::{FINGERPRINTS, Field, Fingerprint, Pattern};

use crate::machine::Platform;

/// How a source treats leap seconds. Sources of scales that are known to differ are up to half a
/// second apart around a leap second and must not stand in one configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Spread over 24 hours, noon to noon UTC, as Google and AWS do.
    Smeared,
    /// Not documented by the vendor.
    Undocumented,
}

/// A time source of a platform.
#[derive(Debug)]
pub struct Source {
    pub directive: Directive,
    /// What the directive's name is followed by.
    pub options: &'static str,
    pub scale: Scale,
    /// Says what the source is, for the comment above its line.
    pub says: &'static str,
    /// The vendor's page.
    pub page: &'static str,
}

/// The directives of chrony.conf(5) that name a source.
#[derive(Clone, Copy, Debug)]
pub enum Directive {
    Server(&'static str),
    Pool(&'static str),
    /// A PTP clock, by its clock_name. Its number is not stable: another clock (a NIC's) can be ptp0.
    Phc(&'static str),
}

/// A platform that has sources of its own.
#[derive(Debug)]
pub struct Row {
    pub platform: Platform,
    /// As its vendor calls it.
    pub name: &'static str,
    pub sources: &'static [Source],
}

impl Row {
    /// The clock_name of the PTP clock that the platform gives its machines.
    pub fn clock_name(&self) -> Option<&'static str> {
        self.sources.iter().find_map(|source| match source.directive {
            Directive::Phc(clock_name) => Some(clock_name),
            Directive::Server(_) | Directive::Pool(_) => None,
        })
    }
}

/// The platforms whose sources are written. On every other one the distribution's stay.
pub const ROWS: &[Row] = &[
    Row {
        platform: Platform::Aws,
        name: "Amazon EC2",
        sources: &[
            Source {
                directive: Directive::Server("169.254.169.123"),
                options: "prefer iburst minpoll 4 maxpoll 4",
                scale: Scale::Smeared,
                says: "Amazon Time Sync Service, link-local: no route and no IMDS needed.",
                page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-ec2-ntp.html",
            },
            Source {
                directive: Directive::Pool("time.aws.com"),
                options: "iburst",
                scale: Scale::Smeared,
                says: "The same service over the internet, smeared alike, should the first be lost.",
                page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html",
            },
        ],
    },
    Row {
        platform: Platform::Gce,
        name: "Google Compute Engine",
        sources: &[Source {
            directive: Directive::Server("metadata.google.internal"),
            options: "prefer iburst",
            scale: Scale::Smeared,
            says: "Google's metadata server. Google advises against any other server beside it.",
            page: "https://cloud.google.com/compute/docs/instances/configure-ntp",
        }],
    },
    Row {
        platform: Platform::Azure,
        name: "Microsoft Azure",
        sources: &[
            Source {
                directive: Directive::Phc("hyperv"),
                options: "poll 3 dpoll -2 offset 0 stratum 2",
                scale: Scale::Undocumented,
                says: "The host's clock, which the hypervisor shows to the machine.",
                page: "https://learn.microsoft.com/en-us/azure/virtual-machines/linux/time-sync",
            },
            Source {
                directive: Directive::Server("time.windows.com"),
                options: "iburst",
                scale: Scale::Undocumented,
                says: "Fallback over the network. Azure has no NTP server at its metadata address.",
                page: "https://learn.microsoft.com/en-us/azure/virtual-machines/linux/time-sync",
            },
        ],
    },
    Row {
        platform: Platform::Oci,
        name: "Oracle Cloud Infrastructure",
        sources: &[Source {
            directive: Directive::Server("169.254.169.254"),
            options: "prefer iburst",
            scale: Scale::Undocumented,
            says: "OCI's NTP service. A firewall on the machine must let UDP port 123 to it through.",
            page: "https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/configuringntpservice.htm",
        }],
    },
];

/// The row of a platform that has sources of its own.
pub fn row(platform: Platform) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.platform == platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_mixes_time_scales() {
        for row in ROWS {
            let first = row.sources[0].scale;
            assert!(row.sources.iter().all(|source| source.scale == first), "{}", row.name);
        }
    }
}
