//! The options of a source. Which ones there are, chronyd knows: `chronyd -p` judges the line.

use std::fmt;

use serde::Deserialize;

/// What follows a source's name on its line of chrony.conf(5): words in lower case, one space between them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Options(String);

/// In bytes. chronyd reads a line in pieces of 2047 bytes, and would take the second piece for a directive.
const LONGEST: usize = 512;

impl Options {
    /// The server authenticates itself with a key of the key file.
    pub fn names_a_key(&self) -> bool {
        self.0.split(' ').any(|word| word == "key")
    }
}

impl TryFrom<String> for Options {
    type Error = String;

    fn try_from(text: String) -> Result<Options, String> {
        // chronyd does not distinguish case.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        if text.len() > LONGEST || text.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
            return Err(format!(
                "{text:?} is not a list of a source's options, such as \"iburst minpoll 4\""
            ));
        }
        Ok(Options(text))
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
