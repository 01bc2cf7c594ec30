//! What a boot left behind: the journal, units, files and clocks of the machine, and what its metadata service was asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::imds::Server;
use crate::journal::{Entry, Journal};

pub struct Evidence {
    /// What the collector left, by the paths below its folder.
    files: BTreeMap<String, String>,
    pub journal: Journal,
    /// From power on to power off.
    pub took: Duration,
    /// The metadata service, where the machine had one.
    imds: Option<Server>,
}

const SOURCE_DIRECTIVES: [&str; 4] = ["server", "pool", "peer", "refclock"];
const FRAGMENT_DIRECTIVES: [&str; 3] = ["confdir", "sourcedir", "include"];
const CHRONY_COMMENTS: [char; 4] = ['#', '%', ';', '!'];

/// The units whose order is the story.
const CAST: [&str; 15] = [
    "dbus.service",
    "cloud-timesync.service",
    "cloud-timesync-online.service",
    "cloud-timesync-cloud-init.service",
    "cloud-timesync-adopt.service",
    "control-agent.service",
    "cloud-init-network.service",
    "cloud-config.service",
    "chrony.service",
    "chronyd-restricted.service",
    "chrony-wait.service",
    "time-sync.target",
    "cloud-timesync-hold.service",
    "etcd.service",
    "scylla-server.service",
];

impl Evidence {
    /// From the folder that the collector filled, and what `journalctl -o json` printed.
    pub fn new(directory: &Path, journal: &str, took: Duration, imds: Option<Server>) -> Evidence {
        let mut files = BTreeMap::new();
        read(directory, directory, &mut files);
        Evidence { files, journal: Journal::parse(journal), took, imds }
    }

    /// A file of the collector's; empty where it left none.
    fn text(&self, name: &str) -> &str {
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

    /// The order in which things started, when chronyd moved the clock, and what the agent said.
    pub fn timeline(&self) -> String {
        let stepped = |entry: &Entry| entry.is_from("chronyd") && entry.says("System clock was stepped");
        let told = |entry: &&Entry| {
            CAST.iter().any(|unit| entry.is_about(unit)) || entry.is_from("cloud-timesync") || stepped(entry)
        };
        self.journal.iter().filter(told).map(Entry::line).collect()
    }

    /// The verdict of the boot.
    pub fn report(&self) -> Value {
        let report = self.file("/run/cloud-timesync/report.json");
        serde_json::from_str(report.as_deref().unwrap_or(self.text("report.json"))).unwrap_or_default()
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

    /// A property of a unit, as `systemctl show` has it.
    pub fn property(&self, unit: &str, name: &str) -> String {
        let shown = self.text("units");
        let id = format!("Id={unit}");
        let unit = shown.split("\n\n").find(|shown| shown.lines().any(|line| line == id));
        let value =
            unit.and_then(|shown| shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')));
        value.unwrap_or_default().to_owned()
    }

    /// One of a unit's monotonic time stamps ("ActiveEnter"), in seconds since the kernel began; None where it has none.
    pub fn stamp(&self, unit: &str, name: &str) -> Option<f64> {
        let microseconds = self.property(unit, &format!("{name}TimestampMonotonic")).parse::<f64>();
        microseconds.ok().filter(|at| *at > 0.0).map(|at| at / 1e6)
    }

    pub fn failed_units(&self) -> Vec<String> {
        self.text("failed")
            .lines()
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect()
    }

    pub fn unfinished_jobs(&self) -> String {
        self.text("jobs").to_owned()
    }

    /// systemd says so early in a boot: to the kernel's log, which the journal has too.
    pub fn ordering_cycle(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.says("ordering cycle"))
    }

    /// The distribution's profile of chronyd is in force.
    pub fn denial(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.says("apparmor=\"DENIED\""))
    }

    /// How often the metadata service was connected to.
    pub fn imds_connections(&self) -> usize {
        self.imds.as_ref().map_or(0, Server::connections)
    }

    /// What the metadata service was asked: "GET /path?query".
    pub fn imds_requests(&self) -> Vec<String> {
        self.imds.as_ref().map_or_else(Vec::new, Server::asked)
    }

    /// Which of AppArmor's profiles are loaded, and in which mode: a "/usr/sbin/chronyd (enforce)" a line.
    pub fn profiles(&self) -> String {
        self.text("profiles").to_owned()
    }

    /// The profile under which chronyd runs, and its mode.
    pub fn profile_of_chronyd(&self) -> String {
        self.text("chronyd.profile").trim().to_owned()
    }

    /// When the start job of a unit ended for the first time, in seconds, and how.
    pub fn started(&self, unit: &str) -> Option<(f64, &str)> {
        let entry = self.journal.first(|entry| entry.ends_start_of(unit))?;
        Some((entry.at(), entry.field("JOB_RESULT")))
    }

    /// When the database started, first of all times.
    pub fn database_started(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.ends_start_of("scylla-server.service"))
    }

    pub fn starts_of(&self, unit: &str) -> usize {
        self.journal.count(|entry| entry.ends_start_of(unit) && entry.field("JOB_RESULT") == "done")
    }

    /// When chrony-wait ended, first of all times: a later restart of chronyd runs it again.
    pub fn wait_ended(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.ends_start_of("chrony-wait.service"))
    }

    /// How far the guest's clock was off, in seconds, when the database started.
    pub fn clock_error_at_start(&self) -> Option<f64> {
        let (started, started_uptime) = pair(self.text("scylla-server.clock"))?;
        let (host_ns, uptime) = pair(self.text("host-time"))?;
        Some(started - (host_ns / 1e9 - (uptime - started_uptime)))
    }

    /// chronyd's own word that it moved a wrong clock.
    pub fn clock_step(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.is_from("chronyd") && entry.says("System clock was stepped by"))
    }

    /// The source that chronyd follows, as an address or a reference clock's name.
    pub fn selected_source(&self) -> Option<String> {
        let sources = self.text("sources");
        let mut fields = sources.lines().map(|line| line.split(',').collect::<Vec<_>>());
        fields.find(|fields| fields.get(1) == Some(&"*"))?.get(2).map(|name| (*name).to_owned())
    }

    /// What chronyd was told, in Debian's place or in RHEL's.
    pub fn chrony_conf(&self) -> String {
        let told = self.file("/etc/chrony/chrony.conf").or_else(|| self.file("/etc/chrony.conf"));
        told.unwrap_or_default()
    }

    pub fn source_directives(&self) -> Vec<String> {
        self.directives(&SOURCE_DIRECTIVES)
    }

    /// Lines by which chronyd would read more than this one file.
    pub fn fragment_directives(&self) -> Vec<String> {
        self.directives(&FRAGMENT_DIRECTIVES)
    }

    fn directives(&self, names: &[&str]) -> Vec<String> {
        let conf = self.chrony_conf();
        let lines = conf.lines().map(str::trim).filter(|line| !line.starts_with(CHRONY_COMMENTS));
        let named =
            lines.filter(|line| line.split_whitespace().next().is_some_and(|word| names.contains(&word)));
        named.map(str::to_owned).collect()
    }

    pub fn reloads(&self) -> usize {
        self.journal.reloads()
    }

    /// The agent's own lines, from every unit that runs it.
    pub fn agent(&self) -> Vec<&Entry> {
        self.journal.iter().filter(|entry| entry.is_from("cloud-timesync")).collect()
    }

    /// The agent said this, from whichever unit.
    pub fn said(&self, text: &str) -> bool {
        self.agent().into_iter().any(|entry| entry.says(text))
    }

    /// Lines of the guest's `stat` of /etc and the agent's state, for these paths.
    pub fn stat(&self, below: &[&str]) -> Vec<String> {
        let stat = self.text("stat");
        let mut lines: Vec<_> = stat
            .lines()
            .filter(|line| below.iter().any(|path| line.starts_with(path)))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    }
}

fn pair(text: &str) -> Option<(f64, f64)> {
    let mut words = text.split_whitespace().map(str::parse::<f64>);
    Some((words.next()?.ok()?, words.next()?.ok()?))
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
