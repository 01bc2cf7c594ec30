//! The service manager: D-Bus when it answers, the `systemctl` program when it does not, and links
//! on disk for an image. Jobs are queued and never awaited: what is ordered after the agent waits
//! for the agent, and to wait for it here would hang the boot.

// This is the room that runs systemctl.
#![allow(clippy::disallowed_methods)]

mod bus;
pub mod links;
mod systemctl;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tracing::warn;

use crate::error::{Error, Result};
use crate::job::{Job, UnitChange};
use crate::journal;
use crate::machine::{LiveUnit, Service};
use systemctl::Systemctl;

/// Limit of the time that the bus takes to let us in. The bus is started by the first who knocks.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Limit of one answer over the bus. A reload of all units is the longest: 14 s were seen
/// in an emulated guest whose host was busy.
const CALL_DEADLINE: Duration = Duration::from_secs(20);

/// Sum of a run's waits for a PID 1 that does not answer: the bus passes nothing on, then `systemctl` waits, and once
/// more for each job, of which a plan has no more than ten.
pub const SILENCE: Duration = Duration::from_secs(
    CALL_DEADLINE.as_secs() + systemctl::DEADLINE.as_secs() + 10 * systemctl::IMPATIENT.as_secs(),
);

/// Questions about a unit besides its state. Each of them costs PID 1 an answer of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct More {
    /// Values of After= and Wants=.
    pub dependencies: bool,
    /// Drop-ins, and whether its files changed since they were read: PID 1 looks through every directory that could
    /// have a drop-in for it, milliseconds long.
    pub files: bool,
}

/// A way to PID 1.
#[derive(Debug)]
pub struct Systemd {
    /// None where the bus did not let us in.
    bus: Option<bus::Bus>,
    /// The bus has left a call without an answer. It is not asked again: the boot waits meanwhile,
    /// and a second deadline would leave no time for the gate.
    silent: AtomicBool,
    /// Program that is asked then.
    systemctl: Systemctl,
}

impl Systemd {
    /// Connects to the system bus; without one, everything goes through `systemctl`, which has
    /// a private way to PID 1.
    pub async fn connect() -> Systemd {
        let bus = tokio::time::timeout(CONNECT_DEADLINE, bus::Bus::connect()).await;
        let why = match bus {
            Ok(Ok(bus)) => return Systemd::through(Some(bus)),
            Ok(Err(why)) => why.to_string(),
            Err(_) => format!("no answer within {} s", CONNECT_DEADLINE.as_secs()),
        };
        warn!(MESSAGE_ID = journal::BUS_SILENT, "D-Bus is out of reach, using systemctl: {why}");
        Systemd::through(None)
    }

    fn through(bus: Option<bus::Bus>) -> Systemd {
        Systemd { silent: AtomicBool::new(bus.is_none()), bus, systemctl: Systemctl::default() }
    }

    /// A call over the bus. None where no answer came: then `systemctl` does it, this time and from now
    /// on. What the call may have done all the same, does no harm twice.
    async fn call<T>(&self, call: impl AsyncFnOnce(&bus::Bus) -> zbus::Result<T>) -> Option<zbus::Result<T>> {
        let bus = self.bus.as_ref().filter(|_| !self.silent.load(Ordering::Relaxed))?;
        let result = call(bus).await;
        let Err(zbus::Error::InputOutput(why)) = &result else { return Some(result) };
        let why = match why.kind() {
            io::ErrorKind::TimedOut => format!("no answer within {} s", CALL_DEADLINE.as_secs()),
            _ => why.to_string(),
        };
        // Of several calls under way one says so.
        if !self.silent.swap(true, Ordering::Relaxed) {
            warn!(MESSAGE_ID = journal::BUS_SILENT, "D-Bus has fallen silent, using systemctl: {why}");
        }
        None
    }

    /// The units as PID 1 sees them; `more` says what else is to be known of one in this state.
    pub async fn units(
        &self,
        names: &[String],
        more: &dyn Fn(&str, &LiveUnit) -> More,
    ) -> Result<BTreeMap<String, LiveUnit>> {
        match self.call(async |bus| bus.units(names, more).await).await {
            Some(Ok(units)) => return Ok(units),
            Some(Err(why)) => warn!("asking systemd over D-Bus: {why}; asking with systemctl"),
            None => {}
        }
        self.systemctl.units(names).await
    }

    /// Asks what a service has besides its unit.
    pub async fn service(&self, name: &str) -> Result<Service> {
        match self.call(async |bus| bus.service(name).await).await {
            Some(service) => service.map_err(|why| Error::new(format_args!("asking for {name}"), why)),
            None => self.systemctl.service(name).await,
        }
    }

    /// Makes or removes the links that enable or mask the unit.
    pub async fn change(&self, change: UnitChange, unit: &str) -> Result<()> {
        match self.call(async |bus| bus.change(change, unit).await).await {
            Some(done) => {
                done.map_err(|why| Error::new(format_args!("asking systemd to {change} {unit}"), why))
            }
            None => systemctl::change(change, unit).await,
        }
    }

    /// Queues jobs and reloads the units, in this order. What became of each: an error where systemd refuses or does not
    /// answer.
    ///
    /// No job waits for the answer to the one before, for the boot goes on while it is on its way: in an emulated guest of one
    /// processor 170 ms of a first boot. PID 1 takes one call at a time, and none while it reloads.
    pub async fn run(&self, jobs: &[Job]) -> Vec<Result<()>> {
        let answers = join_all(jobs.iter().map(|job| self.call(async |bus| bus.run(job).await))).await;
        let mut done = Vec::with_capacity(jobs.len());
        for (job, answer) in jobs.iter().zip(answers) {
            done.push(match answer {
                Some(done) => done.map_err(|why| Error::new(job, why)),
                None => self.systemctl.run(job).await,
            });
        }
        done
    }
}
