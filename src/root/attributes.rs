//! Extended attributes: labels, access lists and what users put there.

use std::path::{Path, PathBuf};

use rustix::fd::AsFd;
use rustix::fs::{self, XattrFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// SELinux's label.
const LABEL: &str = "security.selinux";

/// The kernel's limit for a value and for the list of names (xattr(7)).
const LARGEST: usize = 64 << 10;

/// Enough for a label or a short access list.
const LITTLE: usize = 256;

/// An attribute that a copy could not be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Below what was copied; empty for itself.
    #[serde(with = "super::path")]
    pub path: PathBuf,
    pub name: String,
    /// Not always text: an access list is not.
    pub value: Vec<u8>,
}

impl Attribute {
    /// It is the same attribute of the same file, whatever its value.
    pub fn is_of(&self, other: &Attribute) -> bool {
        (&self.path, &self.name) == (&other.path, &other.name)
    }

    /// Gives it to a file.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) fn set(&self, file: impl AsFd) -> rustix::io::Result<()> {
        fs::fsetxattr(file, &*self.name, &self.value, XattrFlags::empty())
    }
}

/// Gives the file that is going to replace `from` its SELinux label, if it has one. A new file has the
/// label of its directory by default, which the policy may want to differ.
///
/// # Errors
/// When the label is refused.
pub(super) fn label(from: impl AsFd, to: impl AsFd) -> rustix::io::Result<()> {
    let Some(wanted) = value(&from, LABEL.as_bytes()) else { return Ok(()) };
    if value(&to, LABEL.as_bytes()).as_ref() == Some(&wanted) {
        return Ok(());
    }
    fs::fsetxattr(&to, LABEL, &wanted, XattrFlags::empty())
}

/// Copies every attribute, and returns those that the target cannot have: labels belong to whoever
/// may set them (without SELinux that takes CAP_SYS_ADMIN, and a label that the policy does not know
/// CAP_MAC_ADMIN), and not every file system has attributes.
///
/// # Errors
/// When the disk is full or fails.
pub(super) fn copy(from: impl AsFd, to: impl AsFd, below: &Path) -> rustix::io::Result<Vec<Attribute>> {
    let names = match whole(|buffer| fs::flistxattr(&from, buffer)) {
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        other => other?,
    };
    let mut refused = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        // One that is gone by now, or is not for us to read.
        let Some(value) = value(&from, name) else { continue };
        match fs::fsetxattr(&to, name, &value, XattrFlags::empty()) {
            Err(Errno::OPNOTSUPP | Errno::PERM | Errno::ACCESS | Errno::INVAL) => {
                let name = String::from_utf8_lossy(name).into_owned();
                refused.push(Attribute { path: below.to_owned(), name, value });
            }
            other => other?,
        }
    }
    Ok(refused)
}

fn value(file: impl AsFd, name: &[u8]) -> Option<Vec<u8>> {
    whole(|buffer| fs::fgetxattr(&file, name, buffer)).ok()
}

/// All that `read` has, which is little or nothing for most files.
fn whole(read: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> rustix::io::Result<Vec<u8>> {
    let up_to = |size| {
        let mut bytes = vec![0; size];
        let length = read(&mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    };
    match up_to(LITTLE) {
        Err(Errno::RANGE) => up_to(LARGEST),
        other => other,
    }
}
