//! Checks that only a running machine has: a machine that is right is built here by hand, one thing in it
//! changes, and exactly the checks concerned change. tests/verify does the same with trees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::config::Config;
use crate::decide::decide;
use crate::machine::tests::debian;
use crate::machine::{
    Boot, ClockSource, Conf, LiveUnit, Machine, Manager, Process, Running, Standing, Step, Surroundings,
    Target, Tracking, UnitEvent, UnitFile, What,
};
use crate::names::{AGENT_UNIT, CHRONY_WAIT, TIME_SYNC, awaited};
use crate::plan::{Edit, plan};
use crate::platform::{Evidence, Platform, Strength};
use crate::rival;
use crate::root::Found;
use crate::unit::UnitLink;

mod breaks;
mod cluster;
mod gates;
mod platforms;

const DHCPS: &str = "/run/chrony-dhcp/eth0.sources";
const SCYLLA: &str = "scylla-server.service";
const CHRONY: &str = "chrony.service";

/// A machine that runs, and what is around it.
pub struct World {
    pub machine: Machine,
    around: Surroundings,
    config: Config,
}

impl World {
    /// A machine on this platform, an hour up, that is right.
    pub fn on(platform: Platform) -> World {
        World::of(machine(platform), Config::default())
    }

    fn of(machine: Machine, config: Config) -> World {
        let mut world = World { machine, around: around(), config };
        world.apply();
        world
    }

    /// Every file is as it should be.
    fn apply(&mut self) {
        let edits = plan(&self.machine, &decide(&self.machine, &self.config, false)).edits;
        for edit in edits {
            if let Edit::Write { path, after, mode, .. } = edit {
                let target = Target { found: Found::File { text: after, mode }, standing: Standing::Ours };
                self.machine.files.insert(path, target);
            }
        }
    }

    pub fn running(&mut self) -> &mut Running {
        self.around.running.as_mut().expect("the machine runs")
    }

    fn tracking(&mut self) -> &mut Tracking {
        self.running().tracking.as_mut().expect("chronyd answers")
    }

    fn sources(&mut self) -> &mut Vec<ClockSource> {
        self.running().sources.as_mut().expect("chronyd answers")
    }

    pub fn boot(&mut self) -> &mut Boot {
        self.running().boot.as_mut().expect("there is a journal")
    }

    pub fn unit(&mut self, name: &str) -> &mut LiveUnit {
        let Manager::Live(units) = &mut self.machine.manager else { panic!("the machine is live") };
        if let Some(unit) = units.get_mut(name) {
            return unit;
        }
        let running = self.around.running.as_mut().expect("the machine runs");
        let more = running.units.as_mut().expect("systemd answers");
        more.get_mut(name).unwrap_or_else(|| panic!("{name} is not known"))
    }

    pub fn subject(&self) -> Subject {
        let read = |path| self.machine.file(path).found.text().map(|text| Conf::of_file(text, path));
        let mut conf = self.machine.conf_path().and_then(read).ok_or_else(|| "it cannot be read".to_owned());
        if let (Ok(conf), Some(of_dhcp)) = (&mut conf, read(Path::new(DHCPS)))
            && conf.all("sourcedir").iter().any(|line| DHCPS.starts_with(line.word(0)))
        {
            conf.directives.extend(of_dhcp.directives);
        }
        let machine = Machine { conf, ..self.machine.clone() };
        let intent = decide(&machine, &self.config, false);
        let plan = plan(&machine, &intent);
        Subject { machine, intent, plan, around: self.around.clone(), checks: checks().collect() }
    }

    /// DHCP's hooks have left a server for chronyd.
    pub fn dhcp_names_a_server(&mut self) {
        let found = Found::File { text: "server 10.0.0.1\n".into(), mode: 0o644 };
        self.machine.files.insert(DHCPS.into(), Target { found, standing: Standing::Original });
    }

    fn report(&self) -> Report {
        Report::of(&self.subject())
    }

    /// The checks that are not right; "?" marks one that could not be made.
    fn complaints(&self) -> Vec<String> {
        let report = self.report();
        let name = |finding: &Finding| finding.name.to_owned();
        report
            .all("wrong")
            .map(name)
            .chain(report.all("unknown").map(|finding| name(finding) + "?"))
            .collect()
    }
}

fn machine(platform: Platform) -> Machine {
    let live = |active: &str| LiveUnit { loaded: true, active: active.into(), ..LiveUnit::default() };
    let waits = || awaited(true).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let database = LiveUnit { after: waits(), wants: waits(), ..live("active") };
    let units = [(CHRONY, live("active")), (CHRONY_WAIT, live("active")), (SCYLLA, database)];
    let enabled = |name: &str| UnitFile { name: name.into(), ..UnitFile::default() };
    let clock = || ("/dev/ptp_hyperv".into(), "hyperv".into());
    Machine {
        host_names: vec!["db7".into()],
        devices: (platform == Platform::Azure).then(clock).into_iter().collect(),
        units: vec![enabled(CHRONY), enabled(CHRONY_WAIT), enabled(SCYLLA)],
        manager: Manager::Live(units.map(|(name, unit)| (name.to_owned(), unit)).into()),
        ..debian(platform)
    }
}

fn around() -> Surroundings {
    Surroundings {
        agent: Ok(Some(UnitFile { name: AGENT_UNIT.into(), ..UnitFile::default() })),
        has_drift_dir: true,
        change_of_wait: Ok(None),
        strangers: Ok(vec![]),
        running: Some(running()),
    }
}

fn running() -> Running {
    let stopped =
        |name: &str| (name.to_owned(), LiveUnit { active: "inactive".into(), ..LiveUnit::default() });
    let mut units: BTreeMap<String, LiveUnit> = rival::units().map(stopped).collect();
    units.insert(TIME_SYNC.into(), LiveUnit { active: "active".into(), ..LiveUnit::default() });
    let arguments = ["/usr/sbin/chronyd", "-F", "1"].map(str::to_owned).to_vec();
    Running {
        version: Ok("4.6.1".into()),
        units: Ok(units),
        wait_timeout: Ok(Some(Duration::from_secs(180))),
        chronyd: Ok(Some(Process { arguments, age: Duration::from_secs(7200) })),
        tracking: Ok(Tracking {
            reference_id: "A9FEA97B".into(),
            name: "169.254.169.123".into(),
            stratum: 4,
            system_offset: -0.000_02,
            root_delay: 0.000_9,
            root_dispersion: 0.001,
            leap: "Normal".into(),
        }),
        sources: Ok(vec![source('^', '*', "169.254.169.123"), source('^', '-', "time.aws.com")]),
        rtc: Ok(Some(-0.4)),
        drift_written: Ok(true),
        imds: Ok(None),
        boot: Ok(Boot { events: events(40, 41, 42), ..Boot::default() }),
    }
}

fn source(mode: char, state: char, name: &str) -> ClockSource {
    let name = name.to_owned();
    ClockSource {
        mode,
        state,
        name,
        stratum: 3,
        poll: 4,
        reach: 0o377,
        last_sample_age: Some(3),
        last_sample_offset: 0.0,
    }
}

/// The wait's end, the target and the database, in seconds.
fn events(wait: u64, target: u64, database: u64) -> Vec<UnitEvent> {
    let event = |(unit, at): (&str, u64)| UnitEvent {
        unit: unit.to_owned(),
        what: What::Started,
        at: Duration::from_secs(at),
    };
    [(CHRONY_WAIT, wait), (TIME_SYNC, target), (SCYLLA, database)].map(event).to_vec()
}

fn step(at: u64, seconds: f64) -> Step {
    Step { at: Duration::from_secs(at), seconds }
}

#[test]
fn a_step_under_the_database_is_named_with_its_size_and_time() {
    let mut world = World::on(Platform::Aws);
    world.boot().steps = vec![step(900, 0.2), step(1000, -8.001)];
    let report = world.report();
    let found: Vec<&str> = report.all("wrong").filter_map(|finding| finding.found.as_deref()).collect();
    let sentence = "stepped by -8.001 s at 1000.0 s while scylla-server.service ran, the largest of 2 steps";
    assert_eq!(found, [sentence]);
}

#[test]
fn one_cause_fails_one_check_and_the_other_refers_to_it() {
    let mut world = World::on(Platform::Aws);
    let link = UnitLink { path: "/etc/x".into(), target: "/usr/x".into() };
    let name = "systemd-timesyncd.service".to_owned();
    world.machine.units.push(UnitFile { name: name.clone(), links: vec![link], ..UnitFile::default() });
    world.unit(&name).active = "active".into();
    let report = world.report();
    let wrong: Vec<&str> = report.all("wrong").map(|finding| finding.name).collect();
    assert_eq!((wrong, report.verdict), (vec!["no-other-daemon-enabled"], "wrong"));
    let other: Vec<&Finding> = report.all("unknown").collect();
    assert_eq!((other.len(), other[0].name), (1, "no-other-daemon-running"));
    assert_eq!(other[0].found.as_deref(), Some("systemd-timesyncd.service: see no-other-daemon-enabled"));
    assert_eq!((&other[0].wanted, other[0].next), (&None, None));
    // Where only one of them is asked for, it answers for itself.
    let mut subject = world.subject();
    subject.checks.retain(|check| check.name == "no-other-daemon-running");
    assert_eq!(Report::of(&subject).verdict, "wrong");
}

#[test]
fn every_cause_is_a_check() {
    let mut causes = checks().flat_map(|check| check.causes);
    assert!(causes.all(|cause| checks().any(|check| check.name == *cause)));
}
