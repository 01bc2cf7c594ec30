//! Copying with all that belongs to a file. Setting aside copies, syncs and unlinks, because /etc
//! and /var/lib are different mounts in the unit's sandbox and a rename between them is refused.

use std::fs::File;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::{Root, kind_name};
use crate::error::{Error, Result};

impl Root {
    /// Copies a file, a link or a whole directory to `to` with owner, mode, times and extended
    /// attributes, and syncs it. What is at `to` is replaced.
    ///
    /// # Errors
    /// When `from` is a device, FIFO or socket, or any step fails; `to` is then not there.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        self.remove(to)?;
        self.make_parents(to)?;
        let copied = self.copy_one(from, to);
        if copied.is_err() {
            let _ = self.remove(to);
        }
        copied
    }

    /// Puts the copy `kept` back to `path`, whatever is there; the copy stays.
    ///
    /// # Errors
    /// When any step fails; what was at `path` is then still there.
    pub fn put_back(&self, kept: &Path, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.cloud-timesync"));
        self.copy(kept, &beside)?;
        let fail = |why: Errno| Error::path("giving back", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        // A directory cannot be renamed over; what was set aside as one is not written anew.
        let renamed = fs::renameat(&dir, beside.file_name().unwrap_or_default(), &dir, name);
        if renamed.is_err() {
            let _ = self.remove(&beside);
        }
        renamed.map_err(fail)?;
        fs::fsync(&dir).map_err(fail)
    }

    fn copy_one(&self, from: &Path, to: &Path) -> Result<()> {
        let stat = self.lstat(from)?.ok_or_else(|| Error::path("copying", from, "it is gone"))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.copy_file(from, to, &stat),
            FileType::Symlink => self.copy_link(from, to, &stat),
            FileType::Directory => self.copy_dir(from, to, &stat),
            other => Err(Error::path("copying", from, format_args!("it is {}", kind_name(other)))),
        }
    }

    fn copy_file(&self, from: &Path, to: &Path, stat: &Stat) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", from, why);
        let (dir, name) = self.parent(from).map_err(fail)?;
        let source =
            fs::openat(&dir, name, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
                .map_err(fail)?;
        let (dir, name) = self.parent(to).map_err(fail)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let target = fs::openat(&dir, name, flags, Mode::from_raw_mode(0o600)).map_err(fail)?;
        let (mut source, mut target) = (File::from(source), File::from(target));
        std::io::copy(&mut source, &mut target).map_err(|why| Error::path("copying", from, why))?;
        fs::fchown(&target, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))
            .map_err(fail)?;
        fs::fchmod(&target, Mode::from_raw_mode(stat.st_mode & 0o7777)).map_err(fail)?;
        xattrs(&source, &target).map_err(fail)?;
        fs::futimens(&target, &times(stat)).map_err(fail)?;
        fs::fsync(&target).map_err(fail)?;
        fs::fsync(&dir).map_err(fail)
    }

    fn copy_link(&self, from: &Path, to: &Path, stat: &Stat) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", from, why);
        let (dir, name) = self.parent(from).map_err(fail)?;
        let target = fs::readlinkat(&dir, name, Vec::new()).map_err(fail)?;
        let (dir, name) = self.parent(to).map_err(fail)?;
        fs::symlinkat(&target, &dir, name).map_err(fail)?;
        let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        fs::chownat(&dir, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        fs::utimensat(&dir, name, &times(stat), AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        fs::fsync(&dir).map_err(fail)
    }

    fn copy_dir(&self, from: &Path, to: &Path, stat: &Stat) -> Result<()> {
        let fail = |why: Errno| Error::path("copying", from, why);
        let (dir, name) = self.parent(to).map_err(fail)?;
        fs::mkdirat(&dir, name, Mode::from_raw_mode(0o700)).map_err(fail)?;
        for entry in self.list(from)? {
            self.copy_one(&from.join(&entry.name), &to.join(&entry.name))?;
        }
        let open = |path| self.open_in(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty());
        let (source, target) = (open(from).map_err(fail)?, open(to).map_err(fail)?);
        fs::fchown(&target, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))
            .map_err(fail)?;
        fs::fchmod(&target, Mode::from_raw_mode(stat.st_mode & 0o7777)).map_err(fail)?;
        xattrs(&source, &target).map_err(fail)?;
        fs::futimens(&target, &times(stat)).map_err(fail)?;
        fs::fsync(&target).map_err(fail)
    }
}

fn times(stat: &Stat) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: stat.st_atime, tv_nsec: stat.st_atime_nsec as _ },
        last_modification: Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as _ },
    }
}

/// The SELinux label of the file that is replaced, where there is one. A file system without
/// labels, or a policy that sets them itself, is no error.
pub(super) fn label(from: impl rustix::fd::AsFd, to: impl rustix::fd::AsFd) {
    let mut label = vec![0; 1024];
    if let Ok(length) = fs::fgetxattr(&from, "security.selinux", &mut label[..]) {
        let _ = fs::fsetxattr(&to, "security.selinux", &label[..length], XattrFlags::empty());
    }
}

/// Every extended attribute. One that the target's file system cannot hold is an error: it
/// would be lost.
fn xattrs(from: impl rustix::fd::AsFd, to: impl rustix::fd::AsFd) -> rustix::io::Result<()> {
    let mut names = vec![0_u8; 64 << 10];
    let length = match fs::flistxattr(&from, &mut names[..]) {
        Err(Errno::OPNOTSUPP) => return Ok(()),
        other => other?,
    };
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0_u8; 64 << 10];
        let length = fs::fgetxattr(&from, name, &mut value[..])?;
        match fs::fsetxattr(&to, name, &value[..length], XattrFlags::empty()) {
            // The label that the policy gives to the new place stands.
            Err(Errno::OPNOTSUPP | Errno::PERM | Errno::ACCESS) if name.starts_with(b"security.") => {}
            other => other?,
        }
    }
    Ok(())
}
