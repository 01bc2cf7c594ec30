//! One line of chrony.conf: a directive.

use std::fmt;
use std::path::Path;

/// The directives that name a source.
const SOURCES: [&str; 4] = ["server", "pool", "peer", "refclock"];

/// The directives by which chronyd reads more files.
const MORE_FILES: [&str; 3] = ["include", "confdir", "sourcedir"];

/// Directives that step at a leap second by a table, which chronyd must not have next to sources that smear them.
pub const LEAP_TABLES: [&str; 2] = ["leapsectz", "leapseclist"];

/// A directive's words. Its name is in lower case: chronyd does not distinguish case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfLine {
    pub name: String,
    pub words: Vec<String>,
}

impl ConfLine {
    /// None of a text without a word.
    pub fn parse(text: &str) -> Option<ConfLine> {
        Some(ConfLine::from(text)).filter(|line| !line.name.is_empty())
    }

    /// Tells whether it names a source.
    pub fn is_source(&self) -> bool {
        SOURCES.contains(&self.name.as_str())
    }

    /// Tells whether it names a source that chronyd may follow.
    pub fn is_selectable_source(&self) -> bool {
        self.is_source() && !self.has_option("noselect")
    }

    /// Tells whether it names directories of sources.
    pub fn is_directory(&self) -> bool {
        self.name == "sourcedir"
    }

    /// Tells whether chronyd reads more files by it.
    pub fn reads_more(&self) -> bool {
        MORE_FILES.contains(&self.name.as_str())
    }

    /// Tells whether it has this option, after the name of a source.
    pub fn has_option(&self, option: &str) -> bool {
        self.words.iter().skip(1).any(|word| word.eq_ignore_ascii_case(option))
    }

    /// Tells whether it names a server that is known by its name or address alone. A clock is of this machine.
    pub fn is_unauthenticated(&self) -> bool {
        self.is_source() && self.name != "refclock" && !self.has_option("key") && !self.has_option("nts")
    }

    /// The number after an option's name.
    pub fn number(&self, option: &str) -> Option<i32> {
        self.words.iter().skip_while(|word| !word.eq_ignore_ascii_case(option)).nth(1)?.parse().ok()
    }

    /// Tells whether it names servers that chronyd may ask less than once in 64 s, as it does without `maxpoll`.
    pub fn is_asked_seldom(&self) -> bool {
        let most = self.number("maxpoll").unwrap_or(10);
        self.is_selectable_source() && self.name != "refclock" && most > 6
    }

    /// The device that must be there when chronyd starts; None of a line that needs none, or names a network interface (chrony
    /// 4.7).
    pub fn device(&self) -> Option<&Path> {
        let device = Path::new(self.word(1).split(':').next().unwrap_or_default());
        let is_device = self.name == "refclock" && matches!(self.word(0), "PHC" | "PPS" | "RTC");
        (is_device && device.is_absolute()).then_some(device)
    }

    /// Tells whether it names a clock that gives TAI, of which chronyd makes UTC by a table of leap seconds. Without one it
    /// exits when it starts.
    pub fn gives_tai(&self) -> bool {
        // The names of clocks follow these.
        let is_option = |before: &str| !["refid", "lock"].contains(&before.to_ascii_lowercase().as_str());
        let is_tai = |pair: &[String]| pair[1].eq_ignore_ascii_case("tai") && is_option(&pair[0]);
        self.name == "refclock" && self.words.windows(2).any(is_tai)
    }

    /// Tells whether it names a table of leap seconds.
    pub fn is_leap_table(&self) -> bool {
        LEAP_TABLES.contains(&self.name.as_str())
    }

    /// Tells whether chronyd reads this file by it, or the directory that holds it: one of keys, of certificates.
    pub fn names_file(&self, file: &Path) -> bool {
        self.words.iter().any(|word| word.starts_with('/') && file.starts_with(word))
    }

    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }
}

impl From<&str> for ConfLine {
    fn from(text: &str) -> ConfLine {
        let mut words = text.split_whitespace().map(str::to_owned);
        ConfLine { name: words.next().unwrap_or_default().to_ascii_lowercase(), words: words.collect() }
    }
}

impl fmt::Display for ConfLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.words.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_interface_is_no_device_that_is_missing() {
        let device = |line: &str| ConfLine::parse(line).and_then(|line| line.device().map(Path::to_owned));
        assert_eq!(device("refclock PHC /dev/ptp0:nocrossts poll 2"), Some("/dev/ptp0".into()));
        assert_eq!(device("refclock PHC eth0 poll 2"), None);
    }
}
