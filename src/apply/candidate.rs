//! The check of a new chrony.conf by the chronyd that is going to read it.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use tracing::{debug, warn};

use crate::error::{Error, Result};
use crate::journal;
use crate::machine::Chrony;
use crate::program;
use crate::root::Root;

/// chronyd only parses: it is done in milliseconds.
const DEADLINE: Duration = Duration::from_secs(10);

/// Lets the installed chronyd parse the candidate. Where there is no chronyd that can be run (a
/// tree for another machine, a builder who is not root), nothing is checked.
///
/// # Errors
/// When chronyd refuses it, or the machine's own cannot be run.
pub async fn check(root: &Root, chrony: &Chrony, candidate: &Path) -> Result<()> {
    let Some(chronyd) = &chrony.chronyd else {
        debug!("there is no chronyd that could check the configuration");
        return Ok(());
    };
    let checking = |why: &dyn Display| Error::path("checking the new", &chrony.conf, why);
    let why = match complaint(root, chronyd, &["-p".as_ref(), "-f".as_ref(), candidate.as_os_str()]).await {
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

/// Why a tree's chronyd is no judge: chroot, the dynamic linker and an emulator of another architecture each fail in
/// their own way, so one that does not tell its version either never read the candidate.
async fn cannot_be_run(root: &Root, chronyd: &Path) -> Option<String> {
    if root.is_host() {
        return None;
    }
    complaint(root, chronyd, &["-v".as_ref()]).await.unwrap_or_else(|why| Some(why.to_string()))
}

/// The last line of a chronyd that failed.
///
/// # Errors
/// When it cannot be started or does not end in time.
async fn complaint(root: &Root, chronyd: &Path, arguments: &[&OsStr]) -> Result<Option<String>> {
    let mut command = if root.is_host() {
        program::command(chronyd)
    } else {
        let mut command = program::command("chroot");
        command.arg(root.path()).arg(chronyd);
        command
    };
    let output = program::output("running chronyd", command.args(arguments), DEADLINE).await?;
    if output.status.success() {
        return Ok(None);
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rfind(|line| !line.is_empty()).unwrap_or("it says nothing");
    Ok(Some(last.to_owned()))
}
