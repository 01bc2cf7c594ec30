//! The jobs, which only a running machine has: its state is built here by hand.

use super::*;
use crate::config::Config;
use crate::decide::decide;
use crate::machine::tests::debian;
use crate::machine::{CloudInit, Conf, Earlier, Identity, LiveUnit, Manager, Target, UnitFile};
use crate::names::{CHRONY_WAIT, CLOUD_INIT_UNIT, GATE_UNIT, ONLINE_UNIT, RELOAD_UNIT, WAIT_UNIT};
use crate::platform::Platform;

mod chrony_conf;
mod chronyd;
mod gates;
mod rivals;

const SCYLLA: &str = "scylla-server.service";
const CHRONY: &str = "chrony.service";
const RESTRICTED: &str = "chronyd-restricted.service";

/// An AWS machine in its first boot: every job of the boot is queued, nothing has started.
fn first_boot() -> Machine {
    let live = |has_job| LiveUnit { loaded: true, active: "inactive".into(), has_job, ..LiveUnit::default() };
    let units = [
        (SCYLLA, true),
        (CHRONY, true),
        (CHRONY_WAIT, true),
        (GATE_UNIT, true),
        (WAIT_UNIT, false),
        (RESTRICTED, false),
        (ONLINE_UNIT, false),
        (CLOUD_INIT_UNIT, false),
    ];
    let enabled = |name: &str, missing| UnitFile { name: name.into(), missing, ..UnitFile::default() };
    let link = UnitLink { path: "/etc/x".into(), target: "/usr/x".into() };
    Machine {
        host_names: vec!["db7".into()],
        units: vec![enabled(CHRONY, vec![]), enabled(CHRONY_WAIT, vec![link]), enabled(SCYLLA, vec![])],
        manager: Manager::Live(units.map(|(name, job)| (name.to_owned(), live(job))).into()),
        ..debian(Platform::Aws)
    }
}

/// The same machine after the agent ran in an earlier boot: the files are right, PID 1 knows them.
fn later_boot() -> Machine {
    let mut machine = first_boot();
    let intent = decide(&machine, &Config::default(), false);
    for edit in plan(&machine, &intent).edits {
        if let Edit::Write { path, after, mode, .. } = edit {
            let target = Target { found: Found::File { text: after, mode }, standing: Standing::Ours };
            machine.files.insert(path, target);
        }
    }
    machine.units.iter_mut().for_each(|unit| unit.missing.clear());
    let names = || vec!["time-sync.target".to_owned(), CHRONY_WAIT.to_owned()];
    with(&mut machine, SCYLLA, |unit| (unit.after, unit.wants) = (names(), names()));
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = true);
    machine
}

fn with(machine: &mut Machine, unit: &str, change: impl FnOnce(&mut LiveUnit)) {
    let Manager::Live(units) = &mut machine.manager else { panic!("the machine is live") };
    change(units.get_mut(unit).expect("the unit is known"));
}

fn jobs(machine: &Machine) -> Vec<String> {
    let plan = plan(machine, &decide(machine, &Config::default(), false));
    plan.jobs.iter().map(Job::to_string).collect()
}

#[test]
fn the_first_boot_reads_the_drop_in_when_chronyd_has_started() {
    assert_eq!(jobs(&first_boot()), [format!("start {RELOAD_UNIT}")]);
}

#[test]
fn a_first_boot_reloads_at_once_where_the_gate_is_not_closed() {
    let reloads = |change: &dyn Fn(&mut Machine), config: &str| {
        let mut machine = first_boot();
        change(&mut machine);
        let config: Config = toml::from_str(config).expect("a configuration");
        plan(&machine, &decide(&machine, &config, false)).jobs.contains(&Job::Reload)
    };
    let queue = |unit, job| move |machine: &mut Machine| with(machine, unit, |live| live.has_job = job);
    assert!(!reloads(&|_| (), ""));
    for unit in [GATE_UNIT, CHRONY_WAIT, CHRONY] {
        assert!(reloads(&queue(unit, false), ""), "{unit}");
    }
    let up = |machine: &mut Machine| with(machine, CHRONY, |unit| unit.active = "active".into());
    assert!(reloads(&up, ""), "chronyd runs");
    assert!(reloads(&|_| (), "[gate]\ntimeout = 30"), "chrony-wait has a drop-in");
    let influxdb = |after: &[&str]| {
        let names = || after.iter().map(ToString::to_string).collect();
        let live = LiveUnit { loaded: true, after: names(), wants: names(), ..LiveUnit::default() };
        move |machine: &mut Machine| {
            let Manager::Live(units) = &mut machine.manager else { panic!("the machine is live") };
            units.insert("influxdb.service".to_owned(), live.clone());
        }
    };
    let named = "[gate]\nunits = [\"influxdb.service\"]";
    assert!(reloads(&influxdb(&[]), named), "only the configuration names it");
    assert!(
        !reloads(&influxdb(&["time-sync.target", CHRONY_WAIT]), named),
        "it waits by an earlier run's drop-in"
    );
}

/// Debian's alias chronyd.service is missing then, by which chrony-wait would pull it in.
#[test]
fn a_first_boot_with_a_disabled_chrony_queues_it() {
    let mut machine = first_boot();
    with(&mut machine, CHRONY, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["reload the units", "start chrony.service"]);
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["reload the units", "start chrony-wait.service"]);
}

#[test]
fn a_chronyd_that_systemd_has_given_up_is_started_all_the_same() {
    let mut machine = later_boot();
    with(&mut machine, CHRONY, |unit| (unit.active, unit.has_job) = ("failed".into(), false));
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = false);
    let forget = "forget that chrony.service failed";
    assert_eq!(jobs(&machine), [forget, "start chrony-wait.service"]);
    with(&mut machine, CHRONY_WAIT, |unit| (unit.active, unit.has_run) = ("active".into(), true));
    with(&mut machine, SCYLLA, |unit| unit.active = "active".into());
    assert_eq!(jobs(&machine), [forget, "start chrony.service"]);
}

#[test]
fn a_later_boot_has_no_job() {
    assert_eq!(jobs(&later_boot()), [""; 0]);
}

#[test]
fn an_image_has_no_jobs() {
    assert_eq!(jobs(&Machine { manager: Manager::Image, ..first_boot() }), [""; 0]);
}

#[test]
fn a_silent_manager_is_asked_to_reload_all_the_same() {
    let machine = Machine { manager: Manager::Silent, ..first_boot() };
    assert_eq!(jobs(&machine), ["reload the units"]);
}

#[test]
fn a_silent_manager_gets_no_job_where_nothing_is_to_do() {
    let machine = Machine { manager: Manager::Silent, ..later_boot() };
    assert_eq!(jobs(&machine), [""; 0]);
}

#[test]
fn without_a_database_there_is_one_wait_a_boot() {
    let mut machine = later_boot();
    with(&mut machine, SCYLLA, |unit| *unit = LiveUnit::default());
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["start chrony-wait.service"]);
    with(&mut machine, CHRONY_WAIT, |unit| (unit.active, unit.has_run) = ("failed".into(), true));
    assert_eq!(jobs(&machine), [""; 0]);
}

#[test]
fn a_run_that_was_killed_before_its_jobs_is_finished_later() {
    let mut machine = later_boot();
    with(&mut machine, SCYLLA, |unit| (unit.after, unit.wants) = (vec![], vec![]));
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["reload the units", "start chrony-wait.service"]);
}

#[test]
fn a_running_database_is_not_made_to_wait() {
    let mut machine = first_boot();
    for unit in [SCYLLA, CHRONY] {
        with(&mut machine, unit, |unit| (unit.active, unit.has_job) = ("active".into(), false));
    }
    assert_eq!(jobs(&machine), ["reload the units", "restart chrony.service if it runs"]);
}

#[test]
fn a_masked_wait_is_not_started() {
    let mut machine = first_boot();
    machine.units[1].masked = true;
    with(&mut machine, CHRONY_WAIT, |unit| unit.has_job = false);
    assert_eq!(jobs(&machine), ["reload the units"]);
}

#[test]
fn a_rival_that_is_queued_is_stopped_before_the_wait_is() {
    let mut machine = first_boot();
    with(&mut machine, RESTRICTED, |unit| unit.has_job = true);
    for unit in [CHRONY, CHRONY_WAIT] {
        with(&mut machine, unit, |unit| unit.has_job = false);
    }
    let wanted = ["reload the units", "stop chronyd-restricted.service", "start chrony-wait.service"];
    assert_eq!(jobs(&machine), wanted);
}

#[test]
fn a_machine_that_only_imds_could_tell_asks_once_more() {
    let mut machine = later_boot();
    machine.identity =
        Identity { ask_again: true, strength: None, platform: Platform::Unknown, evidence: vec![] };
    assert_eq!(jobs(&machine), ["start cloud-timesync-online.service"]);
    with(&mut machine, ONLINE_UNIT, |unit| unit.has_run = true);
    assert_eq!(jobs(&machine), [""; 0]);
}

#[test]
fn without_chrony_nothing_is_done() {
    let machine = Machine { chrony: None, ..first_boot() };
    let plan = plan(&machine, &decide(&machine, &Config::default(), false));
    assert!(plan.is_empty());
    assert_eq!(plan.left, ["chrony is not installed: there is nothing to configure"]);
}

#[test]
fn a_machine_that_the_cloud_may_yet_name_is_looked_at_again() {
    let looks_again = |name: &str, role: &str| {
        let text = format!("[cluster]\nservers = [\"core1\"]\nallow = [\"10.0.0.0/8\"]\n{role}");
        let config: Config = toml::from_str(&text).expect("a configuration");
        let of = |earlier| {
            let machine = Machine { host_names: vec![name.to_owned()], earlier, ..first_boot() };
            let jobs = plan(&machine, &decide(&machine, &config, false)).jobs;
            jobs.contains(&Job::Start(ONLINE_UNIT.to_owned()))
        };
        (of(Earlier::Here), of(Earlier::Unseen))
    };
    assert_eq!(looks_again("debian", ""), (true, true), "it may become core1");
    assert_eq!(looks_again("core1", ""), (false, true), "the name may be the image's");
    assert_eq!(looks_again("debian", "role = \"client\""), (false, false));
}

#[test]
fn the_run_after_cloud_init_is_queued_once_and_where_it_is_due() {
    let is_queued = |cloud_init, has_run| {
        let mut machine = Machine { cloud_init, ..first_boot() };
        with(&mut machine, CLOUD_INIT_UNIT, |unit| unit.has_run = has_run);
        let jobs = plan(&machine, &decide(&machine, &Config::default(), false)).jobs;
        jobs.contains(&Job::Start(CLOUD_INIT_UNIT.to_owned()))
    };
    let cloud_init = |may_write| Some(CloudInit { may_write, ..CloudInit::default() });
    assert!(is_queued(cloud_init(true), false));
    assert!(!is_queued(cloud_init(true), true), "it has run in this boot");
    assert!(!is_queued(cloud_init(false), false), "cc_ntp has run, or cloud-init does not");
    assert!(!is_queued(None, false));
}
