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
pub struct Entry {
    pub name: String,
    pub is_dir: bool,
}

impl Root {
    /// The entries of a directory in the order of their names, without those whose name is not UTF-8; empty where the directory is
    /// not there.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Vec<Entry>> {
        let entry = |(name, is_dir): (OsString, bool)| Some(Entry { name: name.into_string().ok()?, is_dir });
        Ok(self.entries(path.as_ref())?.into_iter().filter_map(entry).collect())
    }

    /// The names in a directory in their order, UTF-8 or not, without those of directories; empty where the directory is not there.
    pub fn file_names(&self, path: impl AsRef<Path>) -> Result<Vec<OsString>> {
        let entries = self.entries(path.as_ref())?.into_iter();
        Ok(entries.filter(|(_, is_dir)| !is_dir).map(|(name, _)| name).collect())
    }

    /// Each name, and whether it is a directory.
    fn entries(&self, path: &Path) -> Result<Vec<(OsString, bool)>> {
        let entries = || {
            let mut entries = Vec::new();
            for entry in
                fs::Dir::new(self.open_in(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?)?
            {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if name != "." && name != ".." {
                    entries.push((name.to_owned(), entry.file_type() == FileType::Directory));
                }
            }
            entries.sort();
            Ok(entries)
        };
        match entries() {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(Vec::new()),
            other => other.map_err(|why| Error::path("listing", path, why)),
        }
    }
}
