//! Platforms: how each shows itself, its time sources, their time scale, the vendor's page.
//!
//! A new platform is a row in `table.rs`.

mod clock;
mod distribution;
mod evidence;
mod fingerprint;
mod scale;
mod sources;
mod table;

use std::fmt;

use serde::Deserialize;

pub use clock::Clock;
pub use distribution::{is_distributions, is_usual, is_usual_directory, pool};
pub use evidence::{Evidence, Strength};
pub use fingerprint::{Field, Pattern, Sign};
pub use scale::{comparable_name, is_another_clouds, is_clouds_own, scale_of};
pub use sources::{AMAZON_CLOCK, TWIN, stand_in};
pub use table::{Platform, ROWS};

/// Treatment of leap seconds by a source. Sources of scales that are known to differ are up to half a
/// second apart around a leap second and must not stand in one configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Spread over 24 hours, noon to noon UTC, as Google and AWS do.
    Smeared,
    /// UTC, leap seconds and all.
    Utc,
    /// Not documented by the vendor, or not said by the operator.
    #[default]
    Unknown,
}

impl Scale {
    /// Tells whether both are known, and not the same.
    pub fn differs(self, other: Scale) -> bool {
        self != other && self != Scale::Unknown && other != Scale::Unknown
    }

    /// "smears leap seconds"
    pub fn says(self) -> &'static str {
        match self {
            Scale::Smeared => "smears leap seconds",
            Scale::Utc => "does not smear leap seconds",
            Scale::Unknown => "is of an unknown time scale",
        }
    }
}

/// A time source of a platform.
#[derive(Debug)]
pub struct Source {
    pub directive: Directive,
    /// Words after the name on the directive's line.
    pub options: &'static str,
    /// Change of the line where the configuration has `fast_start = true`.
    pub fast_start: FastStart,
    pub scale: Scale,
    /// Comment above the line: what the source is.
    pub says: &'static str,
    /// The vendor's page.
    pub page: &'static str,
}

impl Source {
    /// The name or the address of its server; None of a clock, and of servers that the distribution or DHCP names.
    pub fn server(&self) -> Option<&'static str> {
        match self.directive {
            Directive::Server(name) | Directive::Pool(name) => Some(name),
            Directive::DistributionPool | Directive::Phc(_) | Directive::Dhcp(_) => None,
        }
    }

    pub fn clock(&self) -> Option<&'static Clock> {
        match self.directive {
            Directive::Phc(clock) => Some(clock),
            Directive::Server(_) | Directive::Pool(_) | Directive::DistributionPool | Directive::Dhcp(_) => {
                None
            }
        }
    }
}

/// Way of a source to give the time sooner after chronyd's start; what it gives later stays the same. docs/fast-start.md has
/// what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastStart {
    /// None: another source of the row is faster, or it is a clock that is only watched.
    No,
    /// Options instead of the line's own.
    Options(&'static str),
    /// Options of a second line of the same clock, which is ready first; the first line gets `prefer`, and the second
    /// stands back when that is ready.
    Beside(&'static str),
}

/// The directives of chrony.conf(5) that name sources.
#[derive(Clone, Copy, Debug)]
pub enum Directive {
    Server(&'static str),
    Pool(&'static str),
    /// The pool of the distribution.
    DistributionPool,
    Phc(&'static Clock),
    /// Directory in which DHCP's hooks leave their servers.
    Dhcp(&'static str),
}

/// A platform: what a row of the table says of it.
#[derive(Debug)]
pub struct Row {
    pub platform: Platform,
    /// Name for `--platform`, the configuration and `detect --json`.
    pub name: &'static str,
    /// Name that its vendor gives it.
    pub title: &'static str,
    /// Signs of which each alone proves the platform.
    pub signs: &'static [Sign],
    /// Signs of machines that look like this platform's and are not: each alone makes the platform unknown.
    pub lookalikes: &'static [Sign],
    pub sources: &'static [Source],
    /// Sources instead, on a machine that has IPv6 and no IPv4; none where that makes no difference.
    pub without_ipv4: &'static [Source],
    /// Clock of the hypervisor's host, compared with NTP and never followed.
    pub watched: Option<&'static Source>,
}

impl Row {
    /// Tells whether the platform has a time service, so that DHCP's servers and the distribution's are not used.
    pub fn has_own_sources(&self) -> bool {
        !self.sources.iter().any(|source| matches!(source.directive, Directive::Dhcp(_)))
    }

    /// Tells whether chronyd is to follow this clock on the platform.
    pub fn has_clock(&self, clock: &Clock) -> bool {
        self.sources.iter().any(|source| source.clock() == Some(clock))
    }
}

impl Platform {
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    pub fn is_known(self) -> bool {
        self != Platform::Unknown
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)
    }
}

#[cfg(test)]
mod tests;
