//! The options of a source, as chrony.conf(5) has them.

use std::fmt;

use serde::Deserialize;

/// What follows a source's name on its line of chrony.conf(5).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Options(String);

/// The options that stand alone, and those that a number follows. An older chronyd refuses the newest of them, and with them
/// the text that would have been written. Not "offline": all sources are online when the network is.
const FLAGS: [&str; 12] = [
    "iburst",
    "burst",
    "prefer",
    "noselect",
    "trust",
    "require",
    "xleave",
    "nts",
    "auto_offline",
    "copy",
    "ipv4",
    "ipv6",
];
const NUMBERED: [(&str, Number); 23] = [
    ("minpoll", Number::Whole),
    ("maxpoll", Number::Whole),
    ("polltarget", Number::Whole),
    ("minsamples", Number::Whole),
    ("maxsamples", Number::Whole),
    ("offset", Number::Any),
    ("asymmetry", Number::Any),
    ("maxdelay", Number::Any),
    ("maxdelayratio", Number::Any),
    ("maxdelaydevratio", Number::Any),
    ("mindelay", Number::Any),
    ("minstratum", Number::Whole),
    ("filter", Number::Whole),
    ("presend", Number::Whole),
    ("key", Number::Key),
    ("port", Number::Whole),
    ("maxsources", Number::Whole),
    ("ntsport", Number::Whole),
    ("certset", Number::Whole),
    ("version", Number::Whole),
    ("maxunreach", Number::Whole),
    ("maxdelayquant", Number::Any),
    ("extfield", Number::Field),
];

/// What chronyd reads there. It does not start with a configuration that has another word.
#[derive(Clone, Copy)]
enum Number {
    Any,
    Whole,
    Key,
    Field,
}

impl Number {
    fn is(self, word: &str) -> bool {
        match self {
            // chronyd would take "nan", and nothing would come of the source.
            Number::Any => word.parse().is_ok_and(f64::is_finite),
            Number::Whole => word.parse::<i32>().is_ok(),
            Number::Key => word.parse::<u32>().is_ok_and(|key| key > 0),
            Number::Field => matches!(word, "f323" | "f324"),
        }
    }

    fn says(self) -> &'static str {
        match self {
            Number::Any => "a number",
            Number::Whole => "a whole number",
            Number::Key => "the number of a key, 1 or more,",
            Number::Field => "F323 or F324",
        }
    }
}

impl Options {
    /// The server proves who it is with a key of the key file.
    pub fn names_a_key(&self) -> bool {
        self.0.split(' ').any(|word| word == "key")
    }
}

impl TryFrom<String> for Options {
    type Error = String;

    fn try_from(text: String) -> Result<Options, String> {
        // chronyd minds no case.
        let text = text.to_ascii_lowercase();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if let Some((_, number)) = NUMBERED.iter().find(|(name, _)| *name == word) {
                if !words.next().is_some_and(|next| number.is(next)) {
                    return Err(format!("{} must follow {word}", number.says()));
                }
            } else if !FLAGS.contains(&word) {
                let [flags, numbered] = [FLAGS.join(", "), NUMBERED.map(|(name, _)| name).join(", ")];
                return Err(format!(
                    "{word:?} is no option that cloud-timesync knows of a source: there are {flags}; with a number {numbered}"
                ));
            }
        }
        Ok(Options(text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }
}

impl Default for Options {
    fn default() -> Options {
        Options("iburst".to_owned())
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
