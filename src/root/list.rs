//! Listing directories.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{self, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::Root;
use crate::error::{Error, Result};

/// What a directory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<Name = String> {
    pub name: Name,
    pub is_dir: bool,
}

impl Root {
    /// The entries of a directory in the order of their names; empty where it is not there. For whoever looks for names
    /// that are known: those that are not UTF-8 are left out.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Vec<Entry>> {
        let text =
            |Entry { name, is_dir }: Entry<OsString>| Some(Entry { name: name.into_string().ok()?, is_dir });
        Ok(self.list_all(path)?.into_iter().filter_map(text).collect())
    }

    /// The same, whatever the names are: for whoever copies or removes what is there.
    ///
    /// # Errors
    /// As for [`Root::list`].
    pub fn list_all(&self, path: impl AsRef<Path>) -> Result<Vec<Entry<OsString>>> {
        let path = path.as_ref();
        let fail = |why: Errno| Error::path("listing", path, why);
        let fd = match self.open_in(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Vec::new()),
            other => other.map_err(fail)?,
        };
        let mut entries = Vec::new();
        for entry in fs::Dir::new(fd).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                let is_dir = entry.file_type() == FileType::Directory;
                entries.push(Entry { name: name.to_owned(), is_dir });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }
}
