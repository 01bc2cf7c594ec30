//! The one error: a sentence with a verb and a path in it.

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::printable::printable;

/// "writing /etc/chrony/chrony.conf: read-only file system"
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Joins what was being done and why it failed.
    pub fn new(doing: impl fmt::Display, why: impl fmt::Display) -> Error {
        Error(format!("{doing}: {}", plain(&why.to_string())))
    }

    /// The same for a path: `Error::path("reading", path, errno)`.
    pub fn path(verb: &str, path: &Path, why: impl fmt::Display) -> Error {
        Error::new(format_args!("{verb} {}", shown(path)), why)
    }
}

/// Text of an error as a part of a result: why it could not be observed.
impl From<Error> for String {
    fn from(why: Error) -> String {
        why.0
    }
}

/// A path for people.
pub fn shown(path: &Path) -> String {
    printable(&text(path), &[])
}

/// A path as text: as it is, but for bytes that are none, which are escaped.
pub fn text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// "No such file or directory (os error 2)" reads better in the middle of a sentence without
/// its number and its capital.
fn plain(why: &str) -> String {
    let Some((text, _)) = why.split_once(" (os error ") else {
        return why.to_owned();
    };
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_path_is_shown_in_one_line_and_without_colours() {
        assert_eq!(shown(Path::new("/a\nerror: b\u{1b}[31mé")), "/a\\nerror: b\\u{1b}[31mé");
        assert_eq!(shown(Path::new(OsStr::from_bytes(b"/caf\xe9/\xc3\xa9"))), "/caf\\xe9/é");
    }

    #[test]
    fn an_error_is_a_sentence_without_numbers() {
        let error = Error::path("writing", Path::new("/etc/x"), rustix::io::Errno::ROFS);
        assert_eq!(error.to_string(), "writing /etc/x: read-only file system");
    }
}
