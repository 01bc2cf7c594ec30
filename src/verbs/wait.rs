//! `wait`: what cloud-timesync-wait.service runs behind chrony-wait. It ends well when the clock is right, by what
//! chrony-wait asks and by the error bound that the gate wants: the gated units start then. It is hidden: by hand it does nothing.

use std::mem::discriminant;
use std::time::Duration;

use tracing::{error, info, warn};

use cloud_timesync::cli::{At, Choice, Pass};
use cloud_timesync::config::{self, AtTimeout, Config, Gate, Millis};
use cloud_timesync::decide::max_error;
use cloud_timesync::journal;
use cloud_timesync::machine::{Objection, Service};
use cloud_timesync::names::CHRONY_WAIT;
use cloud_timesync::observe::{chronyc, chronyd, gated, is_masked};
use cloud_timesync::root::Root;
use cloud_timesync::systemd::{More, Systemd};

use crate::process::Stopwatch;

use super::configured::configured;
use super::{Exit, Outcome, could_not_tell, open_to_change, say_if_not, verify};

/// chrony-wait looks as often.
const INTERVAL: Duration = Duration::from_secs(1);

/// From chrony-wait's limit until this begins, on a slow machine.
const SLACK: Duration = Duration::from_secs(30);

/// So often the journal is told what is waited for.
const REMINDER: Duration = Duration::from_secs(30);

/// Whatever happens to chronyd meanwhile, it is asked again: it may be repaired, and so may the configuration.
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
        return Ok(Exit::NotDone);
    }
    let own = Stopwatch::start();
    let (whole, timeout) = since_chrony_wait(&systemd, own, config.gate.timeout).await;
    let mut said: Option<(Objection, Stopwatch)> = None;
    let mut is_held = false;
    let mut is_dead = false;
    while let Some(objection) = objection(&config, &units).await {
        let was_dead = is_dead;
        is_dead = matches!(objection, Objection::Silent(_)) && is_chronyd_dead(&root, &systemd).await;
        let limit = timeout.filter(|_| config.gate.timeout == Gate::default().timeout);
        let limit = limit.unwrap_or(config.gate.timeout);
        if !is_held && (whole.elapsed() >= limit || is_dead && was_dead) {
            if config.gate.at_timeout == AtTimeout::Start {
                return Ok(give_up(&objection, whole));
            }
            is_held = true;
            hold(&objection).await;
            said = Some((objection, Stopwatch::start()));
        } else if said.as_ref().is_none_or(|(last, at)| {
            discriminant(last) != discriminant(&objection) || at.elapsed() >= REMINDER
        }) {
            let next = next_measurement(&objection).await;
            info!(MESSAGE_ID = journal::HOLDING, "the database waits for the clock: {objection}{next}");
            said = Some((objection, Stopwatch::start()));
        }
        tokio::time::sleep(INTERVAL).await;
        if let Ok(read) = config::load(&root) {
            config = read.config;
        }
        is_held &= config.gate.at_timeout == AtTimeout::Hold;
    }
    let wanted = max_error(&config, &units);
    if said.is_some() || wanted.is_some() {
        let elapsed = own.elapsed();
        let reached = reached(wanted).await;
        info!(
            MESSAGE_ID = journal::LET_GO,
            ELAPSED_MS = elapsed.as_millis() as u64,
            "the clock is right after {:.1} s more{reached}: the database starts",
            elapsed.as_secs_f64(),
        );
    }
    Ok(Exit::Done)
}

/// Why the gate is open although no clock was right.
fn nothing_waits(root: &Root, config: &Config) -> Option<String> {
    let is_asked_for = config.gate.at_timeout == AtTimeout::Hold || config.gate.max_error.is_some();
    if chronyd::chrony(root).is_none() {
        Some("chrony is not installed".to_owned())
    } else {
        (is_masked(root, CHRONY_WAIT) && !is_asked_for).then(|| format!("{CHRONY_WAIT} is masked"))
    }
}

/// What runs since chrony-wait began, or `own` where it did not or was over long before this start of a gated unit; and its own
/// limit. Of a unit that is not there PID 1 names a limit, too.
async fn since_chrony_wait(
    systemd: &Systemd,
    own: Stopwatch,
    usual: Duration,
) -> (Stopwatch, Option<Duration>) {
    let Ok(Service { began: Some(began), start_timeout, .. }) = systemd.service(CHRONY_WAIT).await else {
        return (own, None);
    };
    let whole = Stopwatch::since(began);
    let is_of_this_start = whole.elapsed() < start_timeout.unwrap_or(usual).max(usual) + SLACK;
    (if is_of_this_start { whole } else { own }, start_timeout)
}

/// Why the clock is not right for these units.
async fn objection(config: &Config, units: &[String]) -> Option<Objection> {
    match chronyc::tracking().await {
        Ok(tracking) => tracking.objection(max_error(config, units).map(Millis::as_seconds)),
        Err(why) => Some(Objection::Silent(why.to_string())),
    }
}

/// No start of chronyd's is to be expected: systemd has given it up, or was told to.
async fn is_chronyd_dead(root: &Root, systemd: &Systemd) -> bool {
    let names: Vec<String> = chronyd::chrony(root).map(|chrony| chrony.unit).into_iter().collect();
    let units = systemd.units(&names, &|_, _| More::default()).await;
    units.is_ok_and(|units| units.values().all(|unit| !unit.is_up() && !unit.has_job))
}

fn give_up(objection: &Objection, whole: Stopwatch) -> Exit {
    error!(
        MESSAGE_ID = journal::GAVE_UP,
        "the database starts on a clock that is not right after {} s of waiting: {objection}",
        whole.elapsed().as_secs()
    );
    Exit::NotDone
}

/// The verdict of the boot waits for the database. This one says what it is held by.
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

/// "; next measurement in about 12 s", where only measurements are missing.
async fn next_measurement(objection: &Objection) -> String {
    if !matches!(objection, Objection::Bound { .. }) {
        return String::new();
    }
    let sources = chronyc::sources().await.unwrap_or_default();
    let next = sources.iter().filter(|source| matches!(source.state, '*' | '+')).filter_map(|source| {
        Some((2f64.powi(source.poll.into()) - f64::from(source.last_sample_age?)).max(0.0))
    });
    let next = next.min_by(f64::total_cmp);
    next.map(|next| format!("; next measurement in about {next:.0} s")).unwrap_or_default()
}

/// ", error bound 0.012 s, wanted 0.4 s"
async fn reached(wanted: Option<Millis>) -> String {
    let Ok(tracking) = chronyc::tracking().await else { return String::new() };
    let wanted = wanted.map(|wanted| format!(", wanted {wanted} s")).unwrap_or_default();
    format!(", error bound {:.4} s{wanted}", tracking.error_bound())
}
