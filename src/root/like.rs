//! Comparing: a copy that is there already need not be made again.

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use rustix::fs::{self, FileType, Mode, OFlags};

use super::{Entry, Root};
use crate::error::{Error, Result};

impl Root {
    /// What is at `path` has kind, mode and bytes of what is at `other`, and so has all below it.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn is_like(&self, path: &Path, other: &Path) -> Result<bool> {
        self.alike(path, other, false)
    }

    /// The same, and both are the same owners'.
    ///
    /// # Errors
    /// As for [`Root::is_like`].
    pub fn is_same(&self, path: &Path, other: &Path) -> Result<bool> {
        self.alike(path, other, true)
    }

    fn alike(&self, path: &Path, other: &Path, owners: bool) -> Result<bool> {
        let (Some(one), Some(two)) = (self.lstat(path)?, self.lstat(other)?) else { return Ok(false) };
        let same_owner = (one.st_uid, one.st_gid) == (two.st_uid, two.st_gid);
        if one.st_mode != two.st_mode || owners && !same_owner {
            return Ok(false);
        }
        match FileType::from_raw_mode(one.st_mode) {
            FileType::RegularFile => Ok(one.st_size == two.st_size && self.same_bytes(path, other)?),
            FileType::Symlink => Ok(self.target(path)? == self.target(other)?),
            FileType::Directory => {
                let (names, others) = (self.list_all(path)?, self.list_all(other)?);
                let like = |entry: &Entry<OsString>| {
                    self.alike(&path.join(&entry.name), &other.join(&entry.name), owners)
                };
                Ok(names == others
                    && names.iter().map(like).collect::<Result<Vec<_>>>()?.into_iter().all(|is| is))
            }
            _ => Ok(false),
        }
    }

    /// Where a link points, be it text or not.
    fn target(&self, path: &Path) -> Result<CString> {
        let target = self.parent(path).and_then(|(dir, name)| fs::readlinkat(&dir, name, Vec::new()));
        target.map_err(|why| Error::path("reading", path, why))
    }

    fn same_bytes(&self, path: &Path, other: &Path) -> Result<bool> {
        let open = |path: &Path| {
            let fd = self.open_in(path, OFlags::RDONLY | OFlags::NOFOLLOW, Mode::empty());
            fd.map(|fd| BufReader::new(File::from(fd)).bytes())
                .map_err(|why| Error::path("reading", path, why))
        };
        let (one, two) = (open(path)?, open(other)?);
        let same = |(one, two): (std::io::Result<u8>, std::io::Result<u8>)| matches!((one, two), (Ok(one), Ok(two)) if one == two);
        Ok(one.zip(two).all(same))
    }
}
