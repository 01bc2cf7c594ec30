//! Whose sources are written, and what is left out. The fixture machines of tests/machines show the text.

use std::collections::BTreeMap;

use super::*;
use crate::machine::{Addresses, Chrony, Found, Identity, PtpClock, Standing, Target};
use crate::receipt::{Entry, Receipt};
use crate::render;

mod fast;

const CONF: &str = "/etc/chrony/chrony.conf";
const AMAZON: &str = "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4";
const AMAZON_V6: &str = "server fd00:ec2::123 prefer iburst minpoll 4 maxpoll 4";
const AMAZON_PUBLIC: &str = "pool time.aws.com iburst";
const DEBIAN: &str = "pool 2.debian.pool.ntp.org iburst";
const DHCP: &str = "sourcedir /run/chrony-dhcp";

fn machine(platform: Platform) -> Machine {
    let strength = Some(Strength::Strong);
    Machine {
        identity: Identity { platform, strength, evidence: vec![], ask_again: false },
        host_names: vec![],
        clocks: vec![],
        addresses: Addresses::V4,
        distribution: vec!["debian".into()],
        chrony: Some(Chrony { conf: CONF.into(), unit: "chrony.service".into(), chronyd: None }),
        files: BTreeMap::new(),
        fragments: vec![],
        copies: Default::default(),
        has_drift: true,
        learned_drift: None,
        cloud_init: false,
        foreign_servers: vec![],
        google_agent: false,
        host_sync: None,
        units: vec![],
        manager: Manager::Live(BTreeMap::new()),
        restart_owed: false,
        receipt: Receipt::default(),
    }
}

fn config(text: &str) -> Config {
    toml::from_str(text).expect("a configuration")
}

fn choice(machine: &Machine, text: &str) -> Choice {
    choose(machine, &config(text), vec![])
}

/// The lines that are written; None where chrony.conf is not.
fn lines(choice: &Choice) -> Option<Vec<&str>> {
    match &choice.sources {
        Sources::Platform { lines, .. } => Some(lines.iter().map(|line| line.directive.as_str()).collect()),
        Sources::Distribution | Sources::AsTheyAre(_) => None,
    }
}

#[test]
fn the_operators_sources_take_the_place_of_the_platforms_or_join_them() {
    let aws = machine(Platform::Aws);
    let instead =
        choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\n[[source]]\npool = \"ntp\"\nbeside = true\n");
    assert_eq!(lines(&instead), Some(vec!["server 10.0.0.1 iburst", "pool ntp iburst"]));
    let beside = choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\nbeside = true\n");
    assert_eq!(lines(&beside), Some(vec![AMAZON, AMAZON_PUBLIC, "server 10.0.0.1 iburst"]));
    let elsewhere = choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\nplatforms = [\"kvm\"]\n");
    assert_eq!(lines(&elsewhere), Some(vec![AMAZON, AMAZON_PUBLIC]));
}

#[test]
fn a_source_whose_scale_is_known_to_differ_is_left_out_and_said() {
    let utc = "[[source]]\nserver = \"10.0.0.1\"\nscale = \"utc\"\nbeside = true\n";
    let on_aws = choice(&machine(Platform::Aws), utc);
    assert_eq!(lines(&on_aws), Some(vec![AMAZON, AMAZON_PUBLIC]));
    assert!(on_aws.refused[0].starts_with("the source server 10.0.0.1 is left out: it does not smear"));
    // Nothing is known of the scale of OCI's.
    let on_oci = choice(&machine(Platform::Oci), utc);
    assert_eq!((lines(&on_oci).map(|lines| lines.len()), on_oci.refused.len()), (Some(2), 0));
    let two = "[[source]]\nserver = \"10.0.0.1\"\nscale = \"utc\"\n[[source]]\nserver = \"10.0.0.2\"\nscale = \"smeared\"\n";
    let first = choice(&machine(Platform::Kvm), two);
    assert_eq!((lines(&first), first.refused.len()), (Some(vec!["server 10.0.0.1 iburst"]), 1));
}

#[test]
fn one_setting_gives_every_platform_the_same_scale() {
    for platform in Platform::ALL {
        for (setting, wanted, stands_in) in [
            ("time_scale = \"smeared\"", Scale::Smeared, "pool time.google.com iburst"),
            ("time_scale = \"utc\"", Scale::Utc, DEBIAN),
        ] {
            let choice = choice(&machine(platform), setting);
            let Sources::Platform { lines, .. } = choice.sources else { panic!("{platform}: not written") };
            assert!(lines.iter().all(|line| line.scale == wanted), "{platform}: {lines:?}");
            let own = matches!((platform, wanted), (Platform::Aws | Platform::Gce, Scale::Smeared));
            assert_eq!(lines.iter().any(|line| line.directive == stands_in), !own, "{platform}: {lines:?}");
        }
    }
    let unsaid = "time_scale = \"smeared\"\n[[source]]\nserver = \"10.0.0.1\"\n";
    for (platform, wanted) in [
        (Platform::Metal, "pool time.google.com iburst"),
        (Platform::Gce, "server metadata.google.internal prefer iburst"),
    ] {
        let choice = choice(&machine(platform), unsaid);
        assert_eq!((lines(&choice), choice.refused.len()), (Some(vec![wanted]), 1));
    }
}

#[test]
fn doubt_changes_nothing_unless_the_answer_is_the_same_everywhere() {
    let mut doubtful = machine(Platform::Unknown);
    let everywhere = "[[source]]\nserver = \"10.0.0.1\"\n";
    for strength in [Some(Strength::Weak), None] {
        doubtful.identity.strength = strength;
        for text in ["", "time_scale = \"utc\"", "[[source]]\nserver = \"10.0.0.1\"\nbeside = true\n"] {
            assert_eq!(lines(&choice(&doubtful, text)), None, "{text}");
        }
        let some = format!("{everywhere}[[source]]\nserver = \"10.0.0.2\"\nplatforms = [\"aws\"]\n");
        assert_eq!(lines(&choice(&doubtful, &some)), None);
        assert_eq!(lines(&choice(&doubtful, everywhere)), Some(vec!["server 10.0.0.1 iburst"]));
    }
}

#[test]
fn servers_of_a_displaced_daemon_come_before_dhcps_and_not_before_a_clouds() {
    let adopted = || {
        let directive = "server 10.9.9.9 iburst".to_owned();
        vec![Line { directive, scale: Scale::Unknown, says: "", page: "" }]
    };
    let on = |platform| choose(&machine(platform), &Config::default(), adopted());
    assert_eq!(lines(&on(Platform::Kvm)), Some(vec!["server 10.9.9.9 iburst"]));
    assert_eq!(lines(&on(Platform::Aws)), Some(vec![AMAZON, AMAZON_PUBLIC]));
    assert_eq!(lines(&choice(&machine(Platform::Kvm), "")), Some(vec![DHCP, DEBIAN]));
}

#[test]
fn amazons_ipv6_address_is_for_machines_without_ipv4_and_stays_until_ipv4_is_seen() {
    let mut aws = machine(Platform::Aws);
    let write = |aws: &mut Machine, line: &str| {
        let found = Found::File { text: format!("{line}\n"), mode: 0o644 };
        aws.files.insert(CONF.into(), Target { found, standing: Standing::Ours });
    };
    for (addresses, written, wanted, ask_again) in [
        (Addresses::Unknown, None, AMAZON, true),
        (Addresses::Unknown, Some(AMAZON), AMAZON, false),
        (Addresses::OnlyV6, Some(AMAZON), AMAZON_V6, false),
        (Addresses::Unknown, Some(AMAZON_V6), AMAZON_V6, true),
        (Addresses::V4, Some(AMAZON_V6), AMAZON, false),
    ] {
        aws.addresses = addresses;
        written.into_iter().for_each(|line| write(&mut aws, line));
        let choice = choice(&aws, "");
        assert_eq!(lines(&choice), Some(vec![wanted, AMAZON_PUBLIC]), "{addresses:?} {written:?}");
        assert_eq!(choice.ask_again, ask_again, "{addresses:?} {written:?}");
    }
    aws.addresses = Addresses::Unknown;
    write(&mut aws, AMAZON);
    aws.has_drift = false;
    assert!(choice(&aws, "").ask_again, "an image that was made for AWS, in its first boot");
    assert!(!choice(&aws, "[[source]]\nserver = \"10.0.0.1\"\n").ask_again, "nothing depends on it");
}

/// What `apply --root` makes of an image that tells no platform, and the machine that it becomes.
fn prepared() -> Machine {
    let mut image = machine(Platform::Unknown);
    (image.identity.strength, image.manager) = (None, Manager::Image);
    let Sources::Platform { name, lines } = choice(&image, "").sources else { panic!("nothing is written") };
    let text = render::chrony_conf(name, &lines, &[]);
    let found = Found::File { text, mode: 0o644 };
    image.files.insert(CONF.into(), Target { found, standing: Standing::Ours });
    image.manager = Manager::Live(BTreeMap::new());
    image
}

#[test]
fn an_image_gets_what_is_right_everywhere_and_says_that_the_rest_waits() {
    let mut image = machine(Platform::Unknown);
    (image.identity.strength, image.manager) = (None, Manager::Image);
    let choice = choice(&image, "");
    assert_eq!(lines(&choice), Some(vec![DHCP, DEBIAN]));
    assert_eq!(choice.notes.len(), 1, "{:?}", choice.notes);
    let kept =
        |image: &Machine| matches!(choose(image, &Config::default(), vec![]).sources, Sources::AsTheyAre(_));
    // It was prepared for AWS before.
    let found = Found::File { text: format!("{AMAZON}\n"), mode: 0o644 };
    image.files.insert(CONF.into(), Target { found, standing: Standing::Ours });
    assert!(kept(&image));
    image.files.clear();
    image.manager = Manager::Live(BTreeMap::new());
    assert!(kept(&image));
}

#[test]
fn a_prepared_image_that_nothing_names_gets_the_distributions_configuration_back() {
    let mut image = prepared();
    assert_eq!(choice(&image, "").sources, Sources::Distribution);
    image.identity.strength = Some(Strength::Weak);
    assert_eq!(choice(&image, "").sources, Sources::Distribution);
    // The network may yet tell.
    image.identity.ask_again = true;
    assert!(matches!(choice(&image, "").sources, Sources::AsTheyAre(_)));
}

/// `imds = "always"`: the metadata service has proved AWS in an earlier boot, where DMI names a machine of no row.
#[test]
fn a_machine_whose_metadata_service_has_not_answered_yet_keeps_what_it_has() {
    let mut named = machine(Platform::Unknown);
    assert_eq!(choice(&named, "").sources, Sources::Distribution);
    named.identity.ask_again = true;
    assert!(matches!(choice(&named, "").sources, Sources::AsTheyAre(_)));
    let own = choice(&named, "[[source]]\nserver = \"10.0.0.1\"");
    assert_eq!(lines(&own), Some(vec!["server 10.0.0.1 iburst"]));
}

/// chronyd ends where the device of a refclock line is not there: no doubt, and no mistake in a file, is worth that.
#[test]
fn a_clock_that_is_gone_stays_in_no_chrony_conf() {
    let mut moved = machine(Platform::Azure);
    let text = "refclock PHC /dev/ptp_hyperv poll 3\nserver time.windows.com iburst\n".to_owned();
    moved
        .files
        .insert(CONF.into(), Target { found: Found::File { text, mode: 0o644 }, standing: Standing::Ours });
    moved.receipt.entries.push(Entry::Made { path: "/etc/x".into() });
    let broken = Config { broken: Some("line 1".into()), ..Config::default() };
    let chosen = |machine: &Machine| choose(machine, &broken, vec![]).sources;
    assert!(matches!(chosen(&moved), Sources::Platform { .. }));
    let clock = PtpClock { clock_name: "hyperv".into(), device: "/dev/ptp_hyperv".into() };
    moved.clocks.push(clock.clone());
    assert!(matches!(chosen(&moved), Sources::AsTheyAre(_)));
    // Nothing names the machine that the image is on now.
    (moved.identity.strength, moved.identity.platform) = (None, Platform::Unknown);
    assert!(matches!(choice(&moved, "").sources, Sources::AsTheyAre(_)));
    moved.clocks.clear();
    for strength in [None, Some(Strength::Weak)] {
        moved.identity.strength = strength;
        assert_eq!(choice(&moved, "").sources, Sources::Distribution);
    }
}

#[test]
fn a_prepared_image_has_not_seen_its_addresses() {
    let mut image = prepared();
    image.identity = Identity { platform: Platform::Aws, ..machine(Platform::Aws).identity };
    image.addresses = Addresses::Unknown;
    assert!(choice(&image, "").ask_again, "it learned a drift on another machine");
}

#[test]
fn a_clock_is_waited_for_only_where_chronyd_would_follow_it() {
    let wanted = |platform, text| wanted_clock(platform, &config(text)).map(|clock| clock.link);
    assert_eq!(wanted(Platform::Azure, ""), Some("/dev/ptp_hyperv"));
    assert_eq!(wanted(Platform::Azure, "time_scale = \"utc\""), None);
    assert_eq!(wanted(Platform::Azure, "[[source]]\nserver = \"10.0.0.1\"\n"), None);
    assert_eq!(wanted(Platform::Azure, "chrony_conf = \"keep\""), None);
    assert_eq!(wanted(Platform::HyperV, ""), None);
    assert_eq!(wanted(Platform::Aws, ""), None);
    assert_eq!(wanted(Platform::Aws, "aws_hardware_clock = true"), Some("/dev/ptp_ena"));
    assert_eq!(wanted(Platform::Aws, "aws_hardware_clock = true\ntime_scale = \"smeared\""), None);
}

#[test]
fn a_clock_that_is_only_watched_does_not_restart_a_chronyd_that_runs() {
    let mut kvm = machine(Platform::Kvm);
    kvm.clocks.push(PtpClock { clock_name: "KVM virtual PTP".into(), device: "/dev/ptp_kvm".into() });
    assert_eq!(lines(&choice(&kvm, "")).map(|lines| lines.len()), Some(3));
    let up = LiveUnit { loaded: true, active: "active".into(), ..LiveUnit::default() };
    kvm.manager = Manager::Live(BTreeMap::from([("chrony.service".to_owned(), up)]));
    assert_eq!(lines(&choice(&kvm, "")).map(|lines| lines.len()), Some(2));
    let text = "refclock PHC /dev/ptp_kvm poll 3 refid KVM noselect\n".to_owned();
    let found = Found::File { text, mode: 0o644 };
    kvm.files.insert(CONF.into(), Target { found, standing: Standing::Ours });
    assert_eq!(lines(&choice(&kvm, "")).map(|lines| lines.len()), Some(3));
}

#[test]
fn a_source_with_a_key_brings_the_distributions_key_file() {
    let keyed =
        choice(&machine(Platform::Kvm), "[[source]]\nserver = \"10.0.0.1\"\noptions = \"iburst key 7\"\n");
    let wanted = vec!["server 10.0.0.1 iburst key 7", "keyfile /etc/chrony/chrony.keys"];
    assert_eq!(lines(&keyed), Some(wanted));
}
