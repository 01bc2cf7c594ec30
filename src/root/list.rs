//! Listing directories.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::Root;
use crate::error::{Error, Result};

/// Entry of a directory.
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

    /// The files in these directories whose names end so, in the order of their names: of those with one name the one that is in the
    /// first directory. Hidden files are an editor's.
    pub fn files_in<D: AsRef<Path>>(
        &self,
        directories: impl IntoIterator<Item = D>,
        ending: &str,
    ) -> Result<Vec<PathBuf>> {
        let mut files = BTreeMap::new();
        for directory in directories {
            let directory = directory.as_ref();
            for Entry { name, is_dir } in self.list(directory)? {
                if !is_dir && name.ends_with(ending) && !name.starts_with('.') {
                    let path = directory.join(&name);
                    files.entry(name).or_insert(path);
                }
            }
        }
        Ok(files.into_values().collect())
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
            let dir = self.open_in(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
            for entry in fs::Dir::read_from(&dir)? {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if name != "." && name != ".." {
                    entries.push((name.to_owned(), is_dir(&dir, name, entry.file_type())?));
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

/// Not every file system names the kind of what it lists: readdir(3), DT_UNKNOWN.
fn is_dir(dir: &OwnedFd, name: &OsStr, listed: FileType) -> rustix::io::Result<bool> {
    if listed != FileType::Unknown {
        return Ok(listed == FileType::Directory);
    }
    match fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(false),
        stat => Ok(FileType::from_raw_mode(stat?.st_mode) == FileType::Directory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_one_where_the_list_does_not_say_so() {
        let parent = fs::open("/proc/self", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        for (name, expected) in [("fd", true), ("stat", false), ("none", false)] {
            assert_eq!(is_dir(&parent, OsStr::new(name), FileType::Unknown), Ok(expected), "{name}");
        }
    }
}
