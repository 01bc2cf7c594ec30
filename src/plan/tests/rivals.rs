//! Rivals on a machine that runs.

use super::*;
use crate::config::Rivals;
use crate::machine::{ForeignLine, ForeignServer};
use crate::receipt::Entry;
use crate::rival::SKEW_DAEMON;

const TIMESYNCD: &str = "systemd-timesyncd.service";

/// A machine that is right, with one more unit in this state.
fn with_unit(unit: UnitFile, live: LiveUnit) -> Machine {
    let mut machine = later_boot();
    let Manager::Live(units) = &mut machine.manager else { panic!("the machine is live") };
    units.insert(unit.name.clone(), live);
    machine.units.push(unit);
    machine
}

fn file(name: &str) -> UnitFile {
    UnitFile { name: name.into(), ..UnitFile::default() }
}

fn link() -> UnitLink {
    UnitLink { path: "/etc/x".into(), target: "/usr/x".into() }
}

fn up() -> LiveUnit {
    LiveUnit { loaded: true, active: "active".into(), has_run: true, ..LiveUnit::default() }
}

fn shown(machine: &Machine) -> String {
    plan(machine, &decide(machine, &Config::default(), false)).to_string()
}

const MASKED: &str = "mask systemd-timesyncd.service: it would set the clock beside chronyd\n";

#[test]
fn a_timesyncd_that_runs_is_masked_and_stopped() {
    let machine = with_unit(file(TIMESYNCD), up());
    let wanted = format!("{MASKED}start {RELOAD_UNIT}\nstop systemd-timesyncd.service\n");
    assert_eq!(shown(&machine), wanted);
}

#[test]
fn a_timesyncd_that_is_queued_is_masked_and_stopped() {
    let queued = LiveUnit { has_job: true, ..LiveUnit::default() };
    let wanted = format!("{MASKED}start {RELOAD_UNIT}\nstop systemd-timesyncd.service\n");
    assert_eq!(shown(&with_unit(file(TIMESYNCD), queued)), wanted);
}

#[test]
fn a_timesyncd_that_neither_starts_nor_runs_is_let_be() {
    assert_eq!(shown(&with_unit(file(TIMESYNCD), LiveUnit::default())), "Nothing to do.\n");
}

#[test]
fn a_mask_of_somebody_elses_is_no_edit_of_ours() {
    let masked = UnitFile { masked: true, ..file(TIMESYNCD) };
    assert_eq!(shown(&with_unit(masked.clone(), LiveUnit::default())), "Nothing to do.\n");
    // A run that was killed between the mask and the jobs.
    assert_eq!(shown(&with_unit(masked, up())), "stop systemd-timesyncd.service\n");
}

#[test]
fn a_unit_file_in_etc_leaves_no_place_for_a_mask() {
    let own = UnitFile { in_etc: true, links: vec![link()], ..file(TIMESYNCD) };
    let shown = shown(&with_unit(own, LiveUnit::default()));
    assert!(shown.starts_with("disable systemd-timesyncd.service: "), "{shown}");
}

#[test]
fn what_the_distribution_pulls_in_is_masked() {
    let pulled_in = UnitFile { pulled_in: true, ..file("ntpd.service") };
    let shown = shown(&with_unit(pulled_in, LiveUnit::default()));
    assert!(shown.starts_with("mask ntpd.service: "), "{shown}");
}

#[test]
fn a_machine_without_a_chronyd_keeps_the_daemon_it_has() {
    let mut machine = with_unit(UnitFile { links: vec![link()], ..file(TIMESYNCD) }, up());
    machine.units[0].masked = true;
    let shown = shown(&machine);
    assert!(!shown.contains("timesyncd") && shown.contains("chrony.service is masked"), "{shown}");
}

#[test]
fn rivals_that_the_operator_keeps_are_let_be() {
    let machine = with_unit(UnitFile { links: vec![link()], ..file(TIMESYNCD) }, up());
    let config = Config { rivals: Rivals::Keep, ..Config::default() };
    assert_eq!(plan(&machine, &decide(&machine, &config, false)).to_string(), "Nothing to do.\n");
}

/// A Google machine whose guest agent runs, with this text and mode in its file.
fn with_guest_agent(text: &str, mode: u32) -> Machine {
    with_agent(SKEW_DAEMON.units[0], text, mode)
}

fn with_agent(unit: &str, text: &str, mode: u32) -> Machine {
    let mut machine = with_unit(file(unit), up());
    machine.google_agent = true;
    machine.identity.platform = Platform::Gce;
    let target = Target { found: Found::File { text: text.into(), mode }, standing: Standing::Original };
    machine.files.insert(SKEW_DAEMON.path.into(), target);
    machine
}

#[test]
fn the_guest_agent_restarts_for_its_setting_and_the_mode_stays() {
    let machine = with_guest_agent("[Daemons]\nclock_skew_daemon = true\n", 0o640);
    let plan = plan(&machine, &decide(&machine, &Config::default(), false));
    let changed =
        plan.edits.iter().find(|edit| edit.path().is_some_and(|path| path.ends_with("instance_configs.cfg")));
    let Some(Edit::Write { after, mode, keep, .. }) = changed else { panic!("{plan}") };
    assert_eq!((after.as_str(), *mode), ("[Daemons]\nclock_skew_daemon = false\n", 0o640));
    assert!(keep.is_some(), "the old one is not kept");
    assert!(plan.jobs.contains(&Job::TryRestart(SKEW_DAEMON.units[0].to_owned())), "{plan}");
}

#[test]
fn the_newer_agents_manager_restarts_for_the_setting_alone() {
    let [agent, manager] = SKEW_DAEMON.units else { panic!("both generations") };
    let machine = with_agent(manager, "", 0o644);
    let jobs = plan(&machine, &decide(&machine, &Config::default(), false)).jobs;
    let restarts = |unit: &str| jobs.contains(&Job::TryRestart(unit.to_owned()));
    assert_eq!((restarts(manager), restarts(agent)), (true, false), "{jobs:?}");
}

#[test]
fn a_guest_agent_that_leaves_the_clock_alone_is_let_be() {
    let shown = shown(&with_guest_agent("[Daemons]\nclock_skew_daemon = false\n", 0o640));
    assert!(!shown.contains("google-guest") && !shown.contains("instance_configs"), "{shown}");
}

#[test]
fn a_host_that_sets_the_clock_is_told_not_to() {
    let machine = Machine { host_sync: Some(true), ..later_boot() };
    assert_eq!(shown(&machine), "turn VMware Tools' periodic synchronisation off\n");
    assert_eq!(shown(&Machine { host_sync: Some(false), ..later_boot() }), "Nothing to do.\n");
}

#[test]
fn a_guest_agents_file_that_cannot_be_read_as_text_stays() {
    let mut machine = with_guest_agent("", 0o644);
    let found = Found::Opaque("a file that is not UTF-8".into());
    machine.files.insert(SKEW_DAEMON.path.into(), Target { found, standing: Standing::Original });
    let shown = shown(&machine);
    assert!(
        shown.contains("note: /etc/default/instance_configs.cfg is a file that is not UTF-8 and stays\n"),
        "{shown}"
    );
    assert!(!shown.contains("write /etc/default"), "{shown}");
}

/// A daemon that goes, with a server of the site's and the distribution's pool.
fn with_servers() -> Machine {
    let mut machine =
        with_unit(UnitFile { links: vec![link()], ..file("ntpsec.service") }, LiveUnit::default());
    let server = |name: &str| ForeignServer {
        name: name.to_owned(),
        pool: false,
        daemon: "ntpsec",
        file: "/etc/ntpsec/ntp.conf".into(),
        options: Some("iburst".to_owned()),
    };
    machine.foreign_servers = vec![server("ntp1.site"), server("0.debian.pool.ntp.org")];
    machine.foreign_servers.push(ForeignServer { options: None, ..server("ntp2.site") });
    let (text, place) = ("server ntp2.site key 5".to_owned(), "/etc/ntpsec/ntp.conf, line 2".to_owned());
    machine.foreign_lines = vec![ForeignLine { daemon: "ntpsec", text, place }];
    machine
}

#[test]
fn a_displaced_daemons_servers_that_are_not_asked_are_named() {
    let machine = with_servers();
    for settings in ["", "chrony_conf = \"keep\"", "[cluster]\nrole = \"client\"\nservers = [\"a\"]"] {
        let config: Config = toml::from_str(settings).expect("a configuration");
        let shown = plan(&machine, &decide(&machine, &config, false)).to_string();
        assert!(shown.contains("note: ntpsec asked ntp1.site; chronyd does not"), "{settings}: {shown}");
        let left = "note: chronyd is not told what ntpsec was: server ntp2.site key 5 (/etc/ntpsec/ntp.conf, line 2); to";
        assert!(shown.contains(left), "{settings}: {shown}");
    }
}

#[test]
fn an_earlier_runs_displacement_outlives_kept_rivals() {
    let mut machine = with_unit(file(TIMESYNCD), LiveUnit::default());
    machine.units.last_mut().expect("timesyncd").masked = true;
    machine.receipt.entries.push(Entry::Masked { unit: TIMESYNCD.into() });
    let config = Config { rivals: Rivals::Keep, ..Config::default() };
    let told = |machine: &Machine| plan(machine, &decide(machine, &config, false)).left;
    let says = "systemd-timesyncd.service stays masked by an earlier run: `systemctl unmask systemd-timesyncd.service` gives it back";
    assert_eq!(told(&machine), [says]);
    let timesyncd = machine.units.last_mut().expect("timesyncd");
    (timesyncd.masked, timesyncd.links) = (false, vec![link()]);
    assert_eq!(told(&machine), [""; 0], "the operator has taken it back");
    machine.receipt.entries.push(Entry::HostSyncOff);
    assert_eq!(told(&machine), [""; 0], "it is no VMware's, or sets the clock");
    machine.host_sync = Some(false);
    assert!(told(&machine)[0].starts_with("VMware Tools' periodic synchronisation stays off"));
}

/// Covers an operator who masks or enables it: that decides since.
#[test]
fn an_earlier_runs_disabling_is_named_while_it_lasts() {
    let mut machine = with_unit(file(TIMESYNCD), LiveUnit::default());
    machine.receipt.entries.push(Entry::Disabled { unit: TIMESYNCD.into(), links: vec![link()] });
    let config = Config { rivals: Rivals::Keep, ..Config::default() };
    let mut told = |masked, links| {
        let timesyncd = machine.units.last_mut().expect("timesyncd");
        (timesyncd.masked, timesyncd.links) = (masked, links);
        plan(&machine, &decide(&machine, &config, false)).left
    };
    let says = "systemd-timesyncd.service stays disabled by an earlier run: `systemctl enable systemd-timesyncd.service` gives it back";
    assert_eq!(told(false, vec![]), [says]);
    assert_eq!(told(true, vec![]), [""; 0], "it is masked");
    assert_eq!(told(false, vec![link()]), [""; 0], "it is enabled again");
}
