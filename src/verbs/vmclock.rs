//! `vmclock`: what cloud-timesync-vmclock.service runs. After a migration, or the restore of a snapshot, what chronyd has
//! measured before says nothing any more: chronyd forgets it, measures, and sets the clock. It is hidden, and has no end of
//! its own.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tracing::{error, info, warn};

use cloud_timesync::error::{Error, Result};
use cloud_timesync::job::Job;
use cloud_timesync::journal;
use cloud_timesync::machine::Repair;
use cloud_timesync::names::VERIFY_UNIT;
use cloud_timesync::observe::chronyc::tracking;
use cloud_timesync::observe::vmclock::VmClock;
use cloud_timesync::program::chronyc;
use cloud_timesync::systemd::Systemd;

use crate::process::Stopwatch;

use super::{Outcome, could_not_tell};

/// Pause between two looks at a page that has nothing new.
const INTERVAL: Duration = Duration::from_secs(1);

/// Commands that chronyc gets at once: a burst of the three answers that chronyd needs, to as many as eight questions, at
/// most 2 s apart (one that is still under way has chronyd ignore the next: after a second migration the clock would wait
/// for a poll); and a wait, in steps of 0.2 s, for as long as the network of a machine that was moved may take.
const MEASURE: [&str; 4] = ["-m", "reset sources", "burst 3/8", "waitsync 3000 0 0 0.2"];
const MEASURE_DEADLINE: Duration = Duration::from_secs(660);
const STEP_DEADLINE: Duration = Duration::from_secs(10);

pub async fn run() -> Outcome {
    let clock = VmClock::open().map_err(could_not_tell)?;
    let mut known = clock.marker().map_err(could_not_tell)?;
    loop {
        // The one thread has nothing else to do.
        clock.wait().map_err(could_not_tell)?;
        let marker = clock.marker().map_err(could_not_tell)?;
        if marker.is_some() && known.is_some() && marker != known {
            set_anew().await;
        } else {
            std::thread::sleep(INTERVAL);
        }
        known = marker.or(known);
    }
}

async fn set_anew() {
    warn!(
        MESSAGE_ID = journal::MOVED,
        "this machine was moved to another host, or restored from a snapshot: chronyd sets the clock anew"
    );
    match repair().await {
        Ok(repair) => info!(
            MESSAGE_ID = journal::RIGHT_AGAIN,
            SLOW_S = repair.slow,
            ELAPSED_MS = repair.after.as_millis() as u64,
            "{repair}"
        ),
        Err(why) => {
            let why = Error::new("setting the clock anew after a migration", why);
            error!(MESSAGE_ID = journal::FAILED, "{why}");
        }
    }
    // The verdict of the boot was on the time before.
    for why in Systemd::connect().await.run(&[Job::Start(VERIFY_UNIT.to_owned())]).await {
        super::say_if_not(why);
    }
}

/// Repairs under every step policy: that is for a clock that runs, and this one stood still.
async fn repair() -> Result<Repair> {
    let (began, before) = (Stopwatch::start(), ahead_of_counter());
    chronyc::ask(&MEASURE, MEASURE_DEADLINE).await?;
    let tracking = tracking().await?;
    // chronyd's policy may have set it by now. A few milliseconds are slewed, and no step backward.
    let rest = if tracking.objection(None).is_some() {
        chronyc::ask(&["makestep"], STEP_DEADLINE).await?;
        0.0
    } else {
        tracking.system_offset
    };
    Ok(Repair { slow: ahead_of_counter() - before + rest, after: began.elapsed() })
}

/// Seconds: by as many more than before the clock has been set, stepped or slewed, since then.
fn ahead_of_counter() -> f64 {
    let seconds = |clock| {
        let now = clock_gettime(clock);
        now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
    };
    seconds(ClockId::Realtime) - seconds(ClockId::MonotonicRaw)
}
