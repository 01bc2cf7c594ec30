//! Copying and removing single files, by descriptors: whoever owns a directory on the way can put a link there while root walks.
//! A directory is neither copied nor removed with what is in it. Backing up copies, syncs and unlinks, because /etc and /var/lib
//! are different mounts in the unit's sandbox and a rename between them is refused.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid};
use rustix::io::Errno;

use super::walk::{At, LOOK, open_file};
use super::write::{open, sync, temporary_of};
use super::{Root, kind_name, label};
use crate::error::{Error, Result, shown};

impl Root {
    /// Copies a file or a link to `to`, where nothing is yet, with mode, times, owner and SELinux label, and syncs it. Anything
    /// else is an error. Where any step fails, `to` is as it was.
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
        let copied =
            copy_at((&from_dir, &from_name), (&dir, &name), from).and_then(|()| sync(&dir).map_err(fail));
        if copied.is_err() {
            let _ = fs::unlinkat(&dir, &name, AtFlags::empty());
        }
        copied
    }

    /// Puts a copy of `backup` in the place of the file or link at `path`; what is the same already is not touched.
    pub fn restore(&self, backup: &Path, path: &Path) -> Result<()> {
        if self.is_same(path, backup)? {
            return Ok(());
        }
        let temporary = temporary_of(path);
        self.remove(&temporary)?;
        self.copy(backup, &temporary).map_err(|why| Error::path("restoring", path, why))?;
        let replaced = self.parent(path).and_then(|(dir, name)| {
            fs::renameat(&dir, temporary.file_name().unwrap_or_default(), &dir, &name)?;
            sync(&dir)
        });
        if replaced.is_err() {
            let _ = self.remove(&temporary);
        }
        replaced.map_err(|why| Error::path("restoring", path, why))
    }

    /// Removes a file or a link; nothing there is no error.
    pub fn remove(&self, path: &Path) -> Result<()> {
        // A read-only file system refuses to remove what is not there.
        if !self.exists(path) {
            return Ok(());
        }
        let removed = self.parent(path).and_then(|(dir, name)| {
            match fs::unlinkat(&dir, &name, AtFlags::empty()) {
                Err(Errno::NOENT) => {}
                other => other?,
            }
            sync(&dir)
        });
        removed.map_err(|why| Error::path("removing", path, why))
    }

    /// Brings to the disk what the file system of `path` holds: a copy may be one of a run that was killed before it was synced.
    pub fn sync(&self, path: &Path) -> Result<()> {
        let synced = self.parent(path).and_then(|(dir, _)| fs::syncfs(open(&dir)?));
        synced.map_err(|why| Error::path("syncing", path, why))
    }
}

/// `path` is what errors call the original.
fn copy_at(from: At, to: At, path: &Path) -> Result<()> {
    let fail = |why: Errno| Error::path("copying", path, why);
    let original = fs::openat(from.0, from.1, LOOK, Mode::empty()).map_err(fail)?;
    let stat = fs::fstat(&original).map_err(fail)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => copy_file(from, to, path),
        FileType::Symlink => copy_link(&original, &stat, to).map_err(fail),
        other => Err(Error::path("copying", path, format_args!("it is {}", kind_name(other)))),
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
fn copy_metadata(stat: &Stat, made: &File) -> rustix::io::Result<()> {
    fs::fchmod(made, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    fs::futimens(made, &times(stat))?;
    let (uid, gid) = owner(stat);
    fs::fchown(made, Some(uid), Some(gid))
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
