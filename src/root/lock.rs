//! One writer at a time.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::Root;
use crate::error::{Error, Result};

impl Root {
    /// Tries to become the only writer: the lock file of a live machine, the tree itself of an
    /// image (which keeps no lock file) and of a machine whose /run is full, which needs its gate
    /// all the same. None while another run is. The lock ends with the descriptor.
    ///
    /// # Errors
    /// When nothing can be locked.
    pub fn lock(&self, lock_file: &Path) -> Result<Option<OwnedFd>> {
        let file = if self.is_host() && self.make_parents(lock_file).is_ok() {
            // Who can read a file can hold its lock.
            self.open_in(lock_file, OFlags::RDWR | OFlags::CREATE, Mode::from_raw_mode(0o600)).ok()
        } else {
            None
        };
        let tree = || self.open_in(Path::new("/"), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty());
        let fd = file.map_or_else(tree, Ok).map_err(|why| Error::path("opening", lock_file, why))?;
        match fs::flock(&fd, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(fd)),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(why) => Err(Error::path("locking", lock_file, why)),
        }
    }
}
