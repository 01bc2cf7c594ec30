//! Differences between platforms in what is right.

use super::*;
use crate::names::WAIT_PATH;

#[test]
fn a_dhcp_source_that_chronyd_reads_is_wrong() {
    let mut world = World::on(Platform::Aws);
    world.dhcp_names_a_server();
    let conf = world.machine.files.get_mut(std::path::Path::new("/etc/chrony/chrony.conf"));
    let Found::File { text, .. } = &mut conf.expect("it is there").found else { panic!("a file") };
    text.push_str("sourcedir /run/chrony-dhcp\n");
    assert_eq!(world.complaints(), ["chrony-conf", "no-dhcp-sources?"]);
    let conf = world.machine.files.get_mut(std::path::Path::new("/etc/chrony/chrony.conf"));
    conf.expect("it is there").standing = Standing::Edited;
    assert_eq!(world.complaints(), ["one-configuration-file", "no-dhcp-sources?"]);
}

#[test]
fn a_server_of_oracles_that_is_silent_is_told_with_its_port() {
    let mut world = World::on(Platform::Oci);
    *world.sources() = vec![source('^', '*', "169.254.169.254")];
    assert_eq!(world.complaints(), [""; 0], "it answers");
    (world.sources()[0].reach, world.sources()[0].state) = (0, '?');
    assert_eq!(world.complaints(), ["reference", "firewall"]);
    assert!(
        world.report().to_string().contains("next: a packet filter on this machine must let UDP port 123 to")
    );
}

#[test]
fn azures_clock_and_its_fallback_are_both_right() {
    for (mode, name) in [('#', "PHC0"), ('^', "time.windows.com")] {
        let mut world = World::on(Platform::Azure);
        *world.sources() = vec![source(mode, '*', name)];
        assert_eq!(world.complaints(), [""; 0], "{name}");
    }
}

#[test]
fn what_chronyd_ends_without_is_looked_for() {
    let config: Config =
        toml::from_str("[chrony]\nextra = [\"hwtimestamp *\", \"hwtimestamp eth9 minpoll 0\"]").unwrap();
    let mut world = World::of(machine(Platform::Azure), config);
    *world.sources() = vec![source('#', '*', "PHC0")];
    assert_eq!(world.complaints(), ["ptp-clock"]);
    world.machine.devices.insert("/sys/class/net/eth9".into(), String::new());
    assert_eq!(world.complaints(), [""; 0]);
    world.machine.devices.clear();
    assert!(world.complaints().contains(&"ptp-clock?".to_owned()), "chrony-conf says what to do");
}

#[test]
fn a_clocks_second_line_is_right_only_for_a_fast_start() {
    let both = || vec![source('#', '*', "PHC0"), source('#', '-', "FAST")];
    for (platform, clock_name, device) in
        [(Platform::Azure, "hyperv", "/dev/ptp_hyperv"), (Platform::Aws, "ena-ptp-05", "/dev/ptp_ena")]
    {
        let world = |fast_start| {
            let config = Config { fast_start, aws_hardware_clock: true, ..Config::default() };
            let mut machine = machine(platform);
            machine.devices = [(device.into(), clock_name.into())].into();
            let mut world = World::of(machine, config);
            *world.sources() = both();
            world
        };
        let mut fast = world(true);
        fast.unit(CHRONY_WAIT).drop_ins.push(WAIT_PATH.into());
        assert_eq!(fast.complaints(), [""; 0], "{platform}");
        // It is the one that is followed first.
        (fast.sources()[0].state, fast.sources()[1].state) = ('?', '*');
        assert_eq!(fast.complaints(), [""; 0], "{platform}");
        assert_eq!(world(false).complaints(), ["no-other-source"], "{platform}");
        // systemd has not read the drop-in that steps early.
        fast.unit(CHRONY_WAIT).drop_ins.clear();
        assert_eq!(fast.complaints(), ["plan-is-empty"], "{platform}");
    }
}

const STOCK: &str = "pool 2.debian.pool.ntp.org iburst\nsourcedir /run/chrony-dhcp\nmakestep 1 3\nrtcsync\n\
                     driftfile /var/lib/chrony/chrony.drift\nleapseclist /usr/share/zoneinfo/leap-seconds.list\n";

#[test]
fn a_platform_that_is_not_known_has_the_distributions_sources() {
    let mut world = World::on(Platform::Unknown);
    let found = Found::File { text: STOCK.to_owned(), mode: 0o644 };
    let target = Target { found, standing: Standing::Original };
    world.machine.files.insert("/etc/chrony/chrony.conf".into(), target);
    world.dhcp_names_a_server();
    world.machine.fragments.push("/etc/chrony/sources.d/README".into());
    *world.sources() = vec![source('^', '*', "2.debian.pool.ntp.org"), source('^', '+', "10.0.0.1")];
    assert_eq!(world.complaints(), [""; 0]);
    world.sources()[0].state = '?';
    assert_eq!(world.complaints(), ["reference"]);
}

#[test]
fn dhcps_servers_are_right_where_they_are_wanted_and_no_others() {
    for platform in [Platform::Kvm, Platform::Metal, Platform::OpenStack] {
        let mut world = World::on(platform);
        world.dhcp_names_a_server();
        *world.sources() = vec![source('^', '*', "10.0.0.1"), source('^', '?', "2.debian.pool.ntp.org")];
        assert_eq!(world.complaints(), [""; 0], "{platform}");
        world.sources().push(source('^', '+', "10.0.0.2"));
        assert_eq!(world.complaints(), ["no-other-source"], "{platform}");
        world.sources().pop();
        let conf = world.machine.files.get_mut(std::path::Path::new("/etc/chrony/chrony.conf"));
        let Found::File { text, .. } = &mut conf.expect("it is there").found else { panic!("a file") };
        text.push_str("confdir /etc/chrony/conf.d\n");
        assert_eq!(world.complaints(), ["chrony-conf"], "{platform}");
    }
}

/// Uses the names of chronyd 4.3, asked.
#[test]
fn a_clock_without_a_refid_is_called_by_its_driver() {
    let mut world = World::on(Platform::Metal);
    let clocks = ["SHM 0", "SOCK /run/chrony/a.sock", "SHM 1 REFID GPS"];
    let sources: String = clocks.map(|clock| format!("[[source]]\nrefclock = \"{clock}\"\n")).concat();
    world.config = toml::from_str(&sources).expect("a configuration");
    *world.sources() = vec![source('#', '*', "SHM0"), source('#', '+', "SOC1"), source('#', '-', "GPS")];
    assert_eq!(world.complaints(), ["chrony-conf"]);
    world.sources()[1].name = "SOC2".into();
    assert_eq!(world.complaints(), ["chrony-conf", "no-other-source"]);
}

/// Uses the states that chronyd 4.3 gives both of them in the world of tests/simulation.
#[test]
fn two_sources_that_disagree_are_named_with_their_offsets() {
    let mut world = World::on(Platform::Azure);
    let apart = |state, name: &str, last_sample_offset| ClockSource {
        last_sample_offset,
        ..source(if name == "PHC0" { '#' } else { '^' }, state, name)
    };
    *world.sources() = vec![apart('x', "PHC0", -0.2), apart('x', "time.windows.com", 0.0005)];
    world.tracking().leap = "Not synchronised".into();
    let complaints = world.complaints();
    assert_eq!(complaints[0], "sources-agree");
    assert!(complaints[1..].iter().all(|name| name.ends_with('?')), "{complaints:?}");
    let report = world.report();
    let found = report.all("wrong").next().and_then(|finding| finding.found.clone());
    let says = "they disagree, and chronyd follows none: PHC0 is 200.0 ms ahead of the clock, \
                time.windows.com is 500 us behind the clock";
    assert_eq!(found.as_deref(), Some(says));
    // A clock that is trusted is followed.
    *world.sources() = vec![apart('*', "PHC0", 0.0), apart('x', "time.windows.com", 0.2)];
    world.tracking().leap = "Normal".into();
    assert_eq!(world.complaints(), [""; 0]);
}

#[test]
fn a_watched_clock_is_no_foreign_source_and_no_reference() {
    let mut world = World::on(Platform::Kvm);
    let name = "KVM virtual PTP".to_owned();
    world.machine.devices.insert("/dev/ptp_kvm".into(), name);
    let line = "refclock PHC /dev/ptp_kvm poll 3 refid KVM noselect\n";
    let conf = world.machine.files.get_mut(std::path::Path::new("/etc/chrony/chrony.conf"));
    let Found::File { text, .. } = &mut conf.expect("it is there").found else { panic!("a file") };
    // Any text in which the line is: a chronyd that runs keeps the clock that it has.
    text.push_str(line);
    *world.sources() = vec![source('#', '?', "KVM"), source('^', '*', "2.debian.pool.ntp.org")];
    assert_eq!(world.complaints(), ["chrony-conf"], "the text differs in its order");
    world.sources()[0].name = "PHC0".into();
    assert_eq!(world.complaints(), ["chrony-conf", "no-other-source"]);
}

#[test]
fn a_node_whose_time_scale_is_not_the_configured_one_is_told() {
    let found = |text: &str, config: &str| {
        let mut world = World::on(Platform::Unknown);
        world.config = toml::from_str(&format!("chrony_conf = \"keep\"\n{config}")).expect("a configuration");
        let found = Found::File { text: text.to_owned(), mode: 0o644 };
        let target = Target { found, standing: Standing::Ours };
        world.machine.files.insert("/etc/chrony/chrony.conf".into(), target);
        let scale = world.complaints().into_iter().find(|name| name.starts_with("one-time-scale"));
        scale.unwrap_or_default()
    };
    for (text, config, wanted) in [
        ("server 169.254.169.123\n", "", ""),
        ("server 169.254.169.123\n", "time_scale = \"smeared\"", ""),
        ("server 169.254.169.123\n", "time_scale = \"utc\"", "one-time-scale"),
        ("server fd00:ec2::123\n", "time_scale = \"utc\"", "one-time-scale"),
        ("pool 2.debian.pool.ntp.org\n", "time_scale = \"smeared\"", "one-time-scale"),
        ("pool 2.debian.pool.ntp.org\n", "time_scale = \"utc\"", ""),
        ("server time3.google.com\n", "time_scale = \"utc\"", "one-time-scale"),
        ("server time.windows.com\n", "time_scale = \"utc\"", "one-time-scale?"),
        ("refclock PHC /dev/ptp_hyperv poll 3\n", "time_scale = \"smeared\"", "one-time-scale?"),
        ("pool time.google.com\nrefclock PHC /dev/x noselect\n", "time_scale = \"smeared\"", ""),
        ("server 169.254.169.123\npool 2.debian.pool.ntp.org\n", "", "one-time-scale"),
    ] {
        assert_eq!(found(text, config), wanted, "{text}{config}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_not_wrong() {
    let mut world = World::on(Platform::Aws);
    world.machine.manager = Manager::Silent;
    let report = world.report();
    assert_eq!(report.all("wrong").count(), 0, "{report}");
    assert_eq!(report.verdict, "unknown");
}
