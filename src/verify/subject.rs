//! Subject of a check.

use std::path::Path;

use super::Check;
use crate::decide::{Intent, Sources};
use crate::machine::{
    Boot, Chrony, ClockSource, Conf, LiveUnit, Machine, Manager, Running, Seen, Surroundings, Tracking,
};
use crate::names::DHCP_DIR;
use crate::plan::Plan;
use crate::timeline::Held;

/// A machine, what it should be, and all that was observed around it.
#[derive(Debug)]
pub struct Subject {
    pub machine: Machine,
    pub intent: Intent,
    pub plan: Plan,
    pub around: Surroundings,
    /// The checks of this run.
    pub checks: Vec<&'static Check>,
}

impl Subject {
    pub fn chrony(&self) -> Seen<&Chrony> {
        self.machine.chrony.as_ref().ok_or_else(|| "chrony is not installed".to_owned())
    }

    /// Finds what the gate did to this database in this boot.
    pub fn held(&self, boot: &Boot, database: &str) -> Held {
        Held::of(boot, self.chrony_unit(), database)
    }

    /// chronyd's unit; Debian's where chrony is not installed.
    pub fn chrony_unit(&self) -> &str {
        self.machine.chrony.as_ref().map_or("chrony.service", |chrony| &chrony.unit)
    }

    /// All directives that chronyd reads now.
    pub fn conf(&self) -> Seen<Conf> {
        self.machine.conf.clone()
    }

    /// chronyd is to read what DHCP handed out.
    pub fn wants_dhcp(&self) -> bool {
        let wanted = self.wanted().unwrap_or_default();
        wanted.all("sourcedir").iter().any(|line| Path::new(line.word(0)) == Path::new(DHCP_DIR))
    }

    /// The sources that are wanted; None where the distribution's are right.
    pub fn wanted(&self) -> Option<Conf> {
        let sources = &self.intent.sources;
        matches!(sources, Sources::Ours { .. }).then(|| sources.conf())
    }

    pub fn running(&self) -> Seen<&Running> {
        self.around.running.as_ref().ok_or_else(|| "this is an image".to_owned())
    }

    /// A part of what a running machine shows.
    pub fn observed<T>(&self, part: fn(&Running) -> &Seen<T>) -> Seen<&T> {
        part(self.running()?).as_ref().map_err(Clone::clone)
    }

    /// A unit as PID 1 sees it.
    pub fn unit(&self, name: &str) -> Seen<&LiveUnit> {
        let units = match &self.machine.manager {
            Manager::Image => return Err("this is an image".to_owned()),
            Manager::Silent => return Err("systemd does not answer".to_owned()),
            Manager::Live(units) => units,
        };
        if let Some(unit) = units.get(name) {
            return Ok(unit);
        }
        let more = self.observed(|running| &running.units)?;
        more.get(name).ok_or_else(|| format!("systemd was not asked for {name}"))
    }

    pub fn tracking(&self) -> Seen<&Tracking> {
        self.observed(|running| &running.tracking)
    }

    pub fn sources(&self) -> Seen<&Vec<ClockSource>> {
        self.observed(|running| &running.sources)
    }

    pub fn boot(&self) -> Seen<&Boot> {
        self.observed(|running| &running.boot)
    }
}
