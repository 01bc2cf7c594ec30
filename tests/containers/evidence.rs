//! What a container's boot left behind.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::journal::{Entry, Journal};

pub struct Evidence {
    /// Where the collector has left its files; they are read at once or never.
    files: PathBuf,
    pub journal: Journal,
    /// What PID 1 printed, before there was a journal too.
    pub console: String,
    /// From the start of the container to its end.
    pub took: Duration,
}

/// The units whose order is the story.
const CAST: [&str; 7] = [
    "dbus.service",
    "cloud-timesync.service",
    "chrony.service",
    "chrony-wait.service",
    "time-sync.target",
    "cloud-timesync-hold.service",
    "scylla-server.service",
];

impl Evidence {
    pub fn new(files: PathBuf, journal: &str, console: String, took: Duration) -> Evidence {
        Evidence { files, journal: Journal::parse(journal), console, took }
    }

    /// A file of the collector's; empty where it left none.
    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.files.join(name)).unwrap_or_default()
    }

    /// What the test's script printed.
    pub fn look(&self) -> String {
        self.text("look")
    }

    pub fn failed_units(&self) -> Vec<String> {
        let failed = self.text("failed");
        failed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    }

    pub fn unfinished_jobs(&self) -> String {
        self.text("jobs")
    }

    /// The verdict of the boot.
    pub fn report(&self) -> serde_json::Value {
        serde_json::from_str(&self.text("report.json")).unwrap_or_default()
    }

    /// A property of a unit that the collector shows.
    pub fn property(&self, unit: &str, name: &str) -> String {
        let shown = self.text("units");
        let id = format!("Id={unit}");
        let unit = shown.split("\n\n").find(|shown| shown.lines().any(|line| line == id));
        let value =
            unit.and_then(|shown| shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')));
        value.unwrap_or_default().to_owned()
    }

    /// When the start job of a unit ended for the first time, in seconds, and how.
    pub fn started(&self, unit: &str) -> Option<(f64, &str)> {
        let entry = self.journal.first(|entry| entry.ends_start_of(unit))?;
        Some((entry.at(), entry.field("JOB_RESULT")))
    }

    /// The agent's own lines, from every unit that runs it.
    pub fn agent(&self) -> String {
        self.journal.iter().filter(|entry| entry.is_from("cloud-timesync")).map(line).collect()
    }

    /// systemd names a cycle early in a boot: on the console, where the journal may not be there yet.
    pub fn has_ordering_cycle(&self) -> bool {
        self.console.contains("ordering cycle")
            || self.journal.first(|entry| entry.says("ordering cycle")).is_some()
    }

    /// The order in which things started, and what the agent said.
    pub fn timeline(&self) -> String {
        let told =
            |entry: &&Entry| CAST.iter().any(|unit| entry.is_about(unit)) || entry.is_from("cloud-timesync");
        self.journal.iter().filter(told).map(line).collect()
    }
}

fn line(entry: &Entry) -> String {
    format!("{:>9.3}  {}\n", entry.at(), entry.message())
}
