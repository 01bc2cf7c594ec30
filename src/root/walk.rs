//! The way to a path, one directory after the other. The kernel could walk it in one call, and would follow links that another
//! user put there; and RestrictSUIDSGID= in the unit answers openat2 with ENOSYS, whose flags a seccomp filter cannot see.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{self, Errno};

use super::Root;
use super::host::Place;

/// A directory that is open, and a name in it.
pub(super) type At<'a> = (&'a OwnedFd, &'a OsStr);

/// Looks at what has the name, and neither opens it nor follows it.
pub(super) const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens a directory, and no link to one.
pub(super) const ENTER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The kernel's limit, too: path_resolution(7).
const MOST_LINKS: usize = 40;

impl Root {
    /// The directory that holds `path`, opened, and the name in it, whether something has it yet or not.
    pub(super) fn parent(&self, path: &Path) -> io::Result<(OwnedFd, OsString)> {
        self.walk(path, false)
    }

    /// Opens what is at `path`; links are followed inside the root.
    pub(super) fn open_in(&self, path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let (dir, name) = self.walk(path, true)?;
        fs::openat(&dir, &name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, mode)
    }

    /// Opens the regular file that is at `path`; AGAIN where it is something else.
    pub(super) fn open_file(&self, path: &Path) -> io::Result<(OwnedFd, Stat)> {
        let (dir, name) = self.walk(path, true)?;
        open_file((&dir, &name))
    }

    /// Looks at `path`, without following it.
    pub(super) fn look(&self, path: &Path) -> io::Result<Stat> {
        let (dir, name) = self.parent(path)?;
        fs::statat(&dir, &name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Root owns it, or whoever owns the whole tree. Everybody else can swap what is in a directory of theirs while this
    /// process walks through it.
    pub(super) fn is_roots(&self, stat: &Stat) -> bool {
        stat.st_uid == 0 || stat.st_uid == self.owner
    }

    /// Tells whether the directory is root's.
    pub(super) fn owns(&self, dir: impl AsFd) -> io::Result<bool> {
        Ok(self.is_roots(&fs::fstat(dir)?))
    }

    /// Walks by descriptors, so that `..` and links lead nowhere out of the root. `follow` is for a link that has the last name.
    fn walk(&self, path: &Path, follow: bool) -> io::Result<(OwnedFd, OsString)> {
        let mut way = vec![self.dir.try_clone().map_err(|_| Errno::MFILE)?];
        let mut ahead = names_of(path);
        let mut links = 0;
        while let Some(name) = ahead.pop() {
            let here = way.last().expect("the root is never left");
            let is_last = ahead.is_empty();
            if name == ".." {
                way.truncate((way.len() - 1).max(1));
                continue;
            }
            if !is_last {
                match fs::openat(here, &name, OFlags::PATH | ENTER, Mode::empty()) {
                    Err(Errno::NOTDIR | Errno::LOOP) => {}
                    Err(why) => return Err(why),
                    Ok(dir) => {
                        way.push(dir);
                        continue;
                    }
                }
            }
            let target = if is_last && !follow { None } else { link_at((here, &name))? };
            match target {
                None if is_last => return self.arrived(way, name, path),
                None => return Err(Errno::NOTDIR),
                Some(target) => {
                    links += 1;
                    if links > MOST_LINKS || !self.may_follow((here, &name), &way)? {
                        return Err(Errno::LOOP);
                    }
                    way.truncate(if target.is_absolute() { 1 } else { way.len() });
                    ahead.extend(names_of(&target));
                }
            }
        }
        self.arrived(way, ".".into(), path)
    }

    fn arrived(&self, mut way: Vec<OwnedFd>, name: OsString, path: &Path) -> io::Result<(OwnedFd, OsString)> {
        let dir = way.pop().expect("the root is never left");
        // Whoever builds an image mounts these in its tree, and they tell of the builder.
        let is_kernels = path.starts_with("/sys") || path.starts_with("/proc");
        if is_kernels && !self.is_host() && !Place::of(&dir, "")?.is_on_mount_of(&Place::of(&self.dir, "")?) {
            return Err(Errno::NOENT);
        }
        Ok((dir, name))
    }

    /// The link is root's, and so is every directory on the way to it.
    fn may_follow(&self, link: At, way: &[OwnedFd]) -> io::Result<bool> {
        let mut may = self.is_roots(&fs::statat(link.0, link.1, AtFlags::SYMLINK_NOFOLLOW)?);
        for dir in way {
            may &= self.owns(dir)?;
        }
        Ok(may)
    }
}

/// Reads where a link points; None where the name is no link's.
fn link_at(at: At) -> io::Result<Option<PathBuf>> {
    match fs::readlinkat(at.0, at.1, Vec::new()) {
        Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()).into())),
        Err(Errno::INVAL | Errno::NOENT) => Ok(None),
        Err(why) => Err(why),
    }
}

/// The parts of a path, the last one first.
fn names_of(path: &Path) -> Vec<OsString> {
    let name = |part: Component| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(name).collect()
}

/// Opens a regular file: opening a device or a FIFO does something. AGAIN where it is something else, or another one by then.
pub(super) fn open_file(at: At) -> io::Result<(OwnedFd, Stat)> {
    let found = fs::openat(at.0, at.1, LOOK, Mode::empty())?;
    let seen = fs::fstat(&found)?;
    if !FileType::from_raw_mode(seen.st_mode).is_file() {
        return Err(Errno::AGAIN);
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = fs::openat(at.0, at.1, flags, Mode::empty())?;
    let stat = fs::fstat(&file)?;
    // `found` is still open, so that no other file has its number.
    let is_same = (stat.st_dev, stat.st_ino) == (seen.st_dev, seen.st_ino);
    drop(found);
    if is_same { Ok((file, stat)) } else { Err(Errno::AGAIN) }
}
