//! Root: every path that is read or written goes through it.
//!
//! Paths are those of the machine ("/etc/chrony/chrony.conf"), also under `--root`: neither a link nor `..` leads out of
//! the tree. A link is followed only where root owns the way to it, and a directory that is not root's is never walked.

// This is the room that touches files.
#![allow(clippy::disallowed_methods)]

mod compare;
mod copy;
mod found;
mod host;
mod label;
mod list;
mod lock;
mod name;
mod walk;
mod write;

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{self, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::error::{Error, Result};
pub use found::{Found, Permissions, Times};
pub use list::Entry;
pub use lock::{LOCK_DEADLINE, Lock};
pub use name::{is_temporary, with_suffix};
pub use write::Staged;

/// No file of others that the agent reads is near this size; a larger one is not what its name says.
const READ_LIMIT: u64 = 1 << 20;

/// linux/magic.h.
const TMPFS: u32 = 0x0102_1994;
const RAMFS: u32 = 0x8584_58f6;

/// A machine's file system, or an image's tree.
#[derive(Debug)]
pub struct Root {
    dir: OwnedFd,
    path: PathBuf,
    is_host: bool,
    /// Owner of the tree: root, or a builder without privileges.
    owner: u32,
}

impl Root {
    /// The running machine itself where `path` leads to the root of this process, by whatever name; a tree anywhere else.
    pub fn open(path: &Path) -> Result<Root> {
        let fail = |why| Error::path("opening the root", path, why);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = fs::open(path, flags, Mode::empty()).map_err(fail)?;
        let is_host = host::is_own_root(&dir, path).map_err(fail)?;
        let owner = fs::fstat(&dir).map_err(fail)?.st_uid;
        Ok(Root { dir, path: path.to_owned(), is_host, owner })
    }

    /// The same directory as a tree: what it is part of is neither asked nor told anything.
    pub fn into_tree(self) -> Root {
        Root { is_host: false, ..self }
    }

    /// The running machine itself, not a tree.
    pub fn is_host(&self) -> bool {
        self.is_host
    }

    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// The name of the tree on the machine that the agent runs on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what is at `path`, with its text if it is a file; links are followed inside the root.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Found> {
        self.read_up_to(path.as_ref(), READ_LIMIT)
    }

    /// The same for a file that may be as large as `limit` bytes.
    pub fn read_up_to(&self, path: &Path, limit: u64) -> Result<Found> {
        let fail = |why: Errno| Error::path("reading", path, why);
        let stat = match self.stat(path) {
            Err(Errno::NOENT | Errno::NOTDIR) => {
                // A link that leads nowhere is not nothing: it is in the way of a new file.
                return Ok(match self.lstat(path)? {
                    Some(_) => Found::Opaque("a link that leads nowhere".to_owned()),
                    None => Found::Absent,
                });
            }
            Err(Errno::LOOP) => {
                return Ok(Found::Opaque("a link that leads to itself, or is not root's".to_owned()));
            }
            other => other.map_err(fail)?,
        };
        let kind = FileType::from_raw_mode(stat.st_mode);
        if !kind.is_file() {
            return Ok(Found::NotAFile(kind_name(kind).to_owned()));
        }
        let (file, stat) = self.open_file(path).map_err(fail)?;
        let mut bytes = Vec::new();
        File::from(file)
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|why| Error::path("reading", path, why))?;
        if bytes.len() as u64 > limit {
            return Ok(Found::Opaque(format!("a file of more than {} MiB", limit >> 20)));
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Found::File { text, mode: stat.st_mode & 0o7777 },
            Err(_) => Found::Opaque("a file that is not UTF-8".to_owned()),
        })
    }

    /// The text of a file, or None where there is none that can be read.
    pub fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        match self.read(path) {
            Ok(Found::File { text, .. }) => Some(text),
            _ => None,
        }
    }

    /// A file's first bytes, at most `limit`; None where there is none.
    pub fn bytes(&self, path: impl AsRef<Path>, limit: u64) -> Option<Vec<u8>> {
        let (file, _) = self.open_file(path.as_ref()).ok()?;
        let mut bytes = Vec::new();
        File::from(file).take(limit).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Something is at `path`, be it a link that leads nowhere.
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        matches!(self.lstat(path.as_ref()), Ok(Some(_)))
    }

    /// Nothing is at `path`. False also where it cannot be looked at.
    pub fn is_absent(&self, path: impl AsRef<Path>) -> bool {
        matches!(self.lstat(path.as_ref()), Ok(None))
    }

    /// `path` is, or would be, on a file system in memory, which the next boot finds empty.
    pub fn is_volatile(&self, path: &Path) -> bool {
        let dir =
            path.ancestors().skip(1).find_map(|dir| self.open_in(dir, OFlags::PATH, Mode::empty()).ok());
        let kind = dir.and_then(|dir| fs::fstatfs(dir).ok()).map(|stat| stat.f_type as u32);
        matches!(kind, Some(TMPFS | RAMFS))
    }

    /// `path` can be run.
    pub fn is_executable(&self, path: impl AsRef<Path>) -> bool {
        self.stat(path.as_ref())
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_file() && stat.st_mode & 0o111 != 0)
    }

    /// Looks up the owner of `path` and its mode; links are followed inside the root. None where nothing is there.
    pub fn permissions(&self, path: impl AsRef<Path>) -> Result<Option<Permissions>> {
        let path = path.as_ref();
        match self.stat(path) {
            Ok(stat) => {
                Ok(Some(Permissions { uid: stat.st_uid, gid: stat.st_gid, mode: stat.st_mode & 0o7777 }))
            }
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(why) => Err(Error::path("looking at", path, why)),
        }
    }

    /// Looks up when `path` was written and changed; links are followed inside the root. None where it cannot be looked at.
    pub fn times(&self, path: impl AsRef<Path>) -> Option<Times> {
        self.stat(path.as_ref()).ok().map(|stat| Times { modified: stat.st_mtime, changed: stat.st_ctime })
    }

    /// Reads where the link at `path` points, as it is written; None if it is no link.
    pub fn link(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        let (dir, name) = self.parent(path.as_ref()).ok()?;
        let target = fs::readlinkat(&dir, name, Vec::new()).ok()?;
        Some(PathBuf::from(target.into_string().ok()?))
    }

    /// Resolves the link at `path` by its text alone: absolute, and without `..`; None if it is no link.
    pub fn link_target(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        let target = path.as_ref().parent()?.join(self.link(&path)?);
        let mut absolute = PathBuf::from("/");
        for part in target.components() {
            match part {
                Component::Normal(name) => absolute.push(name),
                Component::ParentDir => drop(absolute.pop()),
                _ => {}
            }
        }
        Some(absolute)
    }

    /// Looks at what is at `path`; links are followed inside the root.
    fn stat(&self, path: &Path) -> rustix::io::Result<Stat> {
        fs::fstat(self.open_in(path, OFlags::PATH, Mode::empty())?)
    }

    fn lstat(&self, path: &Path) -> Result<Option<Stat>> {
        match self.look(path) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(why) => Err(Error::path("looking at", path, why)),
        }
    }
}

/// Writes a file that the operator names on the command line, by a path of the machine that runs the program. What is not
/// a regular file (/dev/stdout, a pipe) is written to.
pub fn write_operators_file(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|why| Error::path("writing", path, why))
}

fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::Directory => "a directory",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "not a file",
    }
}

#[cfg(test)]
mod tests;
