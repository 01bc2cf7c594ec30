//! What a container's boot left behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::journal::{Entry, Journal};

pub struct Evidence {
    /// What the collector has left, by the files' names.
    files: BTreeMap<String, String>,
    pub journal: Journal,
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
    pub fn new(directory: &Path, journal: &str, took: Duration) -> Evidence {
        let entries = fs::read_dir(directory).expect("reading what the collector left").flatten();
        let files = entries.map(|entry| {
            let bytes = fs::read(entry.path()).expect("reading a file of the collector's");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        });
        Evidence { files: files.collect(), journal: Journal::parse(journal), took }
    }

    /// A file of the collector's; empty where it left none.
    fn text(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// What the test's script printed.
    pub fn look(&self) -> String {
        self.text("look").to_owned()
    }

    pub fn failed_units(&self) -> Vec<String> {
        let failed = self.text("failed");
        failed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    }

    pub fn unfinished_jobs(&self) -> String {
        self.text("jobs").to_owned()
    }

    /// The verdict of the boot.
    pub fn report(&self) -> serde_json::Value {
        serde_json::from_str(self.text("report.json")).unwrap_or_default()
    }

    /// What a check of this boot's verdict came to, and what it found.
    pub fn found(&self, check: &str) -> (String, String) {
        let report = self.report();
        let checks = report["checks"].as_array().into_iter().flatten();
        let field = |name: &str| {
            let check = checks.clone().find(|entry| entry["name"] == check);
            check.and_then(|entry| entry[name].as_str()).unwrap_or_default().to_owned()
        };
        (field("verdict"), field("found"))
    }

    /// When the start job of a unit ended for the first time, in seconds, and how.
    pub fn started(&self, unit: &str) -> Option<(f64, &str)> {
        let entry = self.journal.first(|entry| entry.ends_start_of(unit))?;
        Some((entry.at(), entry.field("JOB_RESULT")))
    }

    pub fn reloads(&self) -> usize {
        self.journal.reloads()
    }

    /// The agent said this, from whichever unit.
    pub fn said(&self, text: &str) -> bool {
        self.journal.first(|entry| entry.is_from("cloud-timesync") && entry.says(text)).is_some()
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
