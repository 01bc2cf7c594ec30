//! What happened in a boot, by its journal and by the database's own notes.

use crate::Evidence;
use crate::journal::Entry;

/// The units whose order is the story.
const CAST: &str = "dbus.service cloud-timesync.service cloud-timesync-online.service cloud-timesync-cloud-init.service \
                    cloud-timesync-adopt.service control-agent.service cloud-init-network.service cloud-config.service \
                    chrony.service chronyd-restricted.service chrony-wait.service time-sync.target \
                    cloud-timesync-wait.service etcd.service scylla-server.service";

impl Evidence {
    /// The order in which things started, when chronyd moved the clock, and what the agent said.
    pub fn timeline(&self) -> String {
        let told = |entry: &&Entry| {
            CAST.split(' ').any(|unit| entry.is_about(unit))
                || entry.is_from("cloud-timesync")
                || is_step(entry)
        };
        self.journal.iter().filter(told).map(Entry::line).collect()
    }

    /// The first entry of the journal that is wanted.
    pub fn first(&self, wanted: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        self.journal.iter().find(|entry| wanted(entry))
    }

    /// How often PID 1 has reloaded all units.
    pub fn reloads(&self) -> usize {
        self.reloads_at().len()
    }

    /// When each of them began, in seconds.
    pub fn reloads_at(&self) -> Vec<f64> {
        let is_reload =
            |entry: &&Entry| entry.field("_PID") == "1" && entry.message().starts_with("Reloading.");
        self.journal.iter().filter(is_reload).map(Entry::at).collect()
    }

    /// How long each reload took, in milliseconds, where systemd says it.
    pub fn reload_ms(&self) -> Vec<f64> {
        let told =
            self.journal.iter().filter_map(|entry| entry.message().strip_prefix("Reloading finished in "));
        told.filter_map(|rest| rest.strip_suffix(" ms.")?.parse().ok()).collect()
    }

    /// PID 1's word that the first start of a unit ended, in this boot: a later restart of chronyd runs chrony-wait again.
    pub fn start_of(&self, unit: &str) -> Option<&Entry> {
        self.first(|entry| entry.ends_start_of(unit))
    }

    /// When that was, in seconds, and how it ended.
    pub fn started(&self, unit: &str) -> Option<(f64, &str)> {
        self.start_of(unit).map(|entry| (entry.at(), entry.field("JOB_RESULT")))
    }

    pub fn starts_of(&self, unit: &str) -> usize {
        let is_it = |entry: &&Entry| entry.ends_start_of(unit) && entry.field("JOB_RESULT") == "done";
        self.journal.iter().filter(is_it).count()
    }

    /// chronyd's own word that it moved a wrong clock.
    pub fn clock_step(&self) -> Option<&Entry> {
        self.first(is_step)
    }

    /// How far the guest's clock was off, in seconds, when the database started.
    pub fn clock_error_at_start(&self) -> Option<f64> {
        let (started, started_uptime) = pair(self.text("scylla-server.clock"))?;
        let (host_ns, uptime) = pair(self.text("host-time"))?;
        Some(started - (host_ns / 1e9 - (uptime - started_uptime)))
    }

    /// By the distribution's profile of chronyd, which is in force.
    pub fn denial(&self) -> Option<&Entry> {
        self.first(|entry| entry.says("apparmor=\"DENIED\""))
    }

    /// The agent's own lines, from every unit that runs it.
    pub fn agent(&self) -> Vec<&Entry> {
        self.journal.iter().filter(|entry| entry.is_from("cloud-timesync")).collect()
    }

    /// The agent said this, from whichever unit.
    pub fn said(&self, text: &str) -> bool {
        self.agent().into_iter().any(|entry| entry.says(text))
    }

    /// What the agent said before chronyd started, that an operator sees without asking for more.
    pub fn info_lines(&self) -> Vec<&str> {
        let early = self.agent().into_iter().filter(|entry| entry.unit() == "cloud-timesync.service");
        early.filter(|entry| entry.priority() <= 6).map(Entry::message).collect()
    }

    /// The agent's last word on where it is.
    pub fn platform(&self) -> &str {
        let told = self.agent().into_iter().rev().map(|entry| entry.field("PLATFORM"));
        told.into_iter().find(|platform| !platform.is_empty()).unwrap_or_default()
    }
}

fn is_step(entry: &Entry) -> bool {
    entry.is_from("chronyd") && entry.says("System clock was stepped by")
}

fn pair(text: &str) -> Option<(f64, f64)> {
    let mut words = text.split_whitespace().map(str::parse::<f64>);
    Some((words.next()?.ok()?, words.next()?.ok()?))
}
