//! The check of a new chrony.conf by the chronyd that is going to read it.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;

use tracing::{debug, warn};

use crate::error::{Error, Result};
use crate::journal;
use crate::observe::judge::{cannot_be_run, complaint};
use crate::root::Root;

/// Lets the installed chronyd parse the candidate for `conf`. Where there is no chronyd that can be run (a
/// tree for another machine, a builder who is not root), nothing is checked.
/// An error where chronyd refuses it, or where the machine's own cannot be run.
pub async fn check(root: &Root, chronyd: Option<&Path>, conf: &Path, candidate: &Path) -> Result<()> {
    let Some(chronyd) = chronyd else {
        debug!("there is no chronyd that could check the configuration");
        return Ok(());
    };
    let checking = |why: &dyn Display| Error::path("checking the new", conf, why);
    // A tree's chronyd may open no more than everybody may: its lines are on the command line.
    let text = if root.is_host() { None } else { root.text(candidate) };
    let arguments: Vec<&OsStr> = match &text {
        Some(text) => ["-p"].into_iter().chain(text.lines()).map(OsStr::new).collect(),
        None => vec!["-p".as_ref(), "-f".as_ref(), candidate.as_os_str()],
    };
    let why = match complaint(root, chronyd, &arguments).await {
        Ok(None) => return Ok(()),
        Ok(Some(said)) => format!("chronyd -p refuses it: {said}"),
        Err(why) => why.to_string(),
    };
    if let Some(why) = cannot_be_run(root, chronyd).await {
        let why = format_args!("the chronyd of this tree cannot be run here ({why}): it was not checked");
        warn!(MESSAGE_ID = journal::LEFT, "{}", checking(&why));
        return Ok(());
    }
    Err(checking(&format_args!("{why}; the old one stays")))
}
