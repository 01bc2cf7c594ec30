//! The files that a plan may write, and whose text each of them holds; and the file that names the
//! distribution.

use std::path::Path;

use crate::error::Result;
use crate::machine::{Standing, Target};
use crate::receipt::Wrote;
use crate::rival;
use crate::root::{Found, Root};

/// Reads `path` and compares it with what the receipt says of it.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn target(root: &Root, wrote: Option<Wrote<'_>>, path: &Path) -> Result<Target> {
    let found = root.read(path)?;
    let standing = match (&found, wrote) {
        (_, None) => Standing::Original,
        // Deleted: nobody's text is lost by writing it anew.
        (Found::Absent, Some(_)) => Standing::Ours,
        (Found::File { text, .. }, Some((texts, _))) if is_ours(path, text, texts) => Standing::Ours,
        // The receipt is written before the file: a run that was killed between the two, or failed there,
        // left what was before.
        (_, Some((_, Some(kept)))) if is_before(root, path, &found, &kept.path) => Standing::Ours,
        (_, Some(_)) => Standing::Edited,
    };
    Ok(Target { found, standing })
}

/// One of the texts that the agent wrote, or a file in which the agent's setting is made.
fn is_ours(path: &Path, text: &String, texts: &[String]) -> bool {
    texts.contains(text) || rival::setting_in(path).is_some_and(|setting| setting.made_in(text) == *text)
}

/// What is at `path` is that of which `kept` is the copy: the text, whatever its mode is by now; or
/// the same link, or bytes that are no text.
fn is_before(root: &Root, path: &Path, found: &Found, kept: &Path) -> bool {
    let text = found.text();
    text.is_some() && text == root.text(kept).as_deref() || matches!(root.is_same(path, kept), Ok(true))
}

/// What the distribution calls itself, and what it says that it is like: os-release(5).
pub fn distribution(root: &Root) -> Vec<String> {
    let places = ["/etc/os-release", "/usr/lib/os-release"];
    let text = places.into_iter().find_map(|path| root.text(path)).unwrap_or_default();
    let value = |key: &str| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        value.unwrap_or_default().trim_matches(['"', '\''])
    };
    let words = [value("ID"), value("ID_LIKE")].into_iter().flat_map(str::split_whitespace);
    words.map(str::to_owned).collect()
}
