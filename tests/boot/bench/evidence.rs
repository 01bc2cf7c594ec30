//! What a boot left behind: the guest's journal, its units, files and clocks, and what the metadata service was asked.

use std::fs;
use std::path::{Path, PathBuf};

use super::imds::Server;
use super::journal::{Entry, Journal};

pub struct Evidence {
    directory: PathBuf,
    pub journal: Journal,
    pub imds: Server,
}

const SOURCE_DIRECTIVES: [&str; 4] = ["server", "pool", "peer", "refclock"];
const FRAGMENT_DIRECTIVES: [&str; 3] = ["confdir", "sourcedir", "include"];
const CHRONY_COMMENTS: [char; 4] = ['#', '%', ';', '!'];

impl Evidence {
    pub fn read(directory: &Path, imds: Server) -> Evidence {
        let journal = fs::read_to_string(directory.join("journal")).unwrap_or_else(|e| {
            panic!("the guest left no journal ({e}): see {}", directory.join("console").display())
        });
        Evidence { directory: directory.to_owned(), journal: Journal::parse(&journal), imds }
    }

    /// A file that the guest handed out; empty where it had none.
    fn text(&self, name: &str) -> String {
        let bytes = fs::read(self.directory.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A file of the guest, by its path there.
    pub fn file(&self, path: &str) -> Option<String> {
        let copy = self.directory.join("files").join(path.trim_start_matches('/'));
        copy.is_file().then(|| self.text(&format!("files{path}")))
    }

    /// What the scenario's script printed.
    pub fn look(&self) -> String {
        self.text("look")
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
        self.text("jobs")
    }

    /// systemd says so early in a boot: to the kernel's log, which the journal has too.
    pub fn ordering_cycle(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.says("ordering cycle"))
    }

    /// The distribution's profile of chronyd is in force.
    pub fn denial(&self) -> Option<&Entry> {
        self.journal.first(|entry| entry.says("apparmor=\"DENIED\""))
    }

    /// Which of AppArmor's profiles are loaded, and in which mode: a "/usr/sbin/chronyd (enforce)" a line.
    pub fn profiles(&self) -> String {
        self.text("profiles")
    }

    /// The profile under which chronyd runs, and its mode.
    pub fn profile_of_chronyd(&self) -> String {
        self.text("chronyd.profile").trim().to_owned()
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
        let (started, started_uptime) = pair(&self.text("scylla-server.clock"))?;
        let (host_ns, uptime) = pair(&self.text("host-time"))?;
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
