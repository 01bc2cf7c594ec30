//! Numbers, each checked while it is read: what is wrong is named with its line.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserializer, Error, Visitor};

/// A whole number of seconds.
pub fn seconds<'de, D, const MIN: u64, const MAX: u64>(words: D) -> Result<Duration, D::Error>
where
    D: Deserializer<'de>,
{
    let number = words.deserialize_i64(Whole("a whole number of seconds"))?;
    let fits = u64::try_from(number).ok().filter(|seconds| (MIN..=MAX).contains(seconds));
    fits.map(Duration::from_secs)
        .ok_or_else(|| D::Error::custom(format_args!("{number} is not between {MIN} and {MAX} seconds")))
}

/// Thousandths of a second, written as seconds: `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u32);

impl fmt::Display for Millis {
    /// In seconds, as chrony.conf has it: "1.0", "0.125".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", f64::from(self.0) / 1000.0)
    }
}

/// Seconds with a fraction, between so many milliseconds.
pub fn between<'de, D, T, const MIN: u32, const MAX: u32>(words: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<Millis>,
{
    let seconds = words.deserialize_f64(Fraction("a number of seconds"))?;
    let millis = (seconds * 1000.0).round();
    if (f64::from(MIN)..=f64::from(MAX)).contains(&millis) {
        Ok(Millis(millis as u32).into())
    } else {
        let [min, max] = [Millis(MIN), Millis(MAX)];
        Err(D::Error::custom(format_args!("{seconds} is not between {min} and {max} seconds")))
    }
}

/// A number of clock updates: 1 or more, or -1 for all.
pub fn updates<'de, D: Deserializer<'de>>(words: D) -> Result<Option<i32>, D::Error> {
    let number = words.deserialize_i64(Whole("a number of updates, or -1 for all"))?;
    match i32::try_from(number) {
        Ok(updates) if updates == -1 || updates > 0 => Ok(Some(updates)),
        _ => Err(D::Error::custom(format_args!(
            "{number} is no number of updates: it is 1 or more, or -1 for all"
        ))),
    }
}

/// An NTP stratum that leaves room below for those who follow it.
pub fn stratum<'de, D: Deserializer<'de>>(words: D) -> Result<Option<u8>, D::Error> {
    match words.deserialize_i64(Whole("a stratum between 1 and 14"))? {
        stratum @ 1..=14 => Ok(Some(stratum as u8)),
        stratum => Err(D::Error::custom(format_args!("{stratum} is no stratum between 1 and 14"))),
    }
}

/// A whole number, and what it is a number of.
struct Whole(&'static str);

impl Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_i64<E>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }
}

/// The same with a fraction, or without.
struct Fraction(&'static str);

impl Visitor<'_> for Fraction {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }
}
