//! The table: how a platform shows itself, its time sources, their time scale, the vendor's page.
//!
//! A new platform is a row in [`FINGERPRINTS`] and one in [`ROWS`].

mod clock;
mod distribution;
mod evidence;
mod fingerprint;
mod kind;
mod rows;

use serde::Deserialize;

pub use clock::Clock;
pub use distribution::pool;
pub use evidence::{Evidence, Strength};
pub use fingerprint::{FINGERPRINTS, Field, Fingerprint, Pattern};
pub use kind::Platform;
pub use rows::{AMAZON_CLOCK, OTHERS, ROWS, TWIN, stand_in};

/// How a source treats leap seconds. Sources of scales that are known to differ are up to half a
/// second apart around a leap second and must not stand in one configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Spread over 24 hours, noon to noon UTC, as Google and AWS do.
    Smeared,
    /// UTC, leap seconds and all.
    Utc,
    /// Not documented by the vendor, or not said by the operator.
    #[default]
    Unknown,
}

impl Scale {
    /// Both are known, and they are not the same.
    pub fn differs(self, other: Scale) -> bool {
        self != other && self != Scale::Unknown && other != Scale::Unknown
    }

    /// "smears leap seconds"
    pub fn says(self) -> &'static str {
        match self {
            Scale::Smeared => "smears leap seconds",
            Scale::Utc => "does not smear leap seconds",
            Scale::Unknown => "is of an unknown time scale",
        }
    }
}

/// A time source of a platform.
#[derive(Debug)]
pub struct Source {
    pub directive: Directive,
    /// What the directive's name is followed by.
    pub options: &'static str,
    /// What becomes of the line where the configuration has `fast_start = true`.
    pub fast_start: FastStart,
    pub scale: Scale,
    /// Says what the source is, for the comment above its line.
    pub says: &'static str,
    /// The vendor's page.
    pub page: &'static str,
}

/// How a source gives the time sooner after chronyd's start, and what it gives later stays the same.
/// docs/fast-start.md has what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastStart {
    /// It does not: a source that another of its row is faster than, or a clock that is only watched.
    No,
    /// With these options in place of the others, by step policy: how many measurements chronyd keeps decides how
    /// often it asks later.
    Options { resume: &'static str, boot: &'static str },
    /// A clock's line gets `prefer`, and a second line of the same clock these options: it is ready first,
    /// and stands back when the line that is preferred is.
    Beside(&'static str),
}

/// The directives of chrony.conf(5) that name sources.
#[derive(Clone, Copy, Debug)]
pub enum Directive {
    Server(&'static str),
    Pool(&'static str),
    /// The pool of the distribution.
    OwnPool,
    Phc(&'static Clock),
    /// What DHCP's hooks leave in this directory.
    Dhcp(&'static str),
}

/// A platform and its sources.
#[derive(Debug)]
pub struct Row {
    pub platform: Platform,
    /// As its vendor calls it.
    pub name: &'static str,
    pub sources: &'static [Source],
    /// In place of them on a machine that has IPv6 and no IPv4; none where that makes no difference.
    pub without_ipv4: &'static [Source],
    /// The clock of the hypervisor's host, watched beside NTP and never followed.
    pub watched: Option<&'static Source>,
}

/// The row of a platform; None for one that is not known.
pub fn row(platform: Platform) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.platform == platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_mixes_time_scales() {
        let sets = ROWS.iter().flat_map(|row| [row.sources, row.without_ipv4]).chain([AMAZON_CLOCK]);
        let stand_ins = [Scale::Smeared, Scale::Utc].map(stand_in);
        for sources in sets.chain(stand_ins) {
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
        let rows = ROWS.iter().flat_map(|row| [row.sources, row.without_ipv4]);
        let rows = rows.chain([AMAZON_CLOCK, stand_in(Scale::Smeared)]);
        let [mut servers, mut clocks] = [0, 0];
        for source in rows.flatten() {
            match (source.fast_start, source.directive) {
                (FastStart::No, _) => (),
                (
                    FastStart::Options { resume, boot },
                    Directive::Server(_) | Directive::Pool(_) | Directive::OwnPool,
                ) => {
                    servers += 1;
                    // chronyd's own are 64 s and 1024 s. With the four samples of the policy for a machine that is
                    // paused its line stays at the first, and a target of 4 or more is never exceeded.
                    let [least, most] = [("minpoll", 6), ("maxpoll", 10)]
                        .map(|(name, own)| number(source.options, name).unwrap_or(own));
                    for (fast, slowest) in [(resume, least), (boot, most)] {
                        assert_eq!(number(fast, "maxpoll"), Some(slowest), "{fast}");
                        assert!(number(fast, "minpoll") < Some(least), "{fast}");
                    }
                    assert!(number(resume, "polltarget").is_some_and(|target| target < 4), "{resume}");
                }
                (FastStart::Beside(fast), Directive::Phc(_)) => {
                    clocks += 1;
                    assert!(number(fast, "poll") < number(source.options, "poll"), "{fast}");
                    assert!(!fast.contains("prefer") && fast.contains("refid "), "{fast}");
                }
                other => panic!("{other:?}"),
            }
        }
        // Five rows have the distribution's pool.
        assert_eq!([servers, clocks], [6 + 5, 2]);
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
            FastStart::Options { resume, boot } => vec![resume, boot],
        });
        let a_second: f64 = lines.map(requests).sum();
        assert!((1.0..125.0).contains(&a_second), "{a_second}");
    }

    /// A clock that nobody vouches for must not outvote NTP, nor open the gate without it.
    #[test]
    fn a_watched_clock_is_never_selected() {
        for row in ROWS {
            let options = row.watched.map_or("noselect", |source| source.options);
            assert!(options.split(' ').any(|word| word == "noselect"), "{}", row.name);
        }
    }
}
