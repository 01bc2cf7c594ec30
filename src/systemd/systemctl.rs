//! The `systemctl` program, for when the bus does not answer: it has PID 1's private socket, on
//! which zbus cannot speak (PID 1 signs there with a name that is not unique).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::error::Result;
use crate::job::{Job, UnitChange};
use crate::machine::{LiveUnit, Service};
use crate::program;

const PROPERTIES: &str =
    "Id,LoadState,ActiveState,Job,InactiveExitTimestampMonotonic,After,Wants,DropInPaths,NeedDaemonReload";

/// Limit of an answer: there is no other program to ask.
pub const DEADLINE: Duration = Duration::from_secs(45);

/// The same, when PID 1 has not answered within the first. It is still asked for everything, as it may have come back,
/// and what is ordered after the agent does not wait for one deadline after the other.
pub const IMPATIENT: Duration = Duration::from_secs(5);

/// The program, and whether it has waited for PID 1 in vain.
#[derive(Debug, Default)]
pub struct Systemctl {
    in_vain: AtomicBool,
}

impl Systemctl {
    /// The units as PID 1 sees them, by the names that were asked for.
    pub async fn units(&self, names: &[String]) -> Result<BTreeMap<String, LiveUnit>> {
        let mut units = BTreeMap::new();
        // One call each: an alias answers under its other name.
        for name in names {
            let text = self.output(&["show", "--property", PROPERTIES, name]).await?;
            units.insert(name.clone(), live_unit(&text));
        }
        Ok(units)
    }

    /// A service beside its unit.
    pub async fn service(&self, name: &str) -> Result<Service> {
        const OF_SERVICE: &str = "MainPID,TimeoutStartUSec,InactiveExitTimestampMonotonic";
        let text = self.output(&["show", "--property", OF_SERVICE, name]).await?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        Ok(Service {
            main_pid: value("MainPID").and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            began: value("InactiveExitTimestampMonotonic")
                .and_then(|began| began.parse().ok())
                .filter(|began| *began != 0)
                .map(Duration::from_micros),
            start_timeout: value("TimeoutStartUSec").and_then(span),
        })
    }

    /// Asks PID 1 for a job.
    pub async fn run(&self, job: &Job) -> Result<()> {
        self.output(&arguments(job)).await.map(drop)
    }

    async fn output(&self, arguments: &[&str]) -> Result<String> {
        let deadline = if self.in_vain.load(Ordering::Relaxed) { IMPATIENT } else { DEADLINE };
        let began = Instant::now();
        let result = run_to_end(arguments, &mut program::command("systemctl"), deadline).await;
        if result.is_err() && began.elapsed() >= deadline {
            self.in_vain.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// Enables, disables or masks. Offline, systemctl writes the links by itself: PID 1 need not answer.
pub async fn change(change: UnitChange, unit: &str) -> Result<()> {
    let mut systemctl = program::command("systemctl");
    systemctl.env("SYSTEMD_OFFLINE", "1");
    run_to_end(&["--no-reload", &change.to_string(), unit], &mut systemctl, DEADLINE).await.map(drop)
}

async fn run_to_end(arguments: &[&str], systemctl: &mut Command, deadline: Duration) -> Result<String> {
    let doing = format!("running systemctl {}", arguments.join(" "));
    program::printed(doing, systemctl.args(arguments), deadline).await
}

/// A job as its arguments.
fn arguments(job: &Job) -> Vec<&str> {
    match job {
        Job::Reload => vec!["daemon-reload"],
        Job::Start(unit) => vec!["--no-block", "--job-mode=fail", "start", unit],
        Job::Stop(unit) => vec!["--no-block", "stop", unit],
        Job::TryRestart(unit) => vec!["--no-block", "try-restart", unit],
        Job::ResetFailed(unit) => vec!["reset-failed", unit],
    }
}

/// A span of time as systemd prints it, "1min 30s"; None for "infinity".
fn span(text: &str) -> Option<Duration> {
    let part = |word: &str| {
        let digits = word.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, unit) = word.split_at(digits);
        let seconds = match unit {
            "ms" => return number.parse().ok().map(Duration::from_millis),
            "us" => return number.parse().ok().map(Duration::from_micros),
            "s" => 1,
            "min" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
    };
    text.split_whitespace().map(part).sum()
}

fn live_unit(text: &str) -> LiveUnit {
    let values: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name| values.get(name).copied().unwrap_or_default();
    let list = |name| value(name).split_whitespace().map(str::to_owned).collect();
    LiveUnit {
        loaded: value("LoadState") == "loaded",
        active: value("ActiveState").to_owned(),
        has_job: !value("Job").is_empty(),
        has_run: !matches!(value("InactiveExitTimestampMonotonic"), "" | "0"),
        after: list("After"),
        wants: list("Wants"),
        drop_ins: list("DropInPaths"),
        stale: value("NeedDaemonReload") == "yes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_from_what_systemctl_shows() {
        let unit = live_unit(
            "Id=scylla-server.service\nWants=time-sync.target\nAfter=basic.target time-sync.target\n\
             LoadState=loaded\nActiveState=inactive\nInactiveExitTimestampMonotonic=0\nJob=64\n",
        );
        assert!(unit.loaded && unit.has_job && !unit.has_run && !unit.is_up());
        assert_eq!(unit.after, ["basic.target", "time-sync.target"]);
        assert_eq!(unit.wants, ["time-sync.target"]);
    }
    #[test]
    fn a_span_is_read_as_systemd_prints_it() {
        assert_eq!(span("3min"), Some(Duration::from_secs(180)));
        assert_eq!(span("1min 30s 5ms"), Some(Duration::from_millis(90_005)));
        assert_eq!(span("infinity"), None);
    }
}
