//! The operator's time sources.

use serde::Deserialize;

use super::Host;
use super::options::{Options, one_line};
use crate::conf::ConfLine;
use crate::platform::{Platform, Scale, scale_of};

/// One `[[source]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Words")]
pub struct OwnSource {
    pub line: ConfLine,
    pub scale: Scale,
    /// Platforms on which it is used; None for all.
    pub platforms: Option<Vec<Platform>>,
    /// Added to the platform's sources, which it replaces otherwise.
    pub beside: bool,
    /// "/etc/cloud-timesync/config.toml, line 3"
    pub place: String,
}

impl OwnSource {
    /// "server ntp1.example.com", "refclock PHC /dev/ptp_kvm"
    pub fn name(&self) -> String {
        let ConfLine { name, words } = &self.line;
        let named = if name == "refclock" { 2 } else { 1 };
        format!("{name} {}", words[..named].join(" "))
    }

    /// Tells whether it is used on this platform.
    pub fn is_for(&self, platform: Platform) -> bool {
        self.platforms.as_ref().is_none_or(|platforms| platforms.contains(&platform))
    }
}

/// The drivers of reference clocks. `chronyd -p` accepts others, and chronyd exits when it starts by them.
const DRIVERS: [&str; 5] = ["SHM", "SOCK", "PHC", "PPS", "RTC"];

/// A reference clock, as chrony.conf(5) has it: the driver, its parameter, and options. Case matters in all of them.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Refclock(String);

impl TryFrom<String> for Refclock {
    type Error = String;

    fn try_from(text: String) -> Result<Refclock, String> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b" +-._:,=/@".contains(&byte);
        let line = one_line(&text).filter(|line| line.bytes().all(is_letter)).unwrap_or_default();
        let Some((driver, _)) = line.split_once(' ') else {
            return Err(format!("{text:?} is not a reference clock; use e.g. \"PHC /dev/ptp_kvm poll 2\""));
        };
        if !DRIVERS.contains(&driver) {
            return Err(format!("{text:?} begins with none of chronyd's drivers: {}", DRIVERS.join(", ")));
        }
        Ok(Refclock(line))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Words {
    server: Option<Host>,
    pool: Option<Host>,
    refclock: Option<Refclock>,
    options: Option<Options>,
    scale: Option<Scale>,
    platforms: Option<Vec<Platform>>,
    beside: bool,
}

impl TryFrom<Words> for OwnSource {
    type Error = &'static str;

    fn try_from(words: Words) -> Result<OwnSource, &'static str> {
        let Words { server, pool, refclock, options, scale, platforms, beside } = words;
        let line = |directive: &str, place: &str, usual: &str| {
            let options = options.as_ref().map_or(usual, |options| &options.0);
            ConfLine::from(format!("{directive} {place} {options}").as_str())
        };
        let line = match (server, pool, refclock) {
            (Some(server), None, None) => line("server", server.as_str(), "iburst"),
            (None, Some(pool), None) => line("pool", pool.as_str(), "iburst"),
            (None, None, Some(clock)) => line("refclock", &clock.0, ""),
            _ => return Err("a source has either a `server`, a `pool` or a `refclock`"),
        };
        if platforms.as_ref().is_some_and(Vec::is_empty) {
            return Err("`platforms` names none; without it the source is for all");
        }
        let scale = scale.unwrap_or_else(|| scale_of(line.word(0)));
        Ok(OwnSource { line, scale, platforms, beside, place: String::new() })
    }
}
