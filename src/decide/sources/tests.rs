//! Choice of the sources that are written, and what is left out. The fixture machines of tests/machines show the text.

use std::collections::BTreeMap;

use super::*;
use crate::decide::platform_sources::{missing_clock, wanted_clock};
use crate::machine::tests::debian as machine;
use crate::machine::{Addresses, Earlier, Identity, Manager, Standing, Target};
use crate::platform::{Clock, Platform, Scale, Strength};
use crate::render;
use crate::root::Found;

mod clocks;
mod doubt;
mod extra;
mod fast;
mod image;
mod later;

const CONF: &str = "/etc/chrony/chrony.conf";
const AMAZON: &str = "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4";
const AMAZON_V6: &str = "server fd00:ec2::123 prefer iburst minpoll 4 maxpoll 4";
const AMAZON_PUBLIC: &str = "pool time.aws.com iburst maxpoll 6";
const DEBIAN: &str = "pool 2.debian.pool.ntp.org iburst maxpoll 6";
const DHCP: &str = "sourcedir /run/chrony-dhcp";

fn config(text: &str) -> Config {
    toml::from_str(text).expect("a configuration")
}

fn choice(machine: &Machine, text: &str) -> Choice {
    choose(machine, &config(text), &[])
}

/// chrony.conf as the agent has left it.
fn ours(machine: &mut Machine, text: &str) {
    let found = Found::File { text: text.to_owned(), mode: 0o644 };
    machine.files.insert(CONF.into(), Target { found, standing: Standing::Ours });
}

/// The lines that are written; None where chrony.conf is not.
fn lines(choice: &Choice) -> Option<Vec<String>> {
    lines_of(&choice.sources)
}

fn lines_of(sources: &Sources) -> Option<Vec<String>> {
    let directives = |lines: &[Line]| lines.iter().map(|line| line.directive.to_string()).collect();
    matches!(sources, Sources::Ours { .. }).then(|| directives(sources.lines()))
}

fn words(lines: &[&str]) -> Option<Vec<String>> {
    Some(lines.iter().map(|line| (*line).to_owned()).collect())
}

#[test]
fn the_operators_sources_replace_the_platforms_or_join_them() {
    let aws = machine(Platform::Aws);
    let instead =
        choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\n[[source]]\npool = \"ntp\"\nbeside = true\n");
    assert_eq!(lines(&instead), words(&["server 10.0.0.1 iburst", "pool ntp iburst"]));
    let beside = choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\nbeside = true\n");
    assert_eq!(lines(&beside), words(&[AMAZON, AMAZON_PUBLIC, "server 10.0.0.1 iburst"]));
    let elsewhere = choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\nplatforms = [\"kvm\"]\n");
    assert_eq!(lines(&elsewhere), words(&[AMAZON, AMAZON_PUBLIC]));
}

#[test]
fn a_source_whose_scale_is_known_to_differ_is_left_out_and_said() {
    let utc = "[[source]]\nserver = \"10.0.0.1\"\nscale = \"utc\"\nbeside = true\n";
    let on_aws = choice(&machine(Platform::Aws), utc);
    assert_eq!(lines(&on_aws), words(&[AMAZON, AMAZON_PUBLIC]));
    assert!(on_aws.refused[0].starts_with("the source server 10.0.0.1 of  is left out: it does not smear"));
    // Nothing is known of the scale of OCI's.
    let on_oci = choice(&machine(Platform::Oci), utc);
    assert_eq!((lines(&on_oci).map(|lines| lines.len()), on_oci.refused.len()), (Some(2), 0));
    let two = "[[source]]\nserver = \"10.0.0.1\"\nscale = \"utc\"\n[[source]]\nserver = \"10.0.0.2\"\nscale = \"smeared\"\n";
    let first = choice(&machine(Platform::Kvm), two);
    assert_eq!((lines(&first), first.refused.len()), (words(&["server 10.0.0.1 iburst"]), 1));
}

#[test]
fn a_source_that_chronyd_refuses_is_left_out() {
    let mut machine = machine(Platform::Kvm);
    machine.refused_lines.insert("server 10.0.0.1 ibrust".into(), "Could not parse".into());
    let bad = "[[source]]\nserver = \"10.0.0.1\"\noptions = \"ibrust\"\n";
    let good = "[[source]]\nserver = \"10.0.0.2\"\n";
    let both = choice(&machine, &format!("{bad}{good}"));
    assert_eq!(lines(&both), words(&["server 10.0.0.2 iburst"]));
    assert!(both.refused[0].starts_with(
        "the source server 10.0.0.1 of  is left out: chronyd refuses `server 10.0.0.1 ibrust`: "
    ));
    assert!(both.refused[0].ends_with(": Could not parse"), "{:?}", both.refused);
    let alone = choice(&machine, bad);
    assert_eq!((lines(&alone), alone.refused.len()), (words(&[DHCP, DEBIAN]), 1));
}

#[test]
fn one_setting_gives_every_platform_the_same_scale() {
    for &platform in Platform::ALL {
        for (setting, wanted, stands_in) in [
            ("time_scale = \"smeared\"", Scale::Smeared, "pool time.google.com iburst maxpoll 6"),
            ("time_scale = \"utc\"", Scale::Utc, DEBIAN),
        ] {
            let choice = choice(&machine(platform), setting);
            let Sources::Ours { lines, .. } = choice.sources else { panic!("{platform}: not written") };
            assert!(lines.iter().all(|line| line.scale == wanted), "{platform}: {lines:?}");
            let own = matches!((platform, wanted), (Platform::Aws | Platform::Gce, Scale::Smeared));
            assert_eq!(
                lines.iter().any(|line| line.directive == ConfLine::from(stands_in)),
                !own,
                "{platform}: {lines:?}"
            );
        }
    }
    let unsaid = "time_scale = \"smeared\"\n[[source]]\nserver = \"10.0.0.1\"\n";
    for (platform, wanted) in [
        (Platform::Metal, "pool time.google.com iburst maxpoll 6"),
        (Platform::Gce, "server metadata.google.internal prefer iburst"),
    ] {
        let choice = choice(&machine(platform), unsaid);
        assert_eq!((lines(&choice), choice.refused.len()), (words(&[wanted]), 1));
    }
}

#[test]
fn amazons_ipv6_address_is_used_until_ipv4_is_seen() {
    let mut aws = machine(Platform::Aws);
    for (addresses, written, wanted, ask_again) in [
        (Addresses::Unknown, None, AMAZON, true),
        (Addresses::Unknown, Some(AMAZON), AMAZON, false),
        (Addresses::OnlyV6, Some(AMAZON), AMAZON_V6, true),
        (Addresses::Unknown, Some(AMAZON_V6), AMAZON_V6, true),
        (Addresses::V4, Some(AMAZON_V6), AMAZON, false),
    ] {
        aws.addresses = addresses;
        written.into_iter().for_each(|line| ours(&mut aws, line));
        let choice = choice(&aws, "");
        assert_eq!(lines(&choice), words(&[wanted, AMAZON_PUBLIC]), "{addresses:?} {written:?}");
        assert_eq!(choice.ask_again, ask_again, "{addresses:?} {written:?}");
    }
    aws.addresses = Addresses::Unknown;
    ours(&mut aws, AMAZON);
    aws.earlier = Earlier::Unseen;
    assert!(choice(&aws, "").ask_again, "an image that was made for AWS, in its first boot");
    assert!(!choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\n").ask_again, "nothing depends on it");
}

#[test]
fn a_clock_is_waited_for_only_where_chronyd_would_follow_it() {
    let wanted = |platform, text| wanted_clock(platform, &config(text), None).map(|clock| clock.link);
    assert_eq!(wanted(Platform::Azure, ""), Some("/dev/ptp_hyperv"));
    assert_eq!(wanted(Platform::Azure, "time_scale = \"utc\""), None);
    assert_eq!(wanted(Platform::Azure, "[[source]]\nserver = \"10.0.0.1\"\n"), None);
    assert_eq!(wanted(Platform::Azure, "chrony_conf = \"keep\""), None);
    assert_eq!(wanted(Platform::HyperV, ""), None);
    assert_eq!(wanted(Platform::Aws, ""), None);
    assert_eq!(wanted(Platform::Aws, "aws_hardware_clock = true"), Some("/dev/ptp_ena"));
    assert_eq!(wanted(Platform::Aws, "aws_hardware_clock = true\ntime_scale = \"smeared\""), None);
    let images = |text| wanted_clock(Platform::Kvm, &config(text), Clock::linked_as("/dev/ptp_kvm".as_ref()));
    assert_eq!(images("").map(|clock| clock.link), Some("/dev/ptp_kvm"));
    assert_eq!(images("time_scale = \"utc\""), None);
    assert_eq!(images("[[source]]\nserver = \"10.0.0.1\"\n"), None);
}

#[test]
fn a_clock_that_is_only_watched_restarts_no_running_chronyd() {
    let mut kvm = machine(Platform::Kvm);
    kvm.devices.insert("/dev/ptp_kvm".into(), "KVM virtual PTP".into());
    assert_eq!(lines(&choice(&kvm, "")).map(|lines| lines.len()), Some(3));
    let up = LiveUnit { loaded: true, active: "active".into(), ..LiveUnit::default() };
    kvm.manager = Manager::Live(BTreeMap::from([("chrony.service".to_owned(), up)]));
    assert_eq!(lines(&choice(&kvm, "")).map(|lines| lines.len()), Some(2));
    ours(&mut kvm, "refclock PHC /dev/ptp_kvm poll 3 refid KVM noselect\n");
    assert_eq!(lines(&choice(&kvm, "")).map(|lines| lines.len()), Some(3));
}

#[test]
fn sources_that_chronyd_only_watches_are_not_alone() {
    let gps = "[[source]]\nrefclock = \"SHM 0 refid NMEA noselect\"";
    let gps_line = "refclock SHM 0 refid NMEA noselect";
    assert_eq!(lines(&choice(&machine(Platform::Kvm), gps)), words(&[DHCP, DEBIAN, gps_line]));
}

#[test]
fn a_clock_that_gives_tai_needs_a_table_of_leap_seconds() {
    const CLOCK: &str = "refclock SHM 0 refid TAI tai";
    let clock = format!("[[source]]\nrefclock = \"{}\"\n", &CLOCK[9..]);
    let without = choice(&machine(Platform::Kvm), &clock);
    assert_eq!(lines(&without), words(&[DHCP, DEBIAN]));
    assert!(without.refused[0].ends_with("its option tai needs leapsectz or leapseclist in [chrony] extra"));
    let with_table = format!("{clock}[chrony]\nextra = [\"leapsectz right/UTC\"]");
    assert_eq!(lines(&choice(&machine(Platform::Kvm), &with_table)), words(&[CLOCK]));
    let smeared = format!("[[source]]\nserver = \"time.google.com\"\n{with_table}");
    assert_eq!(lines(&choice(&machine(Platform::Kvm), &smeared)), words(&["server time.google.com iburst"]));
    let no_option = clock.replace(" tai", "");
    assert_eq!(lines(&choice(&machine(Platform::Kvm), &no_option)), words(&["refclock SHM 0 refid TAI"]));
}

#[test]
fn a_clock_is_missing_until_udev_has_linked_it() {
    let missing = |devices: &[&str]| {
        let devices = devices.iter().map(|device| (device.into(), "hyperv".to_owned())).collect();
        missing_clock(Platform::Azure, &Config::default(), None, &devices).is_some()
    };
    assert!(missing(&[]) && missing(&["/dev/ptp0"]) && !missing(&["/dev/ptp0", "/dev/ptp_hyperv"]));
}
