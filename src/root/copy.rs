//! Copying and removing, by descriptors all the way down: whoever owns a directory on the way can put a link there while root
//! walks. Backing up copies, syncs and unlinks, because /etc and /var/lib are different mounts in the unit's sandbox and a
//! rename between them is refused.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid};
use rustix::io::Errno;

use super::list::names;
use super::walk::{At, ENTER, LOOK, open_file};
use super::write::{open, sync, temporary_of};
use super::{Root, kind_name, label};
use crate::error::{Error, Result, shown};

impl Root {
    /// Copies a file, a link or a whole directory to `to`, where nothing is yet, with mode, times, owner and SELinux label, and
    /// syncs it. A device, FIFO or socket is an error. Where any step fails, `to` is as it was.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", from, why);
        // It may be the only copy of something else.
        if self.lstat(to)?.is_some() {
            return Err(Error::path("copying", from, format_args!("something is at {} already", shown(to))));
        }
        if self.lstat(from)?.is_none() {
            return Err(Error::path("copying", from, "it is gone"));
        }
        self.make_parents(to)?;
        let (from_dir, from_name) = self.parent(from).map_err(fail)?;
        let (dir, name) = self.parent(to).map_err(fail)?;
        let copied = self
            .copy_at((&from_dir, &from_name), (&dir, &name), from)
            .and_then(|()| sync(&dir).map_err(fail));
        if copied.is_err() {
            let _ = self.remove_at((&dir, &name), to);
        }
        copied
    }

    /// Puts a copy of `backup` in the place of whatever is at `path`; what is the same already is not touched.
    pub fn restore(&self, backup: &Path, path: &Path) -> Result<()> {
        if self.is_same(path, backup)? {
            return Ok(());
        }
        let temporary = temporary_of(path);
        self.remove(&temporary)?;
        self.copy(backup, &temporary).map_err(|why| Error::path("restoring", path, why))?;
        let replaced = self.replace(&temporary, path);
        if replaced.is_err() {
            let _ = self.remove(&temporary);
        }
        replaced
    }

    /// Removes a file, a link or a directory with all that is in it; nothing there is no error.
    pub fn remove(&self, path: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("removing", path, why);
        // A read-only file system refuses to remove what is not there.
        if !self.exists(path) {
            return Ok(());
        }
        let (dir, name) = self.parent(path).map_err(fail)?;
        self.remove_at((&dir, &name), path)?;
        sync(&dir).map_err(fail)
    }

    /// Brings to the disk what the file system of `path` holds: a copy may be one of a run that was killed before it was synced.
    pub fn sync(&self, path: &Path) -> Result<()> {
        let synced = self.parent(path).and_then(|(dir, _)| fs::syncfs(open(&dir)?));
        synced.map_err(|why| Error::path("syncing", path, why))
    }

    /// Gives `temporary` the name of `path`, which is in the same directory.
    fn replace(&self, temporary: &Path, path: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("restoring", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        let rename = || fs::renameat(&dir, temporary.file_name().unwrap_or_default(), &dir, &name);
        match rename() {
            // A rename puts no directory in the place of something, and nothing in that of one.
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::ISDIR | Errno::NOTDIR) => {
                self.remove_at((&dir, &name), path)?;
                rename().map_err(fail)?;
            }
            other => other.map_err(fail)?,
        }
        sync(&dir).map_err(fail)
    }

    /// `path` is what errors call the original.
    fn copy_at(&self, from: At, to: At, path: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", path, why);
        let original = fs::openat(from.0, from.1, LOOK, Mode::empty()).map_err(fail)?;
        let stat = fs::fstat(&original).map_err(fail)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => copy_file(from, to, path),
            FileType::Symlink => copy_link(&original, &stat, to).map_err(fail),
            FileType::Directory => {
                self.must_own("copying", from, path)?;
                self.must_own("copying", to, path)?;
                fs::mkdirat(to.0, to.1, Mode::from_raw_mode(0o700)).map_err(fail)?;
                let made = fs::openat(to.0, to.1, ENTER, Mode::empty()).map_err(fail)?;
                for name in names(&original).map_err(fail)? {
                    self.copy_at((&original, &name), (&made, &name), &path.join(&name))?;
                }
                label::copy(&original, &made, path);
                copy_metadata(&stat, &made).and_then(|()| fs::fsync(&made)).map_err(fail)
            }
            other => Err(Error::path("copying", path, format_args!("it is {}", kind_name(other)))),
        }
    }

    /// Removes what has the name, with all that is in it. `path` is what errors call it.
    fn remove_at(&self, at: At, path: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("removing", path, why);
        match fs::unlinkat(at.0, at.1, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            Err(Errno::ISDIR | Errno::PERM) => {}
            Err(why) => return Err(fail(why)),
        }
        // An immutable file is refused as a directory is.
        let dir = fs::openat(at.0, at.1, ENTER, Mode::empty()).map_err(|why| match why {
            Errno::NOTDIR | Errno::LOOP => fail(Errno::PERM),
            other => fail(other),
        })?;
        self.must_own("removing", at, path)?;
        for name in names(&dir).map_err(fail)? {
            self.remove_at((&dir, &name), &path.join(&name))?;
        }
        fs::unlinkat(at.0, at.1, AtFlags::REMOVEDIR).map_err(fail)
    }

    /// A directory is walked only where root owns the one that holds it.
    fn must_own(&self, verb: &str, (dir, _): At, path: &Path) -> Result<()> {
        match self.owns(dir) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::path(verb, path, "it is a directory in a directory that is not root's")),
            Err(why) => Err(Error::path(verb, path, why)),
        }
    }
}

fn copy_file(from: At, to: At, path: &Path) -> Result<()> {
    let fail = |why: Errno| Error::path("copying", path, why);
    let (original, stat) = open_file(from).map_err(fail)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = fs::openat(to.0, to.1, flags, Mode::from_raw_mode(0o600)).map_err(fail)?;
    let (mut original, mut made) = (File::from(original), File::from(made));
    std::io::copy(&mut original, &mut made).map_err(|why| Error::path("copying", path, why))?;
    label::copy(&original, &made, path);
    copy_metadata(&stat, &made).and_then(|()| fs::fsync(&made)).map_err(fail)
}

fn copy_link(original: &OwnedFd, stat: &Stat, to: At) -> rustix::io::Result<()> {
    let target = fs::readlinkat(original, "", Vec::new())?;
    fs::symlinkat(&target, to.0, to.1)?;
    let made = fs::openat(to.0, to.1, LOOK, Mode::empty())?;
    // Another's file by now, where the directory is another's.
    if !FileType::from_raw_mode(fs::fstat(&made)?.st_mode).is_symlink() {
        return Err(Errno::AGAIN);
    }
    fs::utimensat(&made, "", &times(stat), AtFlags::EMPTY_PATH)?;
    let (uid, gid) = owner(stat);
    fs::chownat(&made, "", Some(uid), Some(gid), AtFlags::EMPTY_PATH)
}

/// Mode, times, and the owner last: only the owner may change the others, or CAP_FOWNER.
fn copy_metadata(stat: &Stat, made: impl std::os::fd::AsFd) -> rustix::io::Result<()> {
    fs::fchmod(&made, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    fs::futimens(&made, &times(stat))?;
    let (uid, gid) = owner(stat);
    fs::fchown(&made, Some(uid), Some(gid))
}

fn owner(stat: &Stat) -> (Uid, Gid) {
    (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid))
}

fn times(stat: &Stat) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: stat.st_atime, tv_nsec: stat.st_atime_nsec as _ },
        last_modification: Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as _ },
    }
}
