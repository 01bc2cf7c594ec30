//! Promises about every row.

use super::*;

/// All sets of sources that may stand in one chrony.conf.
fn sets() -> impl Iterator<Item = &'static [Source]> {
    let sets = ROWS.iter().flat_map(|row| [row.sources, row.without_ipv4]);
    sets.chain([AMAZON_CLOCK, stand_in(Scale::Smeared), stand_in(Scale::Utc)])
}

/// OCI's machines say QEMU, Azure's Microsoft, OpenStack's whatever they run on.
#[test]
fn a_cloud_outranks_what_it_is_built_of() {
    let openstack = Platform::OpenStack as usize;
    for row in ROWS.iter().filter(|row| row.has_own_sources()) {
        assert!((row.platform as usize) < openstack, "{}", row.title);
    }
    for hypervisor in [Platform::VMware, Platform::HyperV, Platform::Nutanix, Platform::Kvm, Platform::Xen] {
        assert!(openstack < hypervisor as usize, "{hypervisor}");
    }
}

#[test]
fn no_row_mixes_time_scales() {
    for sources in sets() {
        for source in sources {
            assert!(sources.iter().all(|other| !source.scale.differs(other.scale)), "{sources:?}");
        }
    }
}

/// The number that an option has in a source's line.
fn number(options: &str, name: &str) -> Option<i32> {
    let mut words = options.split(' ').skip_while(|word| *word != name);
    words.nth(1).map(|number| number.parse().expect("a number"))
}

/// One that is asked more often only at the start: what it comes to later is the line's own.
#[test]
fn a_fast_start_ends_at_the_lines_own_rate() {
    for source in sets().flatten() {
        match (source.fast_start, source.directive) {
            (FastStart::No, _) => (),
            (
                FastStart::Options(fast),
                Directive::Server(_) | Directive::Pool(_) | Directive::DistributionPool,
            ) => {
                // chronyd's own is 64 s.
                let least = number(source.options, "minpoll").unwrap_or(6);
                assert_eq!(number(fast, "maxpoll"), Some(least), "{fast}");
                assert!(number(fast, "minpoll") < Some(least), "{fast}");
                assert!(number(fast, "polltarget").is_some_and(|target| target < 4), "{fast}");
            }
            (FastStart::Beside(fast), Directive::Phc(_)) => {
                assert!(number(fast, "poll") < number(source.options, "poll"), "{fast}");
                assert!(!fast.contains("prefer") && fast.contains("refid "), "{fast}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The card answers 125 requests a second. chronyd makes 25 at each poll of the driver (4.3 and 4.6.1, traced), and
/// polls once a second where no dpoll says otherwise.
#[test]
fn amazons_card_is_asked_less_often_than_it_answers() {
    let requests = |options: &str| 25.0 / 2_f64.powi(number(options, "dpoll").unwrap_or(0));
    let clocks = AMAZON_CLOCK.iter().filter(|source| matches!(source.directive, Directive::Phc(_)));
    let lines = clocks.flat_map(|source| match source.fast_start {
        FastStart::Beside(second) => vec![source.options, second],
        FastStart::No => vec![source.options],
        FastStart::Options(fast) => vec![fast],
    });
    let a_second: f64 = lines.map(requests).sum();
    assert!((1.0..125.0).contains(&a_second), "{a_second}");
}

/// A host's clock whose error is not known must not outvote NTP, nor open the gate without it.
#[test]
fn a_watched_clock_is_never_selected() {
    for source in ROWS.iter().filter_map(|row| row.watched) {
        assert!(source.options.split(' ').any(|word| word == "noselect"), "{source:?}");
    }
}

#[test]
fn a_clock_is_known_by_its_whole_name_or_its_start() {
    let device = |name: &str| Clock::called(name).map(|clock| clock.name);
    assert_eq!(device("hyperv"), Some("hyperv"));
    assert_eq!(device("KVM virtual PTP"), Some("KVM virtual PTP"));
    assert_eq!([device("hyperv2"), device("mlx5_ptp"), device("")], [None; 3]);
}

#[test]
fn servers_are_known_however_they_are_spelled() {
    for (server, scale, is_vendors) in [
        ("TIME2.Google.com.", Scale::Smeared, false),
        ("0.Gentoo.pool.ntp.org.", Scale::Utc, true),
        ("2.pool.ntp.org", Scale::Utc, true),
        ("0.de.pool.ntp.org", Scale::Utc, false),
        ("1.north-america.pool.ntp.org", Scale::Utc, false),
        ("ntp.mypool.ntp.org", Scale::Unknown, false),
    ] {
        assert_eq!((scale_of(server), is_distributions(server)), (scale, is_vendors), "{server}");
    }
}
