//! chronyd's own word, through chronyc's comma-separated output. It needs no root: without it,
//! chronyc asks over the loopback interface.

use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::machine::{ClockSource, Tracking};
use crate::program::chronyc;

/// chronyc itself gives up after some seconds.
const DEADLINE: Duration = Duration::from_secs(10);

/// # Errors
/// When chronyc cannot be run or chronyd does not answer.
pub async fn tracking() -> Result<Tracking> {
    let text = chronyc::ask(&["-c", "-n", "tracking"], DEADLINE).await?;
    parse_tracking(&text).ok_or_else(|| unreadable("tracking", &text))
}

/// The sources by the names that chrony.conf has for them: a pool's servers all have the pool's.
///
/// # Errors
/// When chronyc cannot be run or chronyd does not answer.
pub async fn sources() -> Result<Vec<ClockSource>> {
    let text = chronyc::ask(&["-c", "-N", "sources"], DEADLINE).await?;
    parse_sources(&text).ok_or_else(|| unreadable("sources", &text))
}

/// Reference id, name, stratum, time, system offset, last and RMS offset, frequency, residual
/// frequency, skew, root delay, root dispersion, update interval, leap status.
pub fn parse_tracking(text: &str) -> Option<Tracking> {
    let fields: Vec<&str> = text.trim_end().split(',').collect();
    let [id, name, stratum, _, offset, _, _, _, _, _, delay, dispersion, _, leap, ..] = fields[..] else {
        return None;
    };
    Some(Tracking {
        reference_id: id.to_owned(),
        name: name.to_owned(),
        stratum: number(stratum)?,
        system_offset: number(offset)?,
        root_delay: number(delay)?,
        root_dispersion: number(dispersion)?,
        leap: leap.to_owned(),
    })
}

/// A line each: mode, state, name, stratum, poll, reach in octal, seconds since the last sample, its
/// adjusted offset, its measured offset, its margin of error.
pub fn parse_sources(text: &str) -> Option<Vec<ClockSource>> {
    text.lines().map(parse_source).collect()
}

fn parse_source(line: &str) -> Option<ClockSource> {
    let fields: Vec<&str> = line.split(',').collect();
    let [mode, state, name, stratum, poll, reach, age, offset, ..] = fields[..] else { return None };
    Some(ClockSource {
        mode: number(mode)?,
        state: number(state)?,
        name: name.to_owned(),
        stratum: number(stratum)?,
        poll: number(poll)?,
        reach: u8::from_str_radix(reach, 8).ok()?,
        last_sample_age: number(age).filter(|age| *age != u32::MAX),
        last_sample_offset: number(offset)?,
    })
}

fn number<T: FromStr>(field: &str) -> Option<T> {
    field.parse().ok()
}

fn unreadable(about: &str, text: &str) -> Error {
    let line = text.lines().next().unwrap_or("nothing");
    Error::new(format_args!("running chronyc {about}"), format_args!("it printed {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracking_is_read_with_its_signs() {
        let line = "A9FEA97B,169.254.169.123,4,1795234527.025603935,-0.000072214,0.000150233,0.000150233,\
                    0.000,36.322,1000000.000,0.000903522,3.074255228,2.1,Normal\n";
        let expected = Tracking {
            reference_id: "A9FEA97B".into(),
            name: "169.254.169.123".into(),
            stratum: 4,
            system_offset: -0.000_072_214,
            root_delay: 0.000_903_522,
            root_dispersion: 3.074_255_228,
            leap: "Normal".into(),
        };
        assert_eq!(parse_tracking(line), Some(expected));
    }

    #[test]
    fn a_clock_that_nobody_set_is_not_synchronised() {
        let line = "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,\
                    1.000000000,1.000000000,0.0,Not synchronised\n";
        let tracking = parse_tracking(line).expect("a line of chronyc's");
        assert!(!tracking.is_synchronised() && tracking.name.is_empty());
    }

    #[test]
    fn sources_are_read_with_reach_in_octal() {
        let text = "#,*,PHC0,2,3,77,10,-0.000000007,-0.000000014,0.000000050\n\
                    ^,-,169.254.7.7,3,6,17,21,-0.006739984,-0.006739965,0.100240298\n\
                    ^,?,169.254.7.98,0,8,0,4294967295,0.000000000,0.000000000,0.000000000\n\
                    #,*,PHC1,2,-2,377,1,0.000000000,287523872.000000000,0.000000050\n";
        let sources = parse_sources(text).expect("lines of chronyc's");
        let reach: Vec<u8> = sources.iter().map(|source| source.reach).collect();
        assert_eq!(reach, [0o77, 0o17, 0, 0xff]);
        assert_eq!((sources[0].mode, sources[0].state, sources[3].poll), ('#', '*', -2));
        assert_eq!(sources[1].last_sample_offset, -0.006_739_984);
        assert_eq!(parse_sources(""), Some(vec![]));
    }

    #[test]
    fn what_is_no_table_is_not_read_as_one() {
        assert_eq!(parse_tracking("506 Cannot talk to daemon\n"), None);
        assert_eq!(parse_sources("506 Cannot talk to daemon\n"), None);
    }
}
