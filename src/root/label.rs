//! SELinux's label. A new file gets the label of its directory by default, which the policy may want to differ.

use std::path::Path;

use rustix::fd::AsFd;
use rustix::fs::{self, XattrFlags};
use tracing::warn;

use crate::error::shown;
use crate::journal;

const NAME: &str = "security.selinux";

/// More than a label has: "system_u:object_r:chronyd_etc_t:s0" is 34 bytes.
const LONGEST: usize = 4096;

/// Gives a new file the label of `from`, if that has one. A label that is refused is said and costs nothing else: without
/// SELinux it takes CAP_SYS_ADMIN, and not every file system has labels.
pub(super) fn copy(from: impl AsFd, to: impl AsFd, path: &Path) {
    let Some(label) = read(from) else { return };
    if read(&to).as_ref() == Some(&label) {
        return;
    }
    if let Err(why) = fs::fsetxattr(&to, NAME, &label, XattrFlags::empty()) {
        warn!(MESSAGE_ID = journal::LEFT, "keeping the SELinux label of {}: {why}", shown(path));
    }
}

fn read(file: impl AsFd) -> Option<Vec<u8>> {
    let mut label = vec![0; LONGEST];
    let length = fs::fgetxattr(file, NAME, &mut label[..]).ok()?;
    label.truncate(length);
    Some(label)
}
