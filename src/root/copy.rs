//! Copying with all that belongs to a file. Setting aside copies, syncs and unlinks, because /etc
//! and /var/lib are different mounts in the unit's sandbox and a rename between them is refused.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid};
use rustix::io::Errno;

use serde::{Deserialize, Serialize};

use super::attributes::{self, Attribute};
use super::write::temporary_of;
use super::{Root, kind_name};
use crate::error::{Error, Result, shown};

/// Whose a file is, where its copy could not be made theirs: the unit's sandbox lets nobody change
/// an owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Below what was copied; empty for itself.
    #[serde(with = "super::path")]
    pub path: PathBuf,
    pub uid: u32,
    pub gid: u32,
}

/// What a copy does not have of the original, because it may not or cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacks {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Owner>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// What something that was put back did not get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutBack {
    /// Its owner, because this process may change none: the unit's sandbox lets nobody.
    pub unowned: bool,
    /// Attributes, each with the reason.
    pub refused: Vec<Error>,
}

impl Root {
    /// Copies a file, a link or a whole directory to `to`, where nothing is yet, with mode, times and, as
    /// far as that is allowed, owner and extended attributes (but for a link's), and syncs it. Returns
    /// what the copy lacks.
    ///
    /// # Errors
    /// When `from` is a device, FIFO or socket, or any step fails; `to` is then as it was.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<Lacks> {
        self.copy_tree(from, to, true)
    }

    /// The same, but what is copied is on the disk only after [`Root::sync`].
    ///
    /// # Errors
    /// As for [`Root::copy`].
    pub fn copy_unsynced(&self, from: &Path, to: &Path) -> Result<Lacks> {
        self.copy_tree(from, to, false)
    }

    /// Brings everything to the disk that the file system of `path` holds: for many copies that is
    /// hundreds of times as fast as one after the other.
    ///
    /// # Errors
    /// When something could not be written, whoever wrote it.
    pub fn sync(&self, path: &Path) -> Result<()> {
        let synced = self.parent(path).and_then(|(dir, _)| fs::syncfs(&dir));
        synced.map_err(|why| Error::path("syncing", path, why))
    }

    fn copy_tree(&self, from: &Path, to: &Path, sync: bool) -> Result<Lacks> {
        // It may be the only copy of something else.
        if self.lstat(to)?.is_some() {
            return Err(Error::path("copying", from, format_args!("something is at {} already", shown(to))));
        }
        self.make_parents(to, sync)?;
        let mut lacks = Lacks::default();
        let copied = self.copy_one(from, to, Path::new(""), sync, &mut lacks);
        if copied.is_err() {
            let _ = self.remove(to);
        }
        copied.map(|()| lacks)
    }

    /// Puts the copy `kept` back to `path`, whatever is there, with what it lacks; the copy stays.
    /// What is the same as its copy already is not touched.
    ///
    /// # Errors
    /// When any step fails but those of [`PutBack`]; the copy is then still there.
    pub fn put_back(&self, kept: &Path, lacks: &Lacks, path: &Path) -> Result<PutBack> {
        if *lacks == Lacks::default() && self.is_same(path, kept)? {
            return Ok(PutBack::default());
        }
        let beside = temporary_of(path);
        self.remove_unsynced(&beside)?;
        let copied = self.copy(kept, &beside);
        let now = copied.map_err(|why| Error::path("giving back", path, why))?;
        let owned = self.own(&beside, &lacks.owners).map_err(|why| Error::path("giving back", path, why));
        let refused = self.set_attributes(&beside, lacks, &now, path);
        let put = owned.and_then(|all| self.replace(&beside, path).map(|()| all));
        if put.is_err() {
            let _ = self.remove(&beside);
        }
        let is_told = |owner: &Owner| lacks.owners.iter().any(|told| told.path == owner.path);
        Ok(PutBack { unowned: !put? || !now.owners.iter().all(is_told), refused })
    }

    /// Gives `path` to its owners; false where that is not allowed.
    fn own(&self, path: &Path, owners: &[Owner]) -> rustix::io::Result<bool> {
        let mut all = true;
        for Owner { path: below, uid, gid } in owners {
            let of = within(path, below);
            let (dir, name) = self.parent(&of)?;
            let (uid, gid) = (Uid::from_raw(*uid), Gid::from_raw(*gid));
            match fs::chownat(&dir, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::PERM) => all = false,
                other => other?,
            }
        }
        Ok(all)
    }

    /// Gives `beside` the attributes that its copy lacks, and tries those again that `now` lacks.
    fn set_attributes(&self, beside: &Path, lacks: &Lacks, now: &Lacks, path: &Path) -> Vec<Error> {
        let refused_now = now.attributes.iter().filter(|now| !lacks.attributes.iter().any(|a| a.is_of(now)));
        let mut refused = Vec::new();
        for attribute in lacks.attributes.iter().chain(refused_now) {
            let of = within(beside, &attribute.path);
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK;
            if let Err(why) = self.open_in(&of, flags, Mode::empty()).and_then(|file| attribute.set(file)) {
                let (name, of) = (shown(Path::new(&attribute.name)), shown(&within(path, &attribute.path)));
                refused.push(Error::new(format_args!("giving {name} back to {of}"), why));
            }
        }
        refused
    }

    /// Gives `beside` the name of `path`, which is in the same directory.
    fn replace(&self, beside: &Path, path: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("giving back", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        let rename = || fs::renameat(&dir, beside.file_name().unwrap_or_default(), &dir, name);
        match rename() {
            // A rename puts no directory in the place of something, and nothing in that of one.
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::ISDIR | Errno::NOTDIR) => {
                self.remove(path)?;
                rename().map_err(fail)?;
            }
            other => other.map_err(fail)?,
        }
        fs::fsync(&dir).map_err(fail)
    }

    fn copy_one(&self, from: &Path, to: &Path, below: &Path, sync: bool, lacks: &mut Lacks) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", from, why);
        let stat = self.lstat(from)?.ok_or_else(|| Error::path("copying", from, "it is gone"))?;
        let (dir, name) = self.parent(to).map_err(fail)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.copy_bytes(from, &dir, name, sync)?,
            FileType::Symlink => {
                let (dir_from, name_from) = self.parent(from).map_err(fail)?;
                let target = fs::readlinkat(&dir_from, name_from, Vec::new()).map_err(fail)?;
                fs::symlinkat(&target, &dir, name).map_err(fail)?;
            }
            FileType::Directory => {
                fs::mkdirat(&dir, name, Mode::from_raw_mode(0o700)).map_err(fail)?;
                for entry in self.list_all(from)? {
                    let name = &entry.name;
                    self.copy_one(&from.join(name), &to.join(name), &below.join(name), sync, lacks)?;
                }
            }
            other => return Err(Error::path("copying", from, format_args!("it is {}", kind_name(other)))),
        }
        self.copy_metadata(from, &stat, &dir, name, below, lacks).map_err(fail)?;
        if sync { fs::fsync(&dir).map_err(fail) } else { Ok(()) }
    }

    fn copy_bytes(&self, from: &Path, dir: &OwnedFd, name: &OsStr, sync: bool) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", from, why);
        let (dir_from, name_from) = self.parent(from).map_err(fail)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut source =
            fs::openat(&dir_from, name_from, flags, Mode::empty()).map(File::from).map_err(fail)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mut target =
            fs::openat(dir, name, flags, Mode::from_raw_mode(0o600)).map(File::from).map_err(fail)?;
        std::io::copy(&mut source, &mut target)
            .and_then(|_| if sync { target.sync_all() } else { Ok(()) })
            .map_err(|why| Error::path("copying", from, why))
    }

    /// Owner, mode, extended attributes and times, in the order in which one does not undo the
    /// other.
    fn copy_metadata(
        &self,
        from: &Path,
        stat: &Stat,
        dir: &OwnedFd,
        name: &OsStr,
        below: &Path,
        lacks: &mut Lacks,
    ) -> rustix::io::Result<()> {
        let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        let now = fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if (now.st_uid, now.st_gid) != (stat.st_uid, stat.st_gid) {
            match fs::chownat(dir, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::PERM) => {
                    lacks.owners.push(Owner { path: below.to_owned(), uid: stat.st_uid, gid: stat.st_gid });
                }
                other => other?,
            }
        }
        if !FileType::from_raw_mode(stat.st_mode).is_symlink() {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let (dir_from, name_from) = self.parent(from)?;
            let source = fs::openat(&dir_from, name_from, flags, Mode::empty())?;
            let target = fs::openat(dir, name, flags, Mode::empty())?;
            fs::fchmod(&target, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
            lacks.attributes.extend(attributes::copy(&source, &target, below)?);
        }
        fs::utimensat(dir, name, &times(stat), AtFlags::SYMLINK_NOFOLLOW)
    }
}

/// An empty path would add a slash, which follows a link.
fn within(path: &Path, below: &Path) -> PathBuf {
    if below.as_os_str().is_empty() { path.to_owned() } else { path.join(below) }
}

fn times(stat: &Stat) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: stat.st_atime, tv_nsec: stat.st_atime_nsec as _ },
        last_modification: Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as _ },
    }
}
