//! The options of a source, as chrony.conf(5) has them.

use std::fmt;

use serde::Deserialize;

/// What follows a source's name on its line of chrony.conf(5).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Options(String);

/// The options that stand alone, and those that a number follows, of chrony 4.0 and later.
const FLAGS: [&str; 8] = ["iburst", "burst", "prefer", "noselect", "trust", "require", "xleave", "nts"];
const NUMBERED: [&str; 17] = [
    "minpoll",
    "maxpoll",
    "polltarget",
    "minsamples",
    "maxsamples",
    "offset",
    "asymmetry",
    "maxdelay",
    "maxdelayratio",
    "maxdelaydevratio",
    "mindelay",
    "minstratum",
    "filter",
    "presend",
    "key",
    "port",
    "maxsources",
];

impl Options {
    /// The server proves who it is with a key of the key file.
    pub fn names_a_key(&self) -> bool {
        self.0.split(' ').any(|word| word == "key")
    }
}

impl TryFrom<String> for Options {
    type Error = String;

    fn try_from(text: String) -> Result<Options, String> {
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if NUMBERED.contains(&word) {
                let number = words.next().unwrap_or_default();
                if number.parse::<f64>().is_err() {
                    return Err(format!("a number must follow {word}"));
                }
            } else if !FLAGS.contains(&word) {
                let [flags, numbered] = [FLAGS.join(", "), NUMBERED.join(", ")];
                return Err(format!(
                    "{word:?} is no option of a source: there are {flags}; with a number {numbered}"
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
