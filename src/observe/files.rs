//! The files that a plan may write, and whose text each of them holds; and the file that names the
//! distribution.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::machine::{Chrony, Standing, Target};
use crate::names::{CLOUD_INIT, WAIT_PATH, gate_path};
use crate::receipt::Wrote;
use crate::rival::SKEW_DAEMON;
use crate::root::{Found, Root};

/// The files that a plan may write, but for those of which only the receipt tells.
pub fn written(chrony: Option<&Chrony>, candidates: &[String]) -> Vec<PathBuf> {
    let conf = chrony.and_then(|chrony| chrony.conf.clone().ok());
    let fixed = [CLOUD_INIT, SKEW_DAEMON.path, WAIT_PATH].map(PathBuf::from);
    conf.into_iter().chain(fixed).chain(candidates.iter().map(|unit| gate_path(unit))).collect()
}

/// Reads `path` and compares it with what the receipt says of it.
pub fn target(root: &Root, wrote: Option<Wrote<'_>>, path: &Path) -> Result<Target> {
    let found = root.read(path)?;
    let standing = match (&found, wrote) {
        (_, None) => Standing::Original,
        // Deleted: nobody's text is lost by writing it anew.
        (Found::Absent, Some(_)) => Standing::Ours,
        (Found::File { text, .. }, Some((texts, _))) if is_ours(path, text, texts) => Standing::Ours,
        // The receipt is written before the file: a run that was killed between the two, or failed there,
        // left what was before.
        (_, Some((_, Some(kept)))) if is_before(root, path, &found, kept) => Standing::Ours,
        (_, Some(_)) => Standing::Edited,
    };
    Ok(Target { found, standing })
}

/// One of the texts that the agent wrote, or a file in which the agent's setting is made.
fn is_ours(path: &Path, text: &String, texts: &[String]) -> bool {
    texts.contains(text) || SKEW_DAEMON.is_set_in(path) && SKEW_DAEMON.switched_off_in(text) == *text
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
