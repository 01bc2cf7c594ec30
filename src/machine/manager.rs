//! Answers of the service manager: plain data.

use std::collections::BTreeMap;

use crate::names::awaited;

/// The service manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// An image has none.
    Image,
    /// No answer in time.
    Silent,
    Live(BTreeMap<String, LiveUnit>),
}

/// A unit as the service manager sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveUnit {
    /// LoadState is "loaded".
    pub loaded: bool,
    /// ActiveState: "active", "inactive", "activating" and so on.
    pub active: String,
    /// A job for it is queued or runs.
    pub has_job: bool,
    /// Ran in this boot, or runs.
    pub has_run: bool,
    /// Dependencies, where they were asked for.
    pub after: Vec<String>,
    pub wants: Vec<String>,
    /// The drop-ins that PID 1 has read, where that was asked.
    pub drop_ins: Vec<String>,
    /// Files changed since PID 1 read them, where that was asked.
    pub stale: bool,
}

impl LiveUnit {
    /// Lists what PID 1 does not order it after, and what PID 1 does not pull in with it, of the things
    /// that a gated unit waits for.
    pub fn lacks(&self, longer: bool) -> [Vec<&'static str>; 2] {
        [&self.after, &self.wants].map(|list| {
            let missing = |awaited: &&&str| !list.iter().any(|unit| unit == **awaited);
            awaited(longer).iter().filter(missing).copied().collect()
        })
    }

    /// The gate is in force.
    pub fn waits(&self, longer: bool) -> bool {
        self.lacks(longer).iter().all(Vec::is_empty)
    }

    /// Tells whether its processes run, or are being started.
    pub fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading" | "refreshing")
    }
}
