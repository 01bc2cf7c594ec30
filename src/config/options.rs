//! Words that an operator puts on a line of chrony.conf. Which options and directives there are, chronyd knows: `chronyd
//! -p` judges the line.

use serde::Deserialize;

/// Bytes. chronyd reads a line in pieces of 2047 bytes, and would take the second piece for a directive.
const LONGEST: usize = 512;

/// The words of one line, one space between them; None where it is more than one line, or holds what no line does.
pub fn one_line(text: &str) -> Option<String> {
    let is_blank = |letter| matches!(letter, ' ' | '\t');
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    (line.len() <= LONGEST && line.bytes().all(|byte| matches!(byte, b' '..=b'~'))).then_some(line)
}

/// Words that follow a source's name on its line of chrony.conf(5): words, one space between them. The refid of a reference
/// clock has its case, and chronyd does not distinguish that of others.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Options(pub String);

impl TryFrom<String> for Options {
    type Error = String;

    fn try_from(text: String) -> Result<Options, String> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b" +-._:".contains(&byte);
        match one_line(&text) {
            Some(line) if line.bytes().all(is_letter) => Ok(Options(line)),
            _ => Err(format!(
                "{text:?} is not a list of a source's options on one line, such as \"iburst minpoll 4\""
            )),
        }
    }
}
