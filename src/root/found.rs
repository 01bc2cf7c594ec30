//! Results of reading a path.

use std::path::Path;

use crate::error::{Error, Result};

/// File, link or other thing at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Absent,
    File {
        text: String,
        mode: u32,
    },
    /// A file or a link whose text cannot be had: "a file of more than 1 MiB".
    Opaque(String),
    /// Nothing that could be a configuration: "a FIFO".
    NotAFile(String),
}

impl Found {
    /// The text of what was found at `path`; None of nothing. All that has no text is an error.
    pub fn text_if_any(self, path: &Path) -> Result<Option<String>> {
        match self {
            Found::Absent => Ok(None),
            Found::File { text, .. } => Ok(Some(text)),
            Found::Opaque(what) | Found::NotAFile(what) => {
                Err(Error::path("reading", path, format_args!("it is {what}")))
            }
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Found::File { text, .. } => Some(text),
            Found::Absent | Found::Opaque(_) | Found::NotAFile(_) => None,
        }
    }
}

/// Times at which a file's text was last written, and anything of it was, its name too: in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub modified: i64,
    pub changed: i64,
}

/// Owner of a file, and who may do what with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
}
