//! What is right differs by platform.

use super::*;

#[test]
fn a_dhcp_source_that_chronyd_reads_is_wrong() {
    let mut world = World::on(Platform::Aws);
    world.running().dhcp.push("/run/chrony-dhcp/eth0.sources".into());
    let conf = world.machine.files.get_mut(std::path::Path::new("/etc/chrony/chrony.conf"));
    let Found::File { text, .. } = &mut conf.expect("it is there").found else { panic!("a file") };
    text.push_str("sourcedir /run/chrony-dhcp\n");
    assert_eq!(world.complaints(), ["plan-is-empty", "one-configuration-file", "no-dhcp-sources"]);
}

#[test]
fn a_packet_filter_is_looked_at_where_oracles_server_does_not_answer() {
    let mut world = World::on(Platform::Oci);
    *world.sources() = vec![source('^', '*', "169.254.169.254")];
    world.running().firewall = Ok(vec!["udp dport 123 drop".into()]);
    assert_eq!(world.complaints(), [""; 0], "it answers");
    world.sources()[0].reach = 0;
    world.sources()[0].state = '?';
    assert_eq!(world.complaints(), ["reference", "firewall"]);
    world.running().firewall = Ok(vec!["udp dport 123 accept".into()]);
    assert_eq!(world.complaints(), ["reference"]);
    world.running().firewall = Err("neither nft nor iptables-save is installed".into());
    assert_eq!(world.complaints(), ["reference", "firewall?"]);
}

#[test]
fn azures_clock_and_its_fallback_are_both_right() {
    for (mode, name) in [('#', "PHC0"), ('^', "time.windows.com")] {
        let mut world = World::on(Platform::Azure);
        *world.sources() = vec![source(mode, '*', name)];
        world.running().devices.insert("/dev/ptp_hyperv".into(), Ok(()));
        assert_eq!(world.complaints(), [""; 0], "{name}");
    }
}

#[test]
fn a_platform_without_sources_of_its_own_has_the_distributions() {
    for platform in [Platform::Kvm, Platform::Metal, Platform::OpenStack, Platform::Unknown] {
        let mut world = World::on(platform);
        let text = "pool 2.debian.pool.ntp.org iburst\nsourcedir /run/chrony-dhcp\nmakestep 1 3\nrtcsync\n\
                    driftfile /var/lib/chrony/chrony.drift\nleapseclist /usr/share/zoneinfo/leap-seconds.list\n";
        let found = Found::File { text: text.to_owned(), mode: 0o644 };
        let target = Target { found, standing: Standing::Original };
        world.machine.files.insert("/etc/chrony/chrony.conf".into(), target);
        world.running().dhcp.push("/run/chrony-dhcp/eth0.sources".into());
        world.machine.fragments.push("/etc/chrony/sources.d/README".into());
        *world.sources() = vec![source('^', '*', "2.debian.pool.ntp.org"), source('^', '+', "10.0.0.1")];
        assert_eq!(world.complaints(), [""; 0], "{platform}");
        world.sources()[0].state = '?';
        assert_eq!(world.complaints(), ["reference"], "{platform}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_not_wrong() {
    let mut world = World::on(Platform::Aws);
    world.machine.manager = Manager::Silent;
    let report = world.report();
    assert_eq!(report.wrong().count(), 0, "{report}");
    assert_eq!(report.verdict(), "unknown");
}
