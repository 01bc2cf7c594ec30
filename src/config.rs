//! The operator's settings: /etc/cloud-timesync/config.toml and its drop-ins, parsed and checked.

mod chrony;
mod cluster;
mod files;
mod gate;
mod mistake;
mod number;
mod options;
mod origin;
mod source;
mod value;

use std::time::Duration;

use serde::Deserialize;

use crate::platform::Platform;

pub use chrony::{ChronyLines, is_decided, is_once};
pub use cluster::{Cluster, Role};
pub use files::{Configured, load};
pub use gate::{AtTimeout, Gate};
pub use number::Millis;
pub use origin::Setting;
pub use source::OwnSource;
pub use value::{Host, Network, Unit, is_same_name};

/// Everything an operator may set. The default is right for a cloud image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Reason why the operator's configuration could not be read. This one is used instead, and has its gates only.
    #[serde(skip)]
    pub broken: Option<String>,
    /// The platform, where detection is not wanted.
    pub platform: Option<Platform>,
    /// Leave to write chrony.conf, or none.
    pub chrony_conf: ChronyConf,
    /// Occasions on which the metadata service is asked.
    pub imds: Imds,
    /// The time limit for all metadata services together.
    #[serde(deserialize_with = "number::seconds::<_, 1, 30>")]
    pub imds_deadline: Duration,
    /// Limit of the agent's wait for a PTP clock.
    #[serde(deserialize_with = "number::seconds::<_, 0, 30>")]
    pub ptp_wait: Duration,
    /// The AWS hardware clock replaces the smeared servers, where the machine has one.
    pub aws_hardware_clock: bool,
    /// chronyd believes the platform's PTP clock where that and the servers disagree.
    pub trust_clock: bool,
    /// chronyd polls the platform's sources more often at its start: docs/fast-start.md.
    pub fast_start: bool,
    /// Treatment of leap seconds that every source must have.
    pub time_scale: TimeScale,
    /// Policy of steps and slews; None where the databases on the machine decide.
    pub step_policy: Option<StepPolicy>,
    /// The operator's numbers, which override the policy's.
    pub makestep: Makestep,
    /// Fate of other time daemons.
    pub rivals: Rivals,
    /// The operator's own sources.
    #[serde(rename = "source")]
    pub sources: Vec<OwnSource>,
    pub chrony: ChronyLines,
    pub gate: Gate,
    pub cockroach: Cockroach,
    /// The cluster's own time servers, and this machine's role among them.
    pub cluster: Option<Cluster>,
}

impl Config {
    /// chronyd polls more often at its start: the operator asks for that, or for a bound that it meets sooner by it.
    pub fn starts_fast(&self) -> bool {
        self.fast_start || self.gate.max_error.is_some()
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            broken: None,
            platform: None,
            chrony_conf: ChronyConf::default(),
            imds: Imds::default(),
            imds_deadline: Duration::from_secs(5),
            // Hyper-V's clock comes with a driver that udev loads.
            ptp_wait: Duration::from_secs(10),
            aws_hardware_clock: false,
            trust_clock: false,
            fast_start: false,
            time_scale: TimeScale::default(),
            step_policy: None,
            makestep: Makestep::default(),
            rivals: Rivals::default(),
            sources: Vec::new(),
            chrony: ChronyLines::default(),
            gate: Gate::default(),
            cockroach: Cockroach::default(),
            cluster: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChronyConf {
    #[default]
    Write,
    /// The operator manages chrony.conf; the agent still sets the gate.
    Keep,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Imds {
    /// DMI is absent or weak.
    #[default]
    Doubt,
    /// Also where DMI names a machine that no row knows.
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeScale {
    /// The platform's own.
    #[default]
    Platform,
    /// Leap seconds are spread over 24 hours, as Google and AWS do.
    Smeared,
    /// UTC with its leap seconds.
    Utc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepPolicy {
    /// A step only in the first three updates after chronyd's start, and nothing else.
    #[serde(alias = "boot")]
    Plan,
    /// A step whenever the machine was paused: docs/step-policy.md says why it is the default.
    Resume,
}

/// chrony's makestep directive. A number that is not set is the policy's; a drop-in may set one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Makestep {
    /// An offset larger than this is stepped.
    #[serde(deserialize_with = "number::fraction::<_, _, 1, 86_400_000>")]
    pub threshold: Option<Millis>,
    /// Only in this many updates after chronyd's start; -1 for all.
    #[serde(deserialize_with = "number::updates")]
    pub limit: Option<i32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rivals {
    /// Stopped, disabled or masked.
    #[default]
    Displace,
    Keep,
}

/// CockroachDB's own clock settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cockroach {
    /// Value of its --max-offset, in seconds. A node whose clock is off by 80 % of it leaves.
    #[serde(deserialize_with = "number::fraction::<_, _, 1, 60_000>")]
    pub max_offset: Millis,
}

impl Default for Cockroach {
    fn default() -> Cockroach {
        Cockroach { max_offset: Millis(500) }
    }
}

#[cfg(test)]
mod tests;
