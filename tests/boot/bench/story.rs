//! A boot, told to a person.

use super::evidence::Evidence;
use super::journal::Entry;

/// The units whose order is the story.
const CAST: [&str; 11] = [
    "cloud-timesync.service",
    "cloud-timesync-online.service",
    "cloud-timesync-adopt.service",
    "control-agent.service",
    "chrony.service",
    "chronyd-restricted.service",
    "chrony-wait.service",
    "time-sync.target",
    "cloud-timesync-hold.service",
    "etcd.service",
    "scylla-server.service",
];

impl Evidence {
    /// The order in which things started, and when chronyd moved the clock.
    pub fn timeline(&self) -> String {
        let stepped = |entry: &&Entry| entry.is_from("chronyd") && entry.says("System clock was stepped");
        let told = |entry: &&Entry| CAST.iter().any(|unit| entry.is_about(unit)) || stepped(entry);
        self.journal.iter().filter(told).map(line).collect()
    }

    /// The whole of a boot. What chronyd follows is what the scenario's script looked at.
    pub fn story(&self) -> String {
        let said: String = self.agent().into_iter().map(line).collect();
        let step = self.clock_step().map_or("it was not stepped", Entry::message);
        let error = self.clock_error_at_start().map_or("unknown".to_owned(), |error| format!("{error:.3} s"));
        format!(
            "\nWhat the agent said, in seconds since the kernel began\n{said}\n\
             What started when\n{}\n\
             The clock\n  \
             at power on: ten years ahead\n  \
             chronyd: {step}\n  \
             when scylla-server started, it was off by: {error}\n\n\
             What chronyd follows\n{}",
            self.timeline(),
            self.look()
        )
    }
}

fn line(entry: &Entry) -> String {
    format!("{:>9.3}  {}\n", entry.at(), entry.message())
}
