//! Writing: a file is whole the moment it has its name, and what is written is on the disk.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::name::temporary;
use super::{Root, attributes};
use crate::error::{Error, Result};

/// A file that is written and synced, but does not have its name yet. Dropped, it is gone.
#[derive(Debug)]
pub struct Staged {
    pub(super) dir: OwnedFd,
    /// The name that it is going to have.
    pub(super) path: PathBuf,
    /// Its name until then, in the same directory: a rename is atomic only there, and chronyd's
    /// AppArmor profile lets it read a candidate only beside the real file.
    temporary: OsString,
    unlabelled: Option<Errno>,
}

impl Staged {
    /// Why the file does not have the SELinux label of the one that it is going to replace.
    pub fn unlabelled(&self) -> Option<Error> {
        self.unlabelled.map(|why| Error::path("keeping the SELinux label of", &self.path, why))
    }

    /// Where the staged text can be read, as a path of the machine.
    pub fn path(&self) -> PathBuf {
        self.path.with_file_name(&self.temporary)
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When the rename or the sync of the directory fails; the old file is then in force.
    pub fn commit(self) -> Result<()> {
        let named = self.named()?;
        fs::fsync(&named.dir).map_err(|why| Error::path("writing", &named.path, why))
    }

    /// The same, but it has its name on the disk only after a sync.
    pub(super) fn named(mut self) -> Result<Staged> {
        let name = self.path.file_name().unwrap_or_default();
        fs::renameat(&self.dir, &self.temporary, &self.dir, name)
            .map_err(|why| Error::path("writing", &self.path, why))?;
        self.temporary.clear();
        Ok(self)
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
    /// Writes `text` beside `path`, with `mode` and with the SELinux label of the file that it is
    /// going to replace, as far as that may be given.
    ///
    /// # Errors
    /// When any step fails; nothing is left behind.
    pub fn stage(&self, path: &Path, text: &str, mode: u32) -> Result<Staged> {
        self.stage_file((path, text, mode), true)
    }

    pub(super) fn stage_file(&self, (path, text, mode): (&Path, &str, u32), sync: bool) -> Result<Staged> {
        self.make_parents(path, sync)?;
        let fail = |why: Errno| Error::path("writing", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        let temporary = temporary(name);
        match fs::unlinkat(&dir, &temporary, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(why) => return Err(fail(why)),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::openat(&dir, &temporary, flags, Mode::from_raw_mode(0o600)).map_err(fail)?;
        let mut staged = Staged { dir, path: path.to_owned(), temporary, unlabelled: None };
        if let Ok(old) = self.open_in(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()) {
            staged.unlabelled = attributes::label(&old, &fd).err();
        }
        fs::fchmod(&fd, Mode::from_raw_mode(mode)).map_err(fail)?;
        let mut file = File::from(fd);
        file.write_all(text.as_bytes())
            .and_then(|()| if sync { file.sync_all() } else { Ok(()) })
            .map_err(|why| Error::path("writing", path, why))?;
        Ok(staged)
    }

    /// Writes a file in one step: see [`Root::stage`].
    ///
    /// # Errors
    /// As for [`Root::stage`] and [`Staged::commit`].
    pub fn write(&self, path: &Path, text: &str, mode: u32) -> Result<()> {
        self.stage(path, text, mode)?.commit()
    }

    /// Removes what a run that was killed left of `path`.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn remove_temporary(&self, path: &Path) -> Result<()> {
        let beside = temporary_of(path);
        // A read-only file system refuses to remove what is not there.
        if self.exists(&beside) { self.remove(&beside) } else { Ok(()) }
    }

    /// Something that a run left of `path`, and that cannot be removed, is still there.
    pub fn has_temporary(&self, path: &Path) -> bool {
        self.exists(temporary_of(path))
    }

    /// Makes the link `path` that points to `target`, unless there is one already.
    ///
    /// # Errors
    /// When something else is in its place, or it cannot be made.
    pub fn make_link(&self, target: &Path, path: &Path) -> Result<()> {
        self.make_parents(path, true)?;
        let fail = |why: Errno| Error::path("linking", path, why);
        let (dir, name) = self.parent(path).map_err(fail)?;
        match fs::symlinkat(target, &dir, name) {
            Ok(()) => fs::fsync(&dir).map_err(fail),
            Err(Errno::EXIST) if self.link(path).as_deref() == Some(target) => Ok(()),
            Err(why) => Err(fail(why)),
        }
    }

    /// Removes a file, a link or a directory with all that is in it; nothing there is no error.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, path: &Path) -> Result<()> {
        if !self.exists(path) {
            return Ok(());
        }
        self.remove_unsynced(path)?;
        let synced = self.parent(path).and_then(|(dir, _)| fs::fsync(&dir));
        match synced {
            Ok(()) => Ok(()),
            Err(why) => Err(Error::path("removing", path, why)),
        }
    }

    /// The same, but it is gone from the disk only after [`Root::sync`].
    ///
    /// # Errors
    /// As for [`Root::remove`].
    pub fn remove_unsynced(&self, path: &Path) -> Result<()> {
        let fail = |why: Errno| Error::path("removing", path, why);
        let (dir, name) = match self.parent(path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            other => other.map_err(fail)?,
        };
        match fs::unlinkat(&dir, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(Errno::ISDIR | Errno::PERM) if self.is_dir(path) => {
                for entry in self.list_all(path)? {
                    self.remove_unsynced(&path.join(entry.name))?;
                }
                fs::unlinkat(&dir, name, AtFlags::REMOVEDIR).map_err(fail)
            }
            Err(why) => Err(fail(why)),
        }
    }

    /// Removes a directory if it is there and nothing is in it.
    ///
    /// # Errors
    /// When it is empty and cannot be removed.
    pub fn remove_empty(&self, path: &Path) -> Result<()> {
        // A file system that cannot be written says so first.
        if !self.exists(path) {
            return Ok(());
        }
        let removed = self.parent(path).and_then(|(dir, name)| {
            fs::unlinkat(&dir, name, AtFlags::REMOVEDIR)?;
            fs::fsync(&dir)
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

    pub(super) fn make_parents(&self, path: &Path, sync: bool) -> Result<()> {
        for dir in self.missing_parents(path) {
            let made = self.parent(&dir).and_then(|(above, name)| {
                fs::mkdirat(&above, name, Mode::from_raw_mode(0o755))?;
                // The umask is the caller's; the mode is ours.
                fs::chmodat(&above, name, Mode::from_raw_mode(0o755), AtFlags::empty())?;
                if sync { fs::fsync(&above) } else { Ok(()) }
            });
            match made {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(why) => return Err(Error::path("making", &dir, why)),
            }
        }
        Ok(())
    }

    fn is_dir(&self, path: &Path) -> bool {
        matches!(self.lstat(path), Ok(Some(stat))
            if fs::FileType::from_raw_mode(stat.st_mode).is_dir())
    }
}

/// Where `path` is until it has its name.
pub(super) fn temporary_of(path: &Path) -> PathBuf {
    path.with_file_name(temporary(path.file_name().unwrap_or_default()))
}
