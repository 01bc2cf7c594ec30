//! `wait`: what cloud-timesync-wait.service runs behind chrony-wait. It ends well when the clock is right, by what
//! chrony-wait asks and by the error bound that the gate wants: the gated units start then. It is hidden: by hand it does nothing.

use std::mem::discriminant;
use std::time::Duration;

use tracing::{error, info, warn};

use cloud_timesync::cli::{At, Choice, Pass};
use cloud_timesync::config::{self, AtTimeout, Config, Gate, Millis};
use cloud_timesync::decide::max_error;
use cloud_timesync::job::Job;
use cloud_timesync::journal;
use cloud_timesync::machine::{ClockSource, Objection, Service, Tracking};
use cloud_timesync::names::{CHRONY_WAIT, VERIFY_UNIT};
use cloud_timesync::observe::{chronyc, chronyd, gated, is_masked};
use cloud_timesync::root::Root;
use cloud_timesync::systemd::{More, Systemd};

use crate::process::Stopwatch;

use super::configured::configured;
use super::{Exit, Outcome, could_not_tell, open_to_change, say_if_not, verify};

/// chrony-wait looks as often.
const INTERVAL: Duration = Duration::from_secs(1);

/// Time from chrony-wait's limit until this begins, on a slow machine.
const SLACK: Duration = Duration::from_secs(30);

/// So often the journal is told what is waited for.
const REMINDER: Duration = Duration::from_secs(30);

/// chronyd asks a server of `iburst` every 2 s at first: a sample that is older than one lost answer makes it is past that.
const BURST_S: u32 = 4;

/// Asks chronyd again, whatever happens to it meanwhile: it may be repaired, and so may the configuration.
pub async fn run() -> Outcome {
    let root = open_to_change(&At { root: None })?;
    let systemd = Systemd::connect().await;
    let mut config = configured(&root).map_err(could_not_tell)?.config;
    let units = gated(&root, &config).map_err(could_not_tell)?;
    if units.is_empty() {
        return Ok(Exit::Done);
    }
    if let Some(why) = nothing_waits(&root, &config) {
        warn!(MESSAGE_ID = journal::GAVE_UP, "{why}: the gate is open, and the clock was not waited for");
        return Ok(Exit::Done);
    }
    let own = Stopwatch::start();
    let (since, limit) = limit(systemd.service(CHRONY_WAIT).await.ok(), own, config.gate.timeout);
    let mut said: Option<(Objection, Stopwatch)> = None;
    let mut is_held = false;
    let tracking = loop {
        let objection = match look(&config, &units).await {
            Ok(tracking) => break tracking,
            Err(objection) => objection,
        };
        if said.is_none() {
            judge_again(&systemd).await;
        }
        let is_over = since.elapsed() >= limit
            || matches!(objection, Objection::Silent(_)) && is_chronyd_dead(&root, &systemd).await;
        if is_over && config.gate.at_timeout == AtTimeout::Start {
            return Ok(give_up(&objection, since));
        }
        let is_news = said.as_ref().is_none_or(|(last, at)| {
            discriminant(last) != discriminant(&objection) || at.elapsed() >= REMINDER
        });
        if is_over && !is_held {
            is_held = true;
            hold(&objection).await;
            said = Some((objection, Stopwatch::start()));
        } else if is_news {
            let next = next_measurement(&objection).await;
            info!(MESSAGE_ID = journal::HOLDING, "the database waits for the clock: {objection}{next}");
            said = Some((objection, Stopwatch::start()));
        }
        tokio::time::sleep(INTERVAL).await;
        if let Ok(read) = config::load(&root) {
            config = read.config;
        }
    };
    let_go(&tracking, max_error(&config, &units), own);
    Ok(Exit::Done)
}

/// Reason why the gate is open although no clock was right. Who masks chrony-wait and asks for a hold or a bound gets what
/// he asks for.
fn nothing_waits(root: &Root, config: &Config) -> Option<String> {
    let is_asked_for = config.gate.at_timeout == AtTimeout::Hold || config.gate.max_error.is_some();
    if chronyd::chrony(root).is_none() {
        Some("chrony is not installed".to_owned())
    } else {
        (is_masked(root, CHRONY_WAIT) && !is_asked_for).then(|| format!("{CHRONY_WAIT} is masked"))
    }
}

/// Finds from when on the wait counts, and its limit: chrony-wait's own, where the configuration has none and chrony-wait
/// began; of a unit that is not there PID 1 names a limit, too. One that was over long before this start of a gated unit
/// does not count.
fn limit(chrony_wait: Option<Service>, own: Stopwatch, configured: Duration) -> (Stopwatch, Duration) {
    let Some(Service { began: Some(began), start_timeout, .. }) = chrony_wait else {
        return (own, configured);
    };
    let since = Stopwatch::since(began);
    let is_of_this_start = since.elapsed() < start_timeout.unwrap_or(configured).max(configured) + SLACK;
    let is_set = configured != Gate::default().timeout;
    let limit = start_timeout.filter(|_| !is_set).unwrap_or(configured);
    (if is_of_this_start { since } else { own }, limit)
}

/// The clock, if it is right for these units; else why it is not.
async fn look(config: &Config, units: &[String]) -> Result<Tracking, Objection> {
    let tracking = chronyc::tracking().await.map_err(|why| Objection::Silent(why.to_string()))?;
    match tracking.objection(max_error(config, units).map(Millis::as_seconds)) {
        Some(objection) => Err(objection),
        None => Ok(tracking),
    }
}

/// No start of chronyd's is to be expected: systemd has given it up, or was told to. It may be between two starts: two looks.
async fn is_chronyd_dead(root: &Root, systemd: &Systemd) -> bool {
    let names: Vec<String> = chronyd::chrony(root).map(|chrony| chrony.unit).into_iter().collect();
    for _ in 0..2 {
        let units = systemd.units(&names, &|_, _| More::default()).await;
        if !units.is_ok_and(|units| units.values().all(|unit| !unit.is_up() && !unit.has_job)) {
            return false;
        }
        tokio::time::sleep(INTERVAL).await;
    }
    true
}

fn give_up(objection: &Objection, since: Stopwatch) -> Exit {
    error!(
        MESSAGE_ID = journal::GAVE_UP,
        "the database starts on a clock that is not right after {} s of waiting: {objection}",
        since.elapsed().as_secs()
    );
    Exit::NotDone
}

/// The verdict of the boot is another after a later start that had to wait. The job is ordered after this one's and the database's.
async fn judge_again(systemd: &Systemd) {
    for queued in systemd.run(&[Job::Start(VERIFY_UNIT.to_owned())]).await {
        say_if_not(queued);
    }
}

/// The verdict waits for the database. This one says what it is held by.
async fn hold(objection: &Objection) {
    warn!(
        MESSAGE_ID = journal::HOLDING,
        "the database is held until the clock is right: {objection}; \
         `systemctl stop cloud-timesync-wait` lets it go"
    );
    let pass = Pass { at: At { root: None }, platform: None, force: false };
    let choice = Choice { list: false, only: Vec::new(), skip: Vec::new(), boot: true };
    say_if_not(verify::run(&pass, &choice, false).await.map(drop).map_err(|(_, why)| why));
}

/// The judges of this boot look for it: the unit ends well where nothing was waited for, too.
fn let_go(tracking: &Tracking, wanted: Option<Millis>, own: Stopwatch) {
    let elapsed = own.elapsed();
    let wanted = wanted.map(|wanted| format!(", wanted {wanted} s")).unwrap_or_default();
    info!(
        MESSAGE_ID = journal::LET_GO,
        ELAPSED_MS = elapsed.as_millis() as u64,
        "the clock is right after {:.1} s more, error bound {:.4} s{wanted}: the database starts",
        elapsed.as_secs_f64(),
        tracking.error_bound(),
    );
}

/// "; next measurement in about 12 s", where only measurements are missing and the next one's time is known.
async fn next_measurement(objection: &Objection) -> String {
    if !matches!(objection, Objection::Bound { .. }) {
        return String::new();
    }
    let next = until_next(&chronyc::sources().await.unwrap_or_default());
    next.map(|next| format!("; next measurement in about {next:.0} s")).unwrap_or_default()
}

/// Seconds until the first of these sources that chronyd follows is asked; None where a burst may be under way.
fn until_next(sources: &[ClockSource]) -> Option<f64> {
    let followed = sources.iter().filter(|source| matches!(source.state, '*' | '+'));
    let next = followed.map(|source| {
        let age = source.last_sample_age.filter(|age| *age > BURST_S)?;
        Some((2f64.powi(source.poll.into()) - f64::from(age)).max(0.0))
    });
    let next: Option<Vec<f64>> = next.collect();
    next?.into_iter().min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests;
