//! Writing: a file is whole the moment it has its name, and what is written is on the disk.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::name::temporary;
use super::walk::{ENTER, open_file};
use super::{Root, label};
use crate::error::{Error, Result};

/// A file that is written and synced, but does not have its name yet. Dropped, it is gone.
#[derive(Debug)]
pub struct Staged {
    dir: OwnedFd,
    /// The name that it is going to have.
    path: PathBuf,
    /// Name until then, in the same directory: a rename is atomic only there, and chronyd's
    /// AppArmor profile lets it read a candidate only beside the real file.
    temporary: OsString,
}

impl Staged {
    /// Path at which the staged text can be read, as one of the machine.
    pub fn path(&self) -> PathBuf {
        self.path.with_file_name(&self.temporary)
    }

    /// Gives the file its name. Where that fails the old file is in force.
    pub fn commit(mut self) -> Result<()> {
        let name = self.path.file_name().unwrap_or_default();
        let renamed = fs::renameat(&self.dir, &self.temporary, &self.dir, name);
        if renamed.is_ok() {
            self.temporary.clear();
        }
        renamed.and_then(|()| sync(&self.dir)).map_err(|why| Error::path("writing", &self.path, why))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.temporary.is_empty() {
            let _ = fs::unlinkat(&self.dir, &self.temporary, AtFlags::empty());
        }
    }
}

impl Root {
    /// Writes `text` next to `path`, with `mode` and with the SELinux label of the file that it is going to replace. Where any
    /// step fails, nothing is left behind.
    pub fn stage(&self, path: &Path, text: &str, mode: u32) -> Result<Staged> {
        self.make_parents(path)?;
        let fail = |why: Errno| Error::path("writing", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        let temporary = temporary(&name);
        match fs::unlinkat(&dir, &temporary, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(why) => return Err(fail(why)),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::openat(&dir, &temporary, flags, Mode::from_raw_mode(0o600)).map_err(fail)?;
        let staged = Staged { dir, path: path.to_owned(), temporary };
        if let Ok((old, _)) = open_file((&staged.dir, &name)) {
            label::copy(&old, &fd, path);
        }
        fs::fchmod(&fd, Mode::from_raw_mode(mode)).map_err(fail)?;
        let mut file = File::from(fd);
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|why| Error::path("writing", path, why))?;
        Ok(staged)
    }

    /// Writes a file in one step: see [`Root::stage`].
    pub fn write(&self, path: &Path, text: &str, mode: u32) -> Result<()> {
        self.stage(path, text, mode)?.commit()
    }

    /// Removes what a run that was killed left of `path`.
    pub fn remove_temporary(&self, path: &Path) -> Result<()> {
        self.remove(&temporary_of(path))
    }

    /// Makes the link `path` that points to `target`, unless there is one already; something else there is an error.
    pub fn make_link(&self, target: &Path, path: &Path) -> Result<()> {
        self.make_parents(path)?;
        let fail = |why: Errno| Error::path("linking", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        match fs::symlinkat(target, &dir, &name) {
            Ok(()) => sync(&dir).map_err(fail),
            Err(Errno::EXIST) if self.link(path).as_deref() == Some(target) => Ok(()),
            Err(why) => Err(fail(why)),
        }
    }

    /// Removes a directory if it is there and nothing is in it.
    pub fn remove_empty(&self, path: &Path) -> Result<()> {
        // A file system that cannot be written says so first.
        if !self.exists(path) {
            return Ok(());
        }
        let removed = self.parent(path).and_then(|(dir, name)| {
            fs::unlinkat(&dir, &name, AtFlags::REMOVEDIR)?;
            sync(&dir)
        });
        match removed {
            Ok(()) | Err(Errno::NOENT | Errno::NOTDIR | Errno::NOTEMPTY) => Ok(()),
            Err(why) => Err(Error::path("removing", path, why)),
        }
    }

    /// The directories above `path` that are not there, the uppermost first.
    pub fn missing_parents(&self, path: &Path) -> Vec<PathBuf> {
        let missing = |dir: &&Path| !self.exists(dir) && dir.file_name().is_some();
        let mut dirs: Vec<PathBuf> =
            path.ancestors().skip(1).take_while(missing).map(Path::to_owned).collect();
        dirs.reverse();
        dirs
    }

    pub(super) fn make_parents(&self, path: &Path) -> Result<()> {
        self.missing_parents(path)
            .iter()
            .try_for_each(|dir| self.make_dir(dir, 0o755).map_err(|why| Error::path("making", dir, why)))
    }

    /// Makes a directory that only its owner can enter, or closes the one that is there.
    pub fn make_private(&self, dir: &Path) -> Result<()> {
        self.make_parents(dir)?;
        self.make_dir(dir, 0o700).map_err(|why| Error::path("making", dir, why))
    }

    pub(super) fn make_dir(&self, dir: &Path, mode: u32) -> rustix::io::Result<()> {
        let (above, name) = self.parent(dir)?;
        let made = fs::mkdirat(&above, &name, Mode::from_raw_mode(mode));
        if let Err(why) = made
            && why != Errno::EXIST
        {
            return Err(why);
        }
        // The umask is the caller's; the mode is ours.
        let dir = fs::openat(&above, &name, ENTER, Mode::empty())?;
        if fs::fstat(&dir)?.st_mode & 0o7777 != mode {
            fs::fchmod(&dir, Mode::from_raw_mode(mode))?;
        }
        if made.is_ok() { sync(&above) } else { Ok(()) }
    }
}

/// Opens a directory that was only looked at so far.
pub(super) fn open(dir: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    fs::openat(dir, ".", ENTER, Mode::empty())
}

/// Brings the names in a directory to the disk.
pub(super) fn sync(dir: &OwnedFd) -> rustix::io::Result<()> {
    fs::fsync(open(dir)?)
}

/// Name of `path` until it has its own.
pub(super) fn temporary_of(path: &Path) -> PathBuf {
    path.with_file_name(temporary(path.file_name().unwrap_or_default()))
}
