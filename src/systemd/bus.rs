//! org.freedesktop.systemd1 over the system bus: the few methods that the agent needs.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

use crate::machine::{LiveUnit, Service};
use crate::plan::Job;

/// Questions under way: the bus lets a connection have 128.
const AT_ONCE: usize = 32;

/// org.freedesktop.systemd1(5).
#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn list_units_by_names(&self, names: &[String]) -> zbus::Result<Vec<Listed>>;
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn try_restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn reload(&self) -> zbus::Result<()>;
    fn enable_unit_files(
        &self,
        names: &[&str],
        runtime: bool,
        force: bool,
    ) -> zbus::Result<(bool, Vec<(String, String, String)>)>;
    fn mask_unit_files(
        &self,
        names: &[&str],
        runtime: bool,
        force: bool,
    ) -> zbus::Result<Vec<(String, String, String)>>;
    fn disable_unit_files(
        &self,
        names: &[&str],
        runtime: bool,
    ) -> zbus::Result<Vec<(String, String, String)>>;
}

/// A unit's line in a list: its own name, description, load state, active state, sub-state, the unit that it follows, its
/// object, and its job with kind and object.
type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[derive(Debug)]
pub struct Bus {
    connection: Connection,
    manager: ManagerProxy<'static>,
}

impl Bus {
    pub async fn connect() -> zbus::Result<Bus> {
        let connection =
            zbus::connection::Builder::system().method_timeout(super::CALL_DEADLINE).build().await?;
        let manager = ManagerProxy::builder(&connection)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        Ok(Bus { connection, manager })
    }

    /// Most of the units are on no machine: one question tells which.
    pub async fn units(&self, names: &[String]) -> zbus::Result<BTreeMap<String, LiveUnit>> {
        let listed = self.manager.list_units_by_names(names).await?;
        if listed.len() != names.len() {
            return Err(zbus::Error::Failure("a name is none of a unit".to_owned()));
        }
        let asked = names.iter().zip(listed).map(async |(name, (_, _, load, active, _, _, path, ..))| {
            let unit = match load.as_str() {
                "not-found" => LiveUnit { active, ..LiveUnit::default() },
                _ => live_unit(self.properties(&path, "org.freedesktop.systemd1.Unit").await?),
            };
            Ok((name.clone(), unit))
        });
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
    }

    pub async fn service(&self, name: &str) -> zbus::Result<Service> {
        let path = self.manager.load_unit(name).await?;
        let mut properties = self.properties(&path, "org.freedesktop.systemd1.Service").await?;
        let start_timeout = properties.remove("TimeoutStartUSec").and_then(|value| u64::try_from(value).ok());
        Ok(Service {
            main_pid: properties
                .remove("MainPID")
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or_default(),
            // For ever is all bits set.
            start_timeout: start_timeout.filter(|limit| *limit != u64::MAX).map(Duration::from_micros),
        })
    }

    async fn properties(
        &self,
        path: &OwnedObjectPath,
        interface: &str,
    ) -> zbus::Result<HashMap<String, OwnedVariant>> {
        let reply = self
            .connection
            .call_method(
                Some("org.freedesktop.systemd1"),
                path,
                Some("org.freedesktop.DBus.Properties"),
                "GetAll",
                &interface,
            )
            .await?;
        reply.body().deserialize()
    }

    pub async fn enable(&self, unit: &str) -> zbus::Result<()> {
        self.manager.enable_unit_files(&[unit], false, false).await.map(drop)
    }

    pub async fn disable(&self, unit: &str) -> zbus::Result<()> {
        self.manager.disable_unit_files(&[unit], false).await.map(drop)
    }

    pub async fn mask(&self, unit: &str) -> zbus::Result<()> {
        self.manager.mask_unit_files(&[unit], false, false).await.map(drop)
    }

    pub async fn run(&self, job: &Job) -> zbus::Result<()> {
        match job {
            Job::Reload => return self.manager.reload().await,
            // "fail": no job that the boot has queued is ever thrown out for ours.
            Job::Start(unit) => self.manager.start_unit(unit, "fail").await,
            // "replace": the start job that is to be undone may be queued already.
            Job::Stop(unit) => self.manager.stop_unit(unit, "replace").await,
            Job::TryRestart(unit) => self.manager.try_restart_unit(unit, "replace").await,
        }
        .map(drop)
    }
}

fn live_unit(mut properties: HashMap<String, OwnedVariant>) -> LiveUnit {
    let mut take = |name: &str| properties.remove(name);
    let mut text = |name| take(name).and_then(|value| String::try_from(value).ok()).unwrap_or_default();
    let (load, active) = (text("LoadState"), text("ActiveState"));
    let mut list =
        |name| take(name).and_then(|value| Vec::<String>::try_from(value).ok()).unwrap_or_default();
    let (after, wants, drop_ins) = (list("After"), list("Wants"), list("DropInPaths"));
    // (0, "/") where there is none.
    let job = take("Job").and_then(|value| <(u32, OwnedObjectPath)>::try_from(value).ok());
    let left_inactive = take("InactiveExitTimestampMonotonic").and_then(|value| u64::try_from(value).ok());
    let stale = take("NeedDaemonReload").and_then(|value| bool::try_from(value).ok());
    LiveUnit {
        loaded: load == "loaded",
        active,
        has_job: job.is_some_and(|(id, _)| id != 0),
        has_run: left_inactive.is_some_and(|microseconds| microseconds != 0),
        after,
        wants,
        drop_ins,
        stale: stale.unwrap_or_default(),
    }
}
