//! Observing: asks the rooms below, and is the only reader of the machine.

// This is the room that asks the machine, and its waits have deadlines.
#![allow(clippy::disallowed_methods)]

pub mod boot;
pub mod chrony;
pub mod chronyc;
pub mod copies;
pub mod dmi;
pub mod files;
pub mod foreign;
pub mod imds;
mod manager;
pub mod names;
pub mod network;
pub mod ptp;
pub mod running;
pub mod seen;
pub mod surroundings;
pub mod units;
pub mod vmware;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracing::{debug, info, warn};

use crate::config::{Config, Imds};
use crate::database::candidates;
use crate::decide::missing_clock;
use crate::error::Result;
use crate::journal;
use crate::machine::{Conf, Identity, Machine, Manager, PtpClock, Target};
use crate::names::{CLOUD_INIT, CLOUD_INIT_DIR, RESTART_OWED, WAIT_PATH, gate_path};
use crate::platform::{Evidence, Platform, Strength};
use crate::receipt::Receipt;
use crate::rival::SKEW_DAEMON;
use crate::root::Root;
use crate::systemd::Systemd;

/// What PID 1 said is asked anew after such a wait: a boot goes on meanwhile.
const STALE: Duration = Duration::from_millis(100);

/// What may be asked beside the files.
#[derive(Debug, Default)]
pub struct Ask<'a> {
    /// The platform that the operator named on the command line.
    pub told: Option<Platform>,
    /// The metadata services; None for an image, whose builder is another machine.
    pub imds: Option<imds::Endpoints>,
    /// PID 1; None for an image.
    pub systemd: Option<&'a Systemd>,
    /// A PTP clock that should be there is waited for.
    pub wait_for_clock: bool,
    /// Of each unit more is asked than a plan needs: whether its files changed, which takes PID 1 milliseconds.
    pub closely: bool,
}

/// Looks at the machine.
///
/// # Errors
/// When something is there that cannot be read. What merely does not answer is part of the result.
pub async fn observe(root: &Root, config: &Config, ask: &Ask<'_>) -> Result<Machine> {
    let chrony = chrony::chrony(root);
    let candidates = candidates(config);
    let names = manager::unit_names(root, chrony.as_ref(), &candidates);
    let candidate_names: HashSet<&str> = candidates.iter().map(String::as_str).collect();
    let manager = || manager::manager(root, &names, &candidate_names, ask);
    let ((identity, clocks, waited), mut manager_says) = tokio::join!(
        async {
            let started = Instant::now();
            let identity = identify(root, config, ask).await;
            let clocks = clocks(root, &identity, config, ask).await;
            (identity, clocks, started.elapsed())
        },
        manager()
    );
    if waited > STALE && matches!(manager_says, Manager::Live(_)) {
        manager_says = match manager().await {
            Manager::Silent => manager_says,
            newer => newer,
        };
    }
    let host_sync = host_sync(root, &identity, ask).await;
    let receipt = Receipt::load(root)?;
    let id = seen::id(root);

    let mut written: Vec<PathBuf> = chrony.iter().map(|chrony| chrony.conf.clone()).collect();
    written.extend([CLOUD_INIT, SKEW_DAEMON.path, WAIT_PATH].map(PathBuf::from));
    written.extend(candidates.iter().map(|unit| gate_path(unit)));
    // Those of units that are named no more.
    written.extend(receipt.drop_ins().map(Path::to_owned));
    let wrote = receipt.all_wrote();
    let look = |path: PathBuf| {
        let target = files::target(root, wrote.get(path.as_path()).copied(), &path)?;
        Ok((path, target))
    };
    let files: BTreeMap<PathBuf, Target> = written.into_iter().map(look).collect::<Result<_>>()?;

    let fragments = chrony::fragments(root)?;
    let others = files.iter().filter(|(_, target)| target.is_others()).map(|(path, _)| path);
    let copies = copies::copies(root, others.chain(&fragments).map(PathBuf::as_path));

    let conf = chrony.as_ref().map(|chrony| chrony.conf.as_path());
    let kept = conf.and_then(|conf| receipt.wrote(conf)).and_then(|(_, kept)| kept);
    let original_conf = kept.and_then(|kept| root.text(&kept.path));
    // It names the driftfile, and a run that was killed may have replaced it and not carried the drift over.
    let there = || conf.and_then(|conf| files.get(conf)?.found.text());
    let names_drift = original_conf.as_deref().or_else(there).unwrap_or_default();
    let learned_drift = chrony::learned_drift(root, &Conf::parse(names_drift));
    let places = units::Places::of(root)?;
    let unit = |name: &String| {
        let unit = if candidate_names.contains(name.as_str()) { units::any } else { units::unit };
        unit(root, &places, name).transpose()
    };
    let units = names.iter().filter_map(unit).collect::<Result<Vec<_>>>()?;
    let foreign_servers = foreign::servers(root, &places, config.rivals, &receipt)?;
    Ok(Machine {
        identity,
        host_names: names::host_names(root),
        clocks,
        addresses: network::addresses(root),
        distribution: files::distribution(root),
        original_conf,
        files,
        fragments,
        copies,
        earlier: seen::earlier(root, &receipt, id.as_deref()),
        id,
        learned_drift,
        cloud_init: root.exists(Path::new(CLOUD_INIT_DIR)),
        google_agent: units::fragment(root, SKEW_DAEMON.unit).is_some(),
        host_sync,
        foreign_servers,
        units,
        manager: manager_says,
        restart_owed: root.is_host() && root.exists(RESTART_OWED),
        chrony,
        receipt,
    })
}

/// Finds out what the machine is: what the operator says, else DMI, and IMDS only in doubt.
pub async fn identify(root: &Root, config: &Config, ask: &Ask<'_>) -> Identity {
    let told = [(ask.told, "--platform"), (config.platform, "the configuration")];
    if let Some((platform, who)) = told.into_iter().find_map(|(told, who)| Some((told?, who))) {
        let says = format!("{who} says {platform}");
        return settled(vec![Evidence { platform, strength: Strength::Told, says }]);
    }
    let evidence = dmi::Dmi::read(root).evidence();
    let strong = evidence.iter().any(|piece| piece.strength == Strength::Strong);
    let unknown = evidence.iter().all(|piece| piece.platform == Platform::Unknown);
    let in_doubt = match config.imds {
        Imds::Never => false,
        Imds::Doubt => !strong,
        Imds::Always => !strong || unknown,
    };
    match &ask.imds {
        Some(endpoints) if in_doubt => ask_imds(evidence, endpoints, config.imds_deadline).await,
        _ => settled(evidence),
    }
}

async fn ask_imds(mut evidence: Vec<Evidence>, endpoints: &imds::Endpoints, deadline: Duration) -> Identity {
    let started = Instant::now();
    let answer = imds::ask(endpoints, deadline).await;
    let elapsed = started.elapsed().as_millis() as u64;
    let (ask_again, why) = match answer {
        imds::Answer::Proved(proof) => {
            evidence.insert(0, proof);
            return settled(evidence);
        }
        imds::Answer::AskAgain(why) => (true, why),
        imds::Answer::NoProof(why) | imds::Answer::Contradictory(why) => (false, why),
    };
    let mut identity = settled(evidence);
    identity.evidence.push(format!("after {elapsed} ms {why}"));
    identity.ask_again = ask_again;
    identity
}

/// The strongest evidence decides. Weak evidence alone is a platform unknown, strength weak.
fn settled(evidence: Vec<Evidence>) -> Identity {
    let strength = evidence.iter().map(|piece| piece.strength).max();
    let platform = evidence
        .iter()
        .find(|piece| Some(piece.strength) == strength && piece.strength != Strength::Weak)
        .map_or(Platform::Unknown, |piece| piece.platform);
    let evidence = evidence.into_iter().map(|piece| piece.says).collect();
    Identity { platform, strength, evidence, ask_again: false }
}

async fn clocks(root: &Root, identity: &Identity, config: &Config, ask: &Ask<'_>) -> Vec<PtpClock> {
    let clocks = ptp::clocks(root);
    let Some(wanted) = missing_clock(identity.platform, config, &clocks) else { return clocks };
    if !ask.wait_for_clock || !root.is_host() {
        return clocks;
    }
    let (name, deadline) = (wanted.name, config.ptp_wait);
    let limit = deadline.as_secs();
    debug!("waiting for the PTP clock {name}, at most {limit} s");
    let started = Instant::now();
    // udev's socket is polled, which blocks; PID 1's answers are read meanwhile.
    let waited =
        tokio::task::spawn_blocking(move || ptp::wait(&Root::open(Path::new("/"))?, wanted, deadline)).await;
    let elapsed = started.elapsed().as_millis() as u64;
    match waited {
        Ok(Ok(Some(clock))) => info!(
            MESSAGE_ID = journal::CLOCK_CAME, ELAPSED_MS = elapsed, DEVICE = %clock.device.display(),
            "the PTP clock {name} came after {elapsed} ms: {}", clock.device.display()
        ),
        Ok(Ok(None)) => warn!(
            MESSAGE_ID = journal::CLOCK_MISSING,
            ELAPSED_MS = elapsed,
            "the PTP clock {name} did not come within {limit} s; if it comes later, it is adopted then"
        ),
        Ok(Err(why)) => warn!("waiting for the PTP clock {name}: {why}"),
        Err(why) => warn!("waiting for the PTP clock {name}: {why}"),
    }
    ptp::clocks(root)
}

/// Only the machine itself can ask its host.
async fn host_sync(root: &Root, identity: &Identity, ask: &Ask<'_>) -> Option<bool> {
    if identity.platform != Platform::VMware || ask.systemd.is_none() {
        return None;
    }
    vmware::periodic_sync(root).await.unwrap_or_else(|why| {
        warn!("{why}");
        None
    })
}
