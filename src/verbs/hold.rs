//! `hold`: what cloud-timesync-hold.service runs. It ends when the clock is right, and not before: the
//! gated units, which are ordered after it, start then. It is hidden: by hand it does nothing.

use std::time::Duration;

use tracing::{error, info, warn};

use cloud_timesync::cli::{At, Choice, Pass};
use cloud_timesync::journal;
use cloud_timesync::observe::chronyc;

use crate::process::Stopwatch;

use super::{Exit, Outcome, open_to_change, verify};

/// chrony-wait looks as often.
const INTERVAL: Duration = Duration::from_secs(1);

/// So often the journal is told that nothing has changed.
const REMINDER: Duration = Duration::from_secs(600);

/// Whatever happens to chronyd meanwhile, it is asked again: it may be repaired.
pub async fn run() -> Outcome {
    open_to_change(&At { root: None })?;
    let started = Stopwatch::start();
    let Some(objection) = objection().await else { return Ok(Exit::Done) };
    warn!(
        MESSAGE_ID = journal::HOLDING,
        "the database is held until the clock is right: {objection}; \
         `systemctl stop cloud-timesync-hold` lets it go"
    );
    // The verdict of the boot waits for the database. This one says what it is held by.
    let report = report();
    let clock = clock_is_right(objection);
    tokio::pin!(clock);
    tokio::select! {
        () = &mut clock => {}
        () = report => clock.await,
    }
    let elapsed = started.elapsed();
    info!(
        MESSAGE_ID = journal::LET_GO,
        ELAPSED_MS = elapsed.as_millis() as u64,
        "the clock is right after {} s more: the database starts",
        elapsed.as_secs()
    );
    Ok(Exit::Done)
}

/// Why the clock is not right.
async fn objection() -> Option<String> {
    match chronyc::tracking().await {
        Ok(tracking) => tracking.objection().map(str::to_owned),
        Err(why) => Some(format!("chronyd does not answer ({why})")),
    }
}

async fn clock_is_right(mut said: String) {
    let mut said_at = Stopwatch::start();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(objection) = objection().await else { return };
        if objection != said || said_at.elapsed() >= REMINDER {
            info!(MESSAGE_ID = journal::HOLDING, "the database is still held: {objection}");
            (said, said_at) = (objection, Stopwatch::start());
        }
    }
}

async fn report() {
    let pass = Pass { at: At { root: None }, platform: None, force: false };
    let choice = Choice { list: false, only: Vec::new(), skip: Vec::new(), boot: true };
    if let Err((_, why)) = verify::run(&pass, &choice, false).await {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
    }
}
