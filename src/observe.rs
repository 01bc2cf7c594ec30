//! Observing: asks the rooms below, and is the only reader of the machine.

// This is the room that asks the machine, and its waits have deadlines.
#![allow(clippy::disallowed_methods)]

pub mod boot;
pub mod chronyc;
pub mod chronyd;
pub mod cloud_init;
mod databases;
pub mod dmi;
pub mod files;
pub mod foreign;
mod identify;
mod images_clock;
pub mod imds;
pub mod judge;
mod manager;
pub mod names;
pub mod network;
pub mod ptp;
pub mod running;
pub mod seen;
mod strangers;
pub mod surroundings;
pub mod units;
pub mod vmclock;
pub mod vmware;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use tracing::warn;

use crate::config::Config;
use crate::database::candidates;
use crate::error::Result;
use crate::machine::{Chrony, CloudInit, Conf, Identity, Machine, Seen, Standing, Target};
use crate::names::RESTART_OWED;
use crate::platform::Platform;
use crate::receipt::{Entry, Receipt};
use crate::rival::SKEW_DAEMON;
use crate::root::Root;
use crate::systemd::Systemd;

pub use databases::{databases, gated, is_masked};
pub use identify::identify;
pub use images_clock::images_clock;

/// The text with which the package of chrony came, on Debian and Ubuntu.
const PRISTINE_CONF: &str = "/usr/share/chrony/chrony.conf";

/// Services that may be asked, besides the files.
#[derive(Debug, Default)]
pub struct Ask<'a> {
    /// The platform that the operator named on the command line.
    pub told: Option<Platform>,
    /// The metadata services; None for an image, whose builder is another machine.
    pub imds: Option<imds::Endpoints>,
    /// PID 1; None for an image.
    pub systemd: Option<&'a Systemd>,
    /// Asks more of each unit than a plan needs: whether its files changed, which takes PID 1 milliseconds.
    pub closely: bool,
    /// Pass that follows cloud-init's config stage.
    pub after_cloud_init: bool,
}

/// Looks at the machine that [`identify`] has identified.
///
/// # Errors
/// When something is there that cannot be read. What merely does not answer is part of the result.
pub async fn observe(root: &Root, config: &Config, identity: Identity, ask: &Ask<'_>) -> Result<Machine> {
    let chrony = chronyd::chrony(root);
    let candidates = candidates(config, &databases(root)?);
    let names = manager::unit_names(root, chrony.as_ref(), &candidates);
    let candidate_names: HashSet<&str> = candidates.iter().map(String::as_str).collect();
    let manager = manager::manager(root, &names, &candidate_names, ask).await;
    let host_sync = host_sync(root, &identity, ask).await;
    let receipt = Receipt::load(root)?;
    let id = seen::id(root);

    let mut files = targets(root, &receipt, files::written(chrony.as_ref(), &candidates))?;
    let conf = chrony.as_ref().and_then(|chrony| chrony.conf.as_deref().ok());
    let cloud_init = cloud_init(root, &receipt, conf, &mut files, ask.after_cloud_init)?;
    let fragments = files::fragments(root)?;
    let others = files.iter().filter(|(_, target)| target.is_others()).map(|(path, _)| path);
    let copies = files::copies(root, others.chain(&fragments).map(PathBuf::as_path));

    let (original_conf, original_is_closed) = original_conf(root, &receipt, conf);
    let places = units::Places::of(root)?;
    let unit = |name: &String| {
        // chrony's own may be one that a generator or another program has made in this boot.
        let is_any = candidate_names.contains(name.as_str())
            || chrony.as_ref().is_some_and(|chrony| chrony.unit == *name);
        let unit = if is_any { units::any } else { units::unit };
        unit(root, &places, name).transpose()
    };
    let units = names.iter().filter_map(unit).collect::<Result<Vec<_>>>()?;
    let foreign = foreign::foreign(root, &places, config.rivals, &receipt)?;
    Ok(Machine {
        identity,
        host_names: names::host_names(root),
        devices: ptp::devices(root),
        addresses: network::addresses(root),
        distribution: files::distribution(root),
        pristine_conf: root.text(PRISTINE_CONF),
        original_conf,
        original_is_closed,
        conf: whole_conf(root, chrony.as_ref()),
        files,
        fragments,
        copies,
        earlier: seen::earlier(root, &receipt, id.as_deref()),
        id,
        cloud_init,
        google_agent: SKEW_DAEMON.units.iter().any(|unit| units::fragment(root, unit).is_some()),
        host_sync,
        foreign_servers: foreign.servers,
        foreign_lines: foreign.lines,
        refused_lines: judge::refused_lines(root, chrony.as_ref(), config).await,
        units,
        manager,
        restart_owed: root.is_host() && root.exists(RESTART_OWED),
        chrony,
        receipt,
    })
}

/// The backup of the chrony.conf that was there first, and whether not every user might read that. A later one is of an edit.
fn original_conf(root: &Root, receipt: &Receipt, conf: Option<&Path>) -> (Option<String>, bool) {
    let oldest = receipt.entries.iter().find(|entry| conf.is_some() && entry.path() == conf);
    let Some(kept) = oldest.and_then(Entry::kept) else { return (None, false) };
    let may_read = root.permissions(kept).is_ok_and(|is| is.is_some_and(|is| is.mode & 0o004 != 0));
    (root.text(kept), !may_read)
}

/// Looks at the files that the agent writes, or wrote: `written`, and the drop-ins of units that are named no more.
fn targets(root: &Root, receipt: &Receipt, mut written: Vec<PathBuf>) -> Result<BTreeMap<PathBuf, Target>> {
    written.extend(receipt.drop_ins().map(Path::to_owned));
    let look = |path: PathBuf| {
        let target = files::target(root, receipt.wrote(&path), &path)?;
        Ok((path, target))
    };
    written.into_iter().map(look).collect()
}

/// cloud-init, where it is installed. A chrony.conf that it wrote over the agent's is no operator's edit.
fn cloud_init(
    root: &Root,
    receipt: &Receipt,
    conf: Option<&Path>,
    files: &mut BTreeMap<PathBuf, Target>,
    after_its_config: bool,
) -> Result<Option<CloudInit>> {
    let target = conf.and_then(|conf| files.get_mut(conf));
    let target = target.filter(|target| target.standing == Standing::Edited);
    let edited = conf.zip(target.as_ref().and_then(|target| target.found.text()));
    let found = cloud_init::cloud_init(root, receipt, edited, after_its_config)?;
    if let (Some(target), Some(CloudInit { has_written: true, .. })) = (target, &found) {
        target.standing = Standing::Ours;
    }
    Ok(found)
}

fn whole_conf(root: &Root, chrony: Option<&Chrony>) -> Seen<Conf> {
    let chrony = chrony.ok_or_else(|| "chrony is not installed".to_owned())?;
    chronyd::configuration::configuration(root, chrony.conf.as_ref().map_err(Clone::clone)?)
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
