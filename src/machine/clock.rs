//! The clock as chronyd sees it: plain data. Times are in seconds, with the sign that chronyc prints.

use serde::Serialize;

/// `chronyc tracking`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tracking {
    /// In hexadecimal; "00000000" while nothing is selected, "7F7F0101" for the local clock.
    pub reference_id: String,
    /// The selected source's address or name; empty where there is none.
    #[serde(rename = "reference")]
    pub name: String,
    /// 0 while the clock is not synchronised.
    pub stratum: u8,
    /// How far the system clock is from what chronyd holds to be the time: positive is slow.
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
    /// The last measured offset, less what the clock was slewed since.
    pub last_sample_offset: f64,
}

/// chronyd's id for a clock that only follows itself.
pub const LOCAL: &str = "7F7F0101";

/// chrony-wait lets as much pass.
const CORRECTION_LIMIT_S: f64 = 0.1;

impl Tracking {
    pub fn is_synchronised(&self) -> bool {
        self.leap != "Not synchronised"
    }

    /// Why this is no clock to start a database on; None where it is one. What counts is what counts
    /// for chrony-wait: a source that is not the machine itself, and less than 100 ms to go.
    pub fn objection(&self) -> Option<&'static str> {
        if !self.is_synchronised() || self.reference_id.trim_start_matches('0').is_empty() {
            Some("chronyd has no source that it can follow")
        } else if self.reference_id == LOCAL {
            Some("chronyd follows only the machine's own clock")
        } else if self.system_offset.abs() > CORRECTION_LIMIT_S {
            Some("the clock is off by more than 100 ms")
        } else {
            None
        }
    }

    /// How far the clock may be from the true time, in seconds: what chronyd has measured and not
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
        assert_eq!(right().objection(), None);
        for (tracking, why) in [
            (Tracking { leap: "Not synchronised".into(), ..right() }, "no source"),
            (Tracking { reference_id: "00000000".into(), ..right() }, "no source"),
            (Tracking { reference_id: LOCAL.into(), ..right() }, "the machine's own clock"),
            (Tracking { system_offset: -0.101, ..right() }, "more than 100 ms"),
        ] {
            assert!(tracking.objection().is_some_and(|said| said.contains(why)), "{why}");
        }
    }

    #[test]
    fn the_bound_adds_the_offset_and_half_of_the_delay() {
        assert!((right().error_bound() - 0.043).abs() < 1e-12, "{}", right().error_bound());
    }
}
