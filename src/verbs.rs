//! The verbs of the command line, and what they share.

pub mod apply;
mod configured;
pub mod detect;
mod late_clock;
pub mod plan;
pub mod status;
pub mod undo;
mod undo_mark;
pub mod verify;
pub mod vmclock;
pub mod wait;

use std::path::Path;
use std::time::Duration;

use tracing::{error, info};

use cloud_timesync::cli::{At, Pass};
use cloud_timesync::error::Error;
pub use cloud_timesync::exit::Exit;
use cloud_timesync::journal;
use cloud_timesync::machine::Identity;
use cloud_timesync::names::{LOCK, PASSING_LOCK};
use cloud_timesync::observe::Ask;
use cloud_timesync::observe::imds::Endpoints;
use cloud_timesync::root::{LOCK_DEADLINE, Lock, Root};
use cloud_timesync::systemd::Systemd;

use crate::process::Stopwatch;

pub type Outcome = Result<Exit, (Exit, Error)>;

pub fn not_done(why: Error) -> (Exit, Error) {
    (Exit::NotDone, why)
}

pub fn could_not_tell(why: Error) -> (Exit, Error) {
    (Exit::CouldNotTell, why)
}

/// The machine, or the tree that is named. Where no machine runs, in a chroot, a root that is named is a tree, be it "/".
pub fn open(at: &At) -> Result<Root, (Exit, Error)> {
    let path = at.root.as_deref().unwrap_or(Path::new("/"));
    let root = Root::open(path).map_err(|why| (Exit::Usage, why))?;
    if !["/etc", "/usr", "/sys"].iter().any(|directory| root.exists(directory)) {
        let why = "it holds no system: neither etc, usr nor sys";
        return Err((Exit::Usage, Error::path("opening the root", path, why)));
    }
    Ok(if at.root.is_none() || root.is_booted() { root } else { root.into_tree() })
}

/// The same for a verb that changes what it is started on, or tells what would be changed.
pub fn open_to_change(at: &At) -> Result<Root, (Exit, Error)> {
    let root = open(at)?;
    if root.is_host() && !root.is_booted() {
        let why = "systemd does not run in this root, as in a chroot or where a container is built; `--root /` works on \
                   it as on an image";
        return Err((Exit::Usage, Error::new("working on the running machine", why)));
    }
    Ok(root)
}

/// An image is never asked about the machine that builds it.
pub async fn connect(root: &Root) -> Option<Systemd> {
    if root.is_host() { Some(Systemd::connect().await) } else { None }
}

pub fn ask<'a>(pass: &Pass, root: &Root, systemd: Option<&'a Systemd>) -> Ask<'a> {
    // In a chroot they would answer for the machine that builds.
    let imds = (root.is_host() && root.is_booted()).then(Endpoints::link_local);
    Ask { told: pass.platform, imds, systemd, ..Ask::default() }
}

/// Waits until no other run writes.
pub async fn lock(root: &Root) -> Result<Lock<'_>, Error> {
    if root.is_host() && !rustix::process::geteuid().is_root() {
        return Err(Error::new("changing this machine", "only root can: try it with sudo"));
    }
    let started = Stopwatch::start();
    let mut said = false;
    loop {
        if let Some(lock) = root.lock(Path::new(LOCK), Path::new(PASSING_LOCK))? {
            return Ok(lock);
        }
        if started.elapsed() >= LOCK_DEADLINE {
            let why = format!("another run holds it for more than {} s", LOCK_DEADLINE.as_secs());
            let path = if root.is_host() { LOCK } else { PASSING_LOCK };
            return Err(Error::path("locking", Path::new(path), why));
        }
        if !said {
            info!("another run is at work: waiting for it");
            said = true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// "aws (strong): sys_vendor is Amazon EC2"
pub fn describe(identity: &Identity) -> String {
    let strength = identity.strength.map_or("no evidence".to_owned(), |strength| strength.to_string());
    let evidence = identity.evidence.join("; ");
    let colon = if evidence.is_empty() { "" } else { ": " };
    format!("{} ({strength}){colon}{evidence}", identity.platform)
}

/// Logs that a result could not be printed: what is done is done.
pub fn say_if_lost(printed: Result<(), (Exit, Error)>) {
    say_if_not(printed.map_err(|(_, why)| why));
}

/// The run goes on.
pub fn say_if_not(done: Result<(), Error>) {
    if let Err(why) = done {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
    }
}
