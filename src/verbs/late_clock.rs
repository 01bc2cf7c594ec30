//! A PTP clock that the platform gives and that is not there yet: `apply` waits for it, and it is adopted when it comes
//! later.

use std::path::Path;
use std::time::Duration;

use tracing::{debug, info, warn};

use cloud_timesync::error::Error;
use cloud_timesync::journal;
use cloud_timesync::names::AWAITS_CLOCK;
use cloud_timesync::observe::ptp;
use cloud_timesync::platform::Clock;
use cloud_timesync::root::Root;

use crate::process::Stopwatch;

/// Waits for the clock for at most `deadline`. Blocks: nothing else is under way.
pub fn wait(root: &Root, clock: &Clock, deadline: Duration) {
    let (name, limit) = (clock.name, deadline.as_secs());
    debug!("waiting for the PTP clock {name}, at most {limit} s");
    let started = Stopwatch::start();
    let waited = ptp::wait(root, clock, deadline);
    let elapsed = started.elapsed().as_millis() as u64;
    match waited {
        Ok(true) => info!(
            MESSAGE_ID = journal::CLOCK_CAME,
            ELAPSED_MS = elapsed,
            DEVICE = clock.link,
            "the PTP clock {name} came after {elapsed} ms: {}",
            clock.link
        ),
        Ok(false) => warn!(
            MESSAGE_ID = journal::CLOCK_MISSING,
            ELAPSED_MS = elapsed,
            "the PTP clock {name} did not come within {limit} s; if it comes later, it is adopted then"
        ),
        Err(why) => warn!("waiting for the PTP clock {name}: {why}"),
    }
}

/// Has the clock adopted that comes from now on: systemd looks here, after this run has ended.
pub fn adopt_later(root: &Root) -> Result<(), Error> {
    if root.is_host() { root.write(Path::new(AWAITS_CLOCK), "", 0o644) } else { Ok(()) }
}

/// A clock that comes from now on needs no adoption.
pub fn adopt_none(root: &Root) -> Result<(), Error> {
    if root.is_host() { root.remove(Path::new(AWAITS_CLOCK)) } else { Ok(()) }
}
