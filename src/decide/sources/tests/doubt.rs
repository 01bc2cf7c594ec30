//! Images, and machines that nothing names for sure.

use super::*;
use crate::decide::decide;

const AZURES: &str = "refclock PHC /dev/ptp_hyperv poll 3\n";

#[test]
fn doubt_changes_only_what_is_the_same_everywhere() {
    let mut doubtful = machine(Platform::Unknown);
    let everywhere = "[[source]]\nserver = \"10.0.0.1\"\n";
    for strength in [Some(Strength::Weak), None] {
        doubtful.identity.strength = strength;
        for text in ["", "time_scale = \"utc\"", "[[source]]\nserver = \"10.0.0.1\"\nbeside = true\n"] {
            assert_eq!(lines(&choice(&doubtful, text)), None, "{text}");
        }
        let some = format!("{everywhere}[[source]]\nserver = \"10.0.0.2\"\nplatforms = [\"aws\"]\n");
        assert_eq!(lines(&choice(&doubtful, &some)), None);
        assert_eq!(lines(&choice(&doubtful, everywhere)), words(&["server 10.0.0.1 iburst"]));
    }
}

/// Machine that becomes of an image that tells no platform, after `apply --root`.
fn prepared() -> Machine {
    let mut image = machine(Platform::Unknown);
    (image.identity.strength, image.manager) = (None, Manager::Image);
    let Sources::Ours { written_for, lines } = choice(&image, "").sources else {
        panic!("nothing is written")
    };
    ours(&mut image, &render::chrony_conf(written_for, &lines, &[]));
    image.receipt.written_for = Some(written_for.to_owned());
    image.manager = Manager::Live(BTreeMap::new());
    image
}

#[test]
fn an_image_gets_what_is_right_everywhere_and_the_rest_waits() {
    let mut image = machine(Platform::Unknown);
    (image.identity.strength, image.manager) = (None, Manager::Image);
    let choice = choice(&image, "");
    assert_eq!(lines(&choice), words(&[DHCP, DEBIAN]));
    assert_eq!(choice.notes.len(), 1, "{:?}", choice.notes);
    let kept =
        |image: &Machine| matches!(choose(image, &Config::default(), &[]).sources, Sources::AsTheyAre(_));
    // It was prepared for AWS before.
    ours(&mut image, AMAZON);
    assert!(kept(&image));
    image.files.clear();
    image.manager = Manager::Live(BTreeMap::new());
    assert!(kept(&image));
}

#[test]
fn a_prepared_image_without_a_name_gets_its_own_text_back() {
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
fn an_unanswered_metadata_service_leaves_all_as_it_is() {
    let mut named = machine(Platform::Unknown);
    assert_eq!(choice(&named, "").sources, Sources::Distribution);
    named.identity.ask_again = true;
    assert!(matches!(choice(&named, "").sources, Sources::AsTheyAre(_)));
    let own = choice(&named, "[[source]]\nserver = \"10.0.0.1\"");
    assert_eq!(lines(&own), words(&["server 10.0.0.1 iburst"]));
}

/// The configuration had named the platform: DMI says another.
#[test]
fn a_mistake_does_not_cost_the_platform_that_was_named() {
    let mut named = machine(Platform::Gce);
    ours(&mut named, "server 169.254.169.123 iburst\n");
    named.receipt.written_for = Some("Amazon EC2".into());
    let broken = Config { broken: Some("line 1".into()), ..Config::default() };
    let chosen = |machine: &Machine| choose(machine, &broken, &[]).sources;
    named.earlier = Earlier::Here;
    assert!(matches!(chosen(&named), Sources::AsTheyAre(_)));
    named.earlier = Earlier::Unseen;
    assert!(matches!(chosen(&named), Sources::Ours { .. }), "the image of another machine");
}

/// chronyd ends where the device of a refclock line is not there: no doubt, and no mistake in a file, is worth that.
#[test]
fn a_clock_that_is_gone_stays_in_no_chrony_conf() {
    let mut moved = machine(Platform::Azure);
    ours(&mut moved, "refclock PHC /dev/ptp_hyperv poll 3\nserver time.windows.com iburst\n");
    moved.earlier = Earlier::Unseen;
    let broken = Config { broken: Some("line 1".into()), ..Config::default() };
    let chosen = |machine: &Machine| choose(machine, &broken, &[]).sources;
    assert!(matches!(chosen(&moved), Sources::Ours { .. }));
    moved.devices.insert("/dev/ptp_hyperv".into(), "hyperv".into());
    assert!(matches!(chosen(&moved), Sources::AsTheyAre(_)));
    // Nothing names the machine that the image is on now.
    (moved.identity.strength, moved.identity.platform) = (None, Platform::Unknown);
    assert!(matches!(choice(&moved, "").sources, Sources::AsTheyAre(_)));
    moved.devices.clear();
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

/// Tries every reason to leave chrony.conf as it is.
#[test]
fn a_clock_that_is_gone_leaves_every_chrony_conf() {
    let core = "[cluster]\nservers = [\"db7\", \"db8\"]\nallow = [\"10.0.0.0/8\"]\n";
    let strong = Some(Strength::Strong);
    for (platform, strength, host_name, ask_again, text) in [
        (Platform::Unknown, strong, Some("db7"), false, core),
        (Platform::Unknown, None, Some("db7"), false, core),
        (Platform::Aws, strong, None, false, core),
        (Platform::Unknown, strong, Some("db7"), true, "imds = \"always\""),
    ] {
        let mut moved = machine(platform);
        (moved.identity.strength, moved.identity.ask_again) = (strength, ask_again);
        moved.host_names.extend(host_name.map(str::to_owned));
        let chosen = |machine: &Machine, text: &str| decide(machine, &config(text), false).sources;
        ours(&mut moved, AZURES);
        let lines = chosen(&moved, text).lines().to_vec();
        let is_sound = |line: &Line| line.directive.name != "refclock";
        assert!(!lines.is_empty() && lines.iter().all(is_sound), "{platform} {strength:?}: {text}");
        let kept = format!("chrony_conf = \"keep\"\n{text}");
        assert!(matches!(chosen(&moved, &kept), Sources::AsTheyAre(_)), "{kept}");
        moved.files.clear();
        assert!(matches!(chosen(&moved, text), Sources::AsTheyAre(_) | Sources::Distribution), "{text}");
    }
}

/// An image of Azure's has that clock in the distribution's own text.
#[test]
fn a_chrony_conf_that_is_given_back_names_no_clock_that_is_gone() {
    let mut moved = machine(Platform::Unknown);
    ours(&mut moved, AZURES);
    let chosen = |machine: &Machine| decide(machine, &Config::default(), false).sources;
    moved.original_conf = Some("pool ntp.ubuntu.com iburst\n".into());
    assert_eq!(chosen(&moved), Sources::Distribution);
    for original in [Some(AZURES.to_owned()), None] {
        moved.original_conf = original;
        ours(&mut moved, AZURES);
        assert_eq!(lines_of(&chosen(&moved)), words(&[DHCP, DEBIAN]), "{:?}", moved.original_conf);
        // What the next pass finds.
        ours(&mut moved, &format!("{DHCP}\n{DEBIAN}\n"));
        let next = chosen(&moved);
        assert!(moved.original_conf.is_none() || matches!(next, Sources::Ours { .. }), "{next:?}");
    }
}
