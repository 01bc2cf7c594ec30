//! One writer at a time. Whoever can open a file can hold its lock, and a directory can be opened by all who may list it: the lock
//! is a file that only root can open.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{self, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::Root;
use crate::error::{Error, Result};

/// Limit of a run's wait for another one to end. A pass that is let alone is shorter.
pub const LOCK_DEADLINE: Duration = Duration::from_secs(30);

/// The right to write, which ends with it.
#[derive(Debug)]
pub struct Lock<'a> {
    root: &'a Root,
    /// None on a read-only file system, where no run can write.
    file: Option<OwnedFd>,
    /// Removed in the end, and then its directory and those that were made for it, as far as they are empty: an image keeps no lock.
    passing: Option<(&'a Path, Vec<PathBuf>)>,
}

impl Root {
    /// Tries to become the only writer: by `live` on a running machine, and by `passing` in an image, or where /run is full: such a
    /// machine needs its gate, too. None while another run has the lock.
    pub fn lock<'a>(&'a self, live: &Path, passing: &'a Path) -> Result<Option<Lock<'a>>> {
        if self.is_host()
            && let Ok(file) = self.try_lock(live)
        {
            return Ok(file.map(|file| Lock { root: self, file: Some(file), passing: None }));
        }
        let mut dirs = self.missing_parents(passing);
        if dirs.is_empty() {
            dirs.extend(passing.parent().map(Path::to_owned));
        }
        match self.try_lock(passing) {
            Ok(file) => {
                Ok(file.map(|file| Lock { root: self, file: Some(file), passing: Some((passing, dirs)) }))
            }
            Err(Errno::ROFS) => Ok(Some(Lock { root: self, file: None, passing: None })),
            Err(why) => Err(Error::path("locking", passing, why)),
        }
    }

    fn try_lock(&self, path: &Path) -> rustix::io::Result<Option<OwnedFd>> {
        for dir in self.missing_parents(path) {
            self.make_dir(&dir, 0o755)?;
        }
        let file = self.open_in(path, OFlags::RDWR | OFlags::CREATE, Mode::from_raw_mode(0o600))?;
        match fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(None),
            other => other?,
        }
        // The run that had it may have removed the file since it was opened here.
        let (locked, named) = (fs::fstat(&file)?, self.look(path));
        Ok(named.is_ok_and(|named| named.st_ino == locked.st_ino).then_some(file))
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if let Some((path, dirs)) = &self.passing {
            // While it is still held.
            let _ = self.root.remove(path);
            dirs.iter().rev().for_each(|dir| drop(self.root.remove_empty(dir)));
        }
        drop(self.file.take());
    }
}
