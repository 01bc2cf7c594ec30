//! Names: bytes, which need not be text, and not more of them than the kernel takes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// NAME_MAX.
const LONGEST: usize = 255;

const TEMP_SUFFIX: &str = ".cloud-timesync";

/// `name` with `ending` behind it. Where that is too long, the end of `name` goes, by whole characters.
fn ending_in(mut name: Vec<u8>, ending: &str) -> OsString {
    let mut room = LONGEST - ending.len();
    if name.len() > room {
        while room > 0 && name[room] & 0xc0 == 0x80 {
            room -= 1;
        }
        name.truncate(room);
    }
    name.extend_from_slice(ending.as_bytes());
    OsString::from_vec(name)
}

/// The path next to `path` whose name has `ending` behind it.
pub fn with_suffix(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_bytes().to_vec();
    path.with_file_name(ending_in(name, ending))
}

/// The name of what is being written: one fixed name, so that what a killed run left is replaced by
/// the next. It starts with a dot and does not end in ".conf": no daemon takes it for a fragment.
pub(super) fn temporary(name: &OsStr) -> OsString {
    ending_in([b".", name.as_bytes()].concat(), TEMP_SUFFIX)
}

/// Tells whether it is the name of a temporary file of ours.
pub fn is_temporary(name: impl AsRef<OsStr>) -> bool {
    let name = name.as_ref().as_bytes();
    name.starts_with(b".") && name.ends_with(TEMP_SUFFIX.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_longer_than_the_kernel_takes() {
        let short = temporary(OsStr::new("a.conf"));
        assert_eq!(short, ".a.conf.cloud-timesync");
        for name in ["x".repeat(255), "é".repeat(127)] {
            let long = temporary(OsStr::new(&name));
            assert!((254..=255).contains(&long.len()) && is_temporary(&long), "{long:?}");
            assert!(long.to_str().is_some(), "cut within a character: {long:?}");
        }
        assert_eq!(with_suffix(Path::new("/d/a.conf"), ".2"), Path::new("/d/a.conf.2"));
    }
}
