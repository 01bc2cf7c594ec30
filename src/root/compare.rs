//! Comparing: a copy that is there already need not be made again.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use rustix::fs::{self, FileType, Mode};
use rustix::io::Errno;

use super::Root;
use super::walk::{At, LOOK, open_file};
use crate::error::{Error, Result};

impl Root {
    /// Tells whether kind, mode, owner and bytes of the files or links at `path` and at `other` are the same. False where
    /// one of them is not there, or is something else.
    pub fn is_same(&self, path: &Path, other: &Path) -> Result<bool> {
        let same = || {
            let ((dir, name), (other_dir, other_name)) = (self.parent(path)?, self.parent(other)?);
            are_same((&dir, &name), (&other_dir, &other_name))
        };
        match same() {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(false),
            other => other.map_err(|why| Error::path("comparing", path, why)),
        }
    }
}

fn are_same(one: At, two: At) -> rustix::io::Result<bool> {
    let look = |at: At| {
        let fd = fs::openat(at.0, at.1, LOOK, Mode::empty())?;
        rustix::io::Result::Ok((fs::fstat(&fd)?, fd))
    };
    let ((stat, fd), (other_stat, other_fd)) = (look(one)?, look(two)?);
    let seen = |stat: &fs::Stat| (stat.st_mode, stat.st_uid, stat.st_gid);
    if seen(&stat) != seen(&other_stat) {
        return Ok(false);
    }
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(stat.st_size == other_stat.st_size && have_same_bytes(one, two)?),
        FileType::Symlink => {
            Ok(fs::readlinkat(&fd, "", Vec::new())? == fs::readlinkat(&other_fd, "", Vec::new())?)
        }
        _ => Ok(false),
    }
}

fn have_same_bytes(one: At, two: At) -> rustix::io::Result<bool> {
    let bytes = |at| open_file(at).map(|(file, _)| BufReader::new(File::from(file)).bytes());
    let same = |(one, two): (std::io::Result<u8>, std::io::Result<u8>)| matches!((one, two), (Ok(one), Ok(two)) if one == two);
    Ok(bytes(one)?.zip(bytes(two)?).all(same))
}
