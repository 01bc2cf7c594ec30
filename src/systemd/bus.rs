//! org.freedesktop.systemd1 over the system bus: the few methods that the agent needs.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use zbus::{Connection, DynamicType, Message, OwnedObjectPath, OwnedVariant};

use super::More;
use crate::job::{Job, UnitChange};
use crate::machine::{LiveUnit, Service};

/// Units that are asked about at a time, with at most two questions for each: the bus lets a connection have 128 under way.
const AT_ONCE: usize = 32;

const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// A unit's line in a list: its own name, description, load state, active state, sub-state, the unit that it follows, its
/// object, and its job with kind and object.
type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[derive(Debug)]
pub struct Bus(Connection);

impl Bus {
    pub async fn connect() -> zbus::Result<Bus> {
        let connection = zbus::connection::Builder::system().method_timeout(super::CALL_DEADLINE);
        Ok(Bus(connection.build().await?))
    }

    /// Calls a method of the manager's: org.freedesktop.systemd1(5).
    async fn ask(&self, method: &str, arguments: &(impl Serialize + DynamicType)) -> zbus::Result<Message> {
        let manager = "/org/freedesktop/systemd1";
        self.0.call_method(Some(SYSTEMD), manager, Some(MANAGER), method, arguments).await
    }

    /// Most of the units are on no machine: one question tells which. `dyn`, because a copy for each caller has 20 KiB.
    pub async fn units(
        &self,
        names: &[String],
        more: &dyn Fn(&str, &LiveUnit) -> More,
    ) -> zbus::Result<BTreeMap<String, LiveUnit>> {
        let listed: Vec<Listed> = self.ask("ListUnitsByNames", &(names,)).await?.body().deserialize()?;
        if listed.len() != names.len() {
            return Err(zbus::Error::Failure("a name is none of a unit".to_owned()));
        }
        let asked = names.iter().zip(listed).map(async |(name, listed)| {
            Ok((name.clone(), self.live_unit(listed, |unit| more(name, unit)).await?))
        });
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn live_unit(&self, listed: Listed, more: impl Fn(&LiveUnit) -> More) -> zbus::Result<LiveUnit> {
        let (_, _, load, active, _, _, path, job, ..) = listed;
        let mut unit =
            LiveUnit { loaded: load == "loaded", active, has_job: job != 0, ..LiveUnit::default() };
        if load == "not-found" {
            return Ok(unit);
        }
        unit.has_run =
            unit.is_up() || self.property::<u64>(&path, UNIT, "InactiveExitTimestampMonotonic").await? != 0;
        let more = more(&unit);
        if more.dependencies {
            (unit.after, unit.wants) =
                tokio::try_join!(self.property(&path, UNIT, "After"), self.property(&path, UNIT, "Wants"))?;
        }
        if more.files {
            (unit.drop_ins, unit.stale) = tokio::try_join!(
                self.property(&path, UNIT, "DropInPaths"),
                self.property(&path, UNIT, "NeedDaemonReload")
            )?;
        }
        Ok(unit)
    }

    pub async fn service(&self, name: &str) -> zbus::Result<Service> {
        let path: OwnedObjectPath = self.ask("LoadUnit", &(name,)).await?.body().deserialize()?;
        let (main_pid, began, start_timeout) = tokio::try_join!(
            self.property(&path, SERVICE, "MainPID"),
            self.property(&path, UNIT, "InactiveExitTimestampMonotonic"),
            self.property(&path, SERVICE, "TimeoutStartUSec")
        )?;
        // For ever is all bits set.
        let start_timeout = Some(start_timeout).filter(|limit| *limit != u64::MAX).map(Duration::from_micros);
        let began = Some(began).filter(|began| *began != 0).map(Duration::from_micros);
        Ok(Service { main_pid, began, start_timeout })
    }

    /// One alone: to answer for all that a unit has, PID 1 looks through every directory that could have a drop-in, with 736
    /// system calls in Debian 13 (NeedDaemonReload).
    async fn property<T: TryFrom<OwnedVariant>>(
        &self,
        path: &OwnedObjectPath,
        interface: &str,
        name: &str,
    ) -> zbus::Result<T> {
        let properties = Some("org.freedesktop.DBus.Properties");
        let reply = self.0.call_method(Some(SYSTEMD), path, properties, "Get", &(interface, name)).await?;
        let value: OwnedVariant = reply.body().deserialize()?;
        T::try_from(value).map_err(|_| zbus::Error::Failure(format!("{name} is of another type")))
    }

    pub async fn change(&self, change: UnitChange, unit: &str) -> zbus::Result<()> {
        // Neither until the next boot only, nor over what is there.
        let (runtime, force) = (false, false);
        match change {
            UnitChange::Enable => self.ask("EnableUnitFiles", &([unit].as_slice(), runtime, force)).await,
            UnitChange::Disable => self.ask("DisableUnitFiles", &([unit].as_slice(), runtime)).await,
            UnitChange::Mask => self.ask("MaskUnitFiles", &([unit].as_slice(), runtime, force)).await,
        }
        .map(drop)
    }

    pub async fn run(&self, job: &Job) -> zbus::Result<()> {
        match job {
            Job::Reload => self.ask("Reload", &()).await,
            // "fail": no job that the boot has queued is ever thrown out for ours.
            Job::Start(unit) => self.ask("StartUnit", &(unit, "fail")).await,
            // "replace": the start job that is to be undone may be queued already.
            Job::Stop(unit) => self.ask("StopUnit", &(unit, "replace")).await,
            Job::TryRestart(unit) => self.ask("TryRestartUnit", &(unit, "replace")).await,
            Job::ResetFailed(unit) => self.ask("ResetFailedUnit", &(unit,)).await,
        }
        .map(drop)
    }
}
