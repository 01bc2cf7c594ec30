//! Tells whether a root is the one of the running machine: a question of mount and inode, not of a path's text.
//! `/proc/PID/root` reads as a link to "/", and is the root of another process.

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::Root;

/// Identity of a directory, which no two have in common. A bind mount of a directory is another one.
#[derive(PartialEq, Eq)]
pub(super) struct Place {
    /// None before Linux 5.8, which does not tell.
    mount: Option<u64>,
    device: (u32, u32),
    inode: u64,
}

impl Place {
    pub(super) fn of(dir: impl AsFd, path: &str) -> rustix::io::Result<Place> {
        let stat = statx(dir, path, AtFlags::EMPTY_PATH, StatxFlags::INO | StatxFlags::MNT_ID)?;
        let tells_mount = StatxFlags::from_bits_retain(stat.stx_mask).contains(StatxFlags::MNT_ID);
        Ok(Place {
            mount: tells_mount.then_some(stat.stx_mnt_id),
            device: (stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
        })
    }

    /// The same file system, mounted in one place.
    pub(super) fn is_on_mount_of(&self, other: &Place) -> bool {
        (self.mount, self.device) == (other.mount, other.device)
    }
}

/// `dir`, which was opened as `path`, is the root of this process.
pub fn is_own_root(dir: impl AsFd, path: &Path) -> rustix::io::Result<bool> {
    let own = Place::of(CWD, "/")?;
    // Where mounts cannot be told from each other, a bind mount of the root has its device and its inode.
    let is_told = own.mount.is_some() || path == Path::new("/");
    Ok(is_told && Place::of(dir, "")? == own)
}

impl Root {
    /// systemd runs here, and this root is also its own: not so in a chroot (Kickstart's %post, Packer's chroot builders), and
    /// not where a container is built. What cannot be looked at is no reason to doubt: the units see nothing of PID 1.
    pub fn is_booted(&self) -> bool {
        // By device and inode alone: a service's own mount namespace has the same root as another mount.
        let place = |path: &str| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        let is_chroot = place("/proc/1/root").is_some_and(|first| Some(first) != place("/"));
        // sd_booted(3).
        !is_chroot && !self.is_absent("/run/systemd/system")
    }
}
