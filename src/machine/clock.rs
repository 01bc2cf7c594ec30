//! The clock as chronyd sees it: plain data. Times are in seconds, with the sign that chronyc prints.

/// `chronyc tracking`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracking {
    /// In hexadecimal; "00000000" while nothing is selected, "7F7F0101" for the local clock.
    pub reference_id: String,
    /// The selected source's address or name; empty where there is none.
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
#[derive(Clone, Debug, PartialEq)]
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

impl Tracking {
    pub fn is_synchronised(&self) -> bool {
        self.leap != "Not synchronised"
    }
}
