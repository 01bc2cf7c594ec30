//! Numbers in a configuration file, each with its range. A refusal says what the number has to be; [`super::mistake`]
//! puts the file, the line, the key and the number in front of it.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

/// A whole number of seconds.
pub fn seconds<'de, D, const MIN: u64, const MAX: u64>(words: D) -> Result<Duration, D::Error>
where
    D: Deserializer<'de>,
{
    let seconds = u64::deserialize(words).ok().filter(|seconds| (MIN..=MAX).contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| D::Error::custom(format_args!("is not a whole number of seconds from {MIN} to {MAX}")))
}

/// Thousandths of a second, written as seconds: `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u32);

impl Millis {
    pub fn as_seconds(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Millis {
    /// Writes seconds, as chrony.conf has them: "1.0", "0.125".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_seconds())
    }
}

/// A number of seconds with a fraction; the bounds are in milliseconds.
pub fn fraction<'de, D, T, const MIN: u32, const MAX: u32>(words: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<Millis>,
{
    let millis = f64::deserialize(words).ok().map(|seconds| (seconds * 1000.0).round());
    let millis = millis.filter(|millis| (f64::from(MIN)..=f64::from(MAX)).contains(millis));
    millis.map(|millis| Millis(millis as u32).into()).ok_or_else(|| {
        D::Error::custom(format_args!("is not a number of seconds from {} to {}", Millis(MIN), Millis(MAX)))
    })
}

/// A number of clock updates; -1 stands for all.
pub fn updates<'de, D: Deserializer<'de>>(words: D) -> Result<Option<i32>, D::Error> {
    match i32::deserialize(words) {
        Ok(updates) if updates == -1 || updates > 0 => Ok(Some(updates)),
        _ => Err(D::Error::custom("is not a number of updates: 1 or more, or -1 for all")),
    }
}

/// An NTP stratum that leaves room below for the machines that follow this one.
pub fn stratum<'de, D: Deserializer<'de>>(words: D) -> Result<Option<u8>, D::Error> {
    match u8::deserialize(words) {
        Ok(stratum @ 1..=14) => Ok(Some(stratum)),
        _ => Err(D::Error::custom("is not a stratum from 1 to 14")),
    }
}
