//! What a boot left behind: files, units and clocks of the machine, and what its metadata service was asked. What happened
//! in it, and in which order, is in story.rs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::imds::Server;
use crate::journal::{Entry, parse};

pub struct Evidence {
    /// What the collector left, by the paths below its folder.
    files: BTreeMap<String, String>,
    pub journal: Vec<Entry>,
    /// From power on to power off.
    pub took: Duration,
    /// The metadata service, where the machine had one.
    imds: Option<Server>,
}

impl Evidence {
    /// From the folder that the collector filled, and what `journalctl -o json` printed.
    pub fn new(directory: &Path, journal: &str, took: Duration, imds: Option<Server>) -> Evidence {
        let mut files = BTreeMap::new();
        read(directory, directory, &mut files);
        Evidence { files, journal: parse(journal), took, imds }
    }

    /// A file of the collector's; empty where it left none.
    pub fn text(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// A file of the machine, by its path there.
    pub fn file(&self, path: &str) -> Option<String> {
        self.files.get(&format!("files{path}")).cloned()
    }

    /// What the scenario's script printed.
    pub fn look(&self) -> String {
        self.text("look").to_owned()
    }

    /// The object that the script's first command printed.
    pub fn look_json(&self) -> Value {
        let mut values = serde_json::Deserializer::from_str(self.text("look")).into_iter();
        values.next().and_then(Result::ok).unwrap_or_else(|| panic!("no JSON: {}", self.look()))
    }

    /// The verdict of the boot.
    pub fn report(&self) -> Value {
        let report = self.file("/run/cloud-timesync/report.json");
        serde_json::from_str(report.as_deref().unwrap_or(self.text("report.json"))).unwrap_or_default()
    }

    /// What a check of this boot's verdict came to, and what it found.
    pub fn found(&self, check: &str) -> (String, String) {
        let report = self.report();
        let mut checks = report["checks"].as_array().into_iter().flatten();
        let check = checks.find(|entry| entry["name"] == check).unwrap_or(&Value::Null);
        ["verdict", "found"].map(|field| check[field].as_str().unwrap_or_default().to_owned()).into()
    }

    /// A property of a unit, as `systemctl show` has it.
    pub fn property(&self, unit: &str, name: &str) -> String {
        let id = format!("Id={unit}");
        let mut units = self.text("units").split("\n\n");
        let mut lines = units.find(|shown| shown.lines().any(|line| line == id)).unwrap_or_default().lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    }

    /// One of a unit's monotonic time stamps ("ActiveEnter"), in seconds since the kernel began; None where it has none.
    pub fn stamp(&self, unit: &str, name: &str) -> Option<f64> {
        let microseconds = self.property(unit, &format!("{name}TimestampMonotonic")).parse::<f64>();
        microseconds.ok().filter(|at| *at > 0.0).map(|at| at / 1e6)
    }

    pub fn failed_units(&self) -> Vec<&str> {
        self.text("failed").lines().filter_map(|line| line.split_whitespace().next()).collect()
    }

    /// The source that chronyd follows, as an address or a reference clock's name.
    pub fn selected_source(&self) -> Option<&str> {
        let mut sources = self.text("sources").lines().map(|line| line.split(',').collect::<Vec<_>>());
        sources.find(|fields| fields.get(1) == Some(&"*"))?.get(2).copied()
    }

    /// How often the metadata service was connected to.
    pub fn imds_connections(&self) -> usize {
        self.imds.as_ref().map_or(0, Server::connections)
    }

    /// What it was asked: "GET /path?query".
    pub fn imds_requests(&self) -> Vec<String> {
        self.imds.as_ref().map_or_else(Vec::new, Server::asked)
    }

    pub fn source_directives(&self) -> Vec<String> {
        self.directives(&["server", "pool", "peer", "refclock"])
    }

    /// Lines by which chronyd would read more than this one file.
    pub fn fragment_directives(&self) -> Vec<String> {
        self.directives(&["confdir", "sourcedir", "include"])
    }

    /// What chronyd was told, in Debian's place or in RHEL's.
    pub fn chrony_conf(&self) -> String {
        let told = self.file("/etc/chrony/chrony.conf").or_else(|| self.file("/etc/chrony.conf"));
        told.unwrap_or_default()
    }

    fn directives(&self, names: &[&str]) -> Vec<String> {
        let conf = self.chrony_conf();
        let is_named = |line: &&str| line.split_whitespace().next().is_some_and(|word| names.contains(&word));
        conf.lines().map(str::trim).filter(is_named).map(str::to_owned).collect()
    }

    /// Lines of the guest's `stat` of /etc and the agent's state, for these paths.
    pub fn stat(&self, below: &[&str]) -> Vec<&str> {
        let is_below = |line: &&str| below.iter().any(|path| line.starts_with(path));
        let mut lines: Vec<_> = self.text("stat").lines().filter(is_below).collect();
        lines.sort_unstable();
        lines
    }
}

fn read(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).expect("reading what the collector left").flatten() {
        let path = entry.path();
        let name = path.strip_prefix(root).expect("it is below").to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            read(root, &path, files);
        } else if path.is_file() {
            let bytes = fs::read(&path).expect("reading a file of the collector's");
            files.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
