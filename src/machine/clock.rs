//! The clock as chronyd sees it: plain data. Times are in seconds, with the sign that chronyc prints.

use std::fmt;

use serde::Serialize;

/// `chronyc tracking`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tracking {
    /// Hexadecimal; "00000000" while nothing is selected, "7F7F0101" for the local clock.
    pub reference_id: String,
    /// The selected source's address or name; empty where there is none.
    #[serde(rename = "reference")]
    pub name: String,
    /// 0 while the clock is not synchronised.
    pub stratum: u8,
    /// Seconds from the system clock to what chronyd holds to be the time: positive is slow.
    pub system_offset: f64,
    pub root_delay: f64,
    pub root_dispersion: f64,
    /// "Normal", "Insert second", "Delete second" or "Not synchronised".
    pub leap: String,
}

/// A line of `chronyc sources`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockSource {
    /// `^` a server, `=` a peer, `#` a clock of the machine's own.
    pub mode: char,
    /// `*` selected, `+` combined, `-` not combined, `?` unusable, `x` falseticker, `~` too variable.
    pub state: char,
    pub name: String,
    pub stratum: u8,
    /// The polling interval as a power of two of seconds.
    pub poll: i8,
    /// The last eight polls, a bit each: 1 for an answer.
    pub reach: u8,
    /// Seconds since the last sample; None where there was none.
    #[serde(skip)]
    pub last_sample_age: Option<u32>,
    /// The last measured offset, less what the clock was slewed since.
    pub last_sample_offset: f64,
}

/// chronyd's id for a clock that only follows itself.
pub const LOCAL: &str = "7F7F0101";

/// chrony-wait lets as much pass.
const CORRECTION_LIMIT_S: f64 = 0.1;

/// Reason why a clock is not right.
#[derive(Clone, Debug, PartialEq)]
pub enum Objection {
    /// Unknown: the reason why chronyd cannot be asked.
    Silent(String),
    NoSource,
    Itself,
    Offset,
    /// Seconds.
    Bound {
        is: f64,
        wanted: f64,
    },
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Objection::Silent(why) => {
                write!(f, "chronyd cannot be asked, and whether the clock is right is not known ({why})")
            }
            Objection::NoSource => f.write_str("chronyd has no source that it can follow"),
            Objection::Itself => f.write_str("chronyd follows only the machine's own clock"),
            Objection::Offset => f.write_str("the clock is off by more than 100 ms"),
            Objection::Bound { is, wanted } if *is < 10.0 => {
                write!(f, "error bound {is:.3} s, wanted {wanted} s")
            }
            Objection::Bound { is, wanted } => write!(f, "error bound {is:.1} s, wanted {wanted} s"),
        }
    }
}

impl Tracking {
    pub fn is_synchronised(&self) -> bool {
        self.leap != "Not synchronised"
    }

    /// Objection to starting a database on this clock; None where it is one. What counts is what counts for chrony-wait, a
    /// source that is not the machine itself and less than 100 ms to go, and where there is one the largest error, in
    /// seconds.
    pub fn objection(&self, max_error: Option<f64>) -> Option<Objection> {
        if !self.is_synchronised() || self.reference_id.trim_start_matches('0').is_empty() {
            Some(Objection::NoSource)
        } else if self.reference_id == LOCAL {
            Some(Objection::Itself)
        } else if self.system_offset.abs() > CORRECTION_LIMIT_S {
            Some(Objection::Offset)
        } else {
            let wanted = max_error.filter(|most| self.error_bound() >= *most)?;
            Some(Objection::Bound { is: self.error_bound(), wanted })
        }
    }

    /// Error bound of the clock in seconds: what chronyd has measured and not
    /// corrected yet, and the root distance, which is half the way to the reference and back and
    /// what may have gone wrong since. chronyc(1) has it under "tracking".
    pub fn error_bound(&self) -> f64 {
        self.system_offset.abs() + self.root_dispersion + self.root_delay / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right() -> Tracking {
        Tracking {
            reference_id: "A9FEA97B".into(),
            name: "169.254.169.123".into(),
            stratum: 4,
            system_offset: -0.02,
            root_delay: 0.04,
            root_dispersion: 0.003,
            leap: "Normal".into(),
        }
    }

    #[test]
    fn a_clock_is_right_when_chrony_wait_would_say_so() {
        assert_eq!(right().objection(None), None);
        assert_eq!(right().objection(Some(0.044)), None);
        for (tracking, why) in [
            (Tracking { leap: "Not synchronised".into(), ..right() }, "no source"),
            (Tracking { reference_id: "00000000".into(), ..right() }, "no source"),
            (Tracking { reference_id: LOCAL.into(), ..right() }, "the machine's own clock"),
            (Tracking { system_offset: -0.101, ..right() }, "more than 100 ms"),
        ] {
            let said = tracking.objection(None).expect(why).to_string();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_bound_that_is_asked_for_is_named_with_what_was_reached() {
        let said = |dispersion: f64| {
            let tracking = Tracking { root_dispersion: dispersion, root_delay: 0.0, ..right() };
            tracking.objection(Some(0.4)).map(|objection| objection.to_string())
        };
        assert_eq!(said(22.9).as_deref(), Some("error bound 22.9 s, wanted 0.4 s"));
        assert_eq!(said(0.39).as_deref(), Some("error bound 0.410 s, wanted 0.4 s"));
        assert_eq!(said(0.37), None);
    }

    #[test]
    fn the_bound_adds_the_offset_and_half_of_the_delay() {
        assert!((right().error_bound() - 0.043).abs() < 1e-12, "{}", right().error_bound());
    }
}
