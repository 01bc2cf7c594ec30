//! A PTP clock that is there: plain data.

use std::path::{Path, PathBuf};

use crate::platform::Clock;

/// A PTP clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PtpClock {
    /// `/sys/class/ptp/*/clock_name`: the only thing that tells whose time it keeps.
    pub clock_name: String,
    /// udev's link for the clock (/dev/ptp_hyperv) if it is there, else the device (/dev/ptp0).
    pub device: PathBuf,
}

impl PtpClock {
    /// It is this clock, under udev's link.
    pub fn is_linked_as(&self, clock: &Clock) -> bool {
        clock.has(&self.clock_name) && self.device == Path::new(clock.link)
    }
}
