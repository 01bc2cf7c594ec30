//! The files that a plan may write, and whose text each of them holds.

use std::path::Path;

use crate::error::Result;
use crate::machine::{Found, Standing, Target};
use crate::receipt::Receipt;
use crate::root::Root;

/// Reads `path` and compares it with what the receipt says.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn target(root: &Root, receipt: &Receipt, path: &Path) -> Result<Target> {
    let found = root.read(path)?;
    let standing = match (&found, receipt.wrote(path)) {
        (_, None) => Standing::Original,
        // Deleted: nobody's text is lost by writing it anew.
        (Found::Absent, Some(_)) => Standing::Ours,
        (Found::File { text, .. }, Some((texts, _))) if texts.contains(text) => Standing::Ours,
        // The receipt is written before the file: a run that was killed between the two left the
        // text of before.
        (Found::File { text, .. }, Some((_, kept))) => {
            let before = kept.and_then(|kept| root.text(&kept.path));
            if before.as_ref() == Some(text) { Standing::Ours } else { Standing::Edited }
        }
        (Found::Opaque(_) | Found::NotAFile(_), Some(_)) => Standing::Edited,
    };
    Ok(Target { found, standing })
}
