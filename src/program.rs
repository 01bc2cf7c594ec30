//! Programs that are run for what they print, each with a deadline.

// This is the room that runs programs for what they print.
#![allow(clippy::disallowed_methods)]

pub mod confined;

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

use crate::error::{Error, Result};

/// None of them has more to do than to print what it knows.
const DEADLINE: Duration = Duration::from_secs(5);

/// A program that is going to be run.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Runs a program to its end, whatever that is; one that is over `deadline` is killed.
///
/// # Errors
/// When it cannot be run or does not end in time.
pub async fn output(doing: impl Display, command: &mut Command, deadline: Duration) -> Result<Output> {
    tokio::time::timeout(deadline, command.kill_on_drop(true).output())
        .await
        .map_err(|_| Error::new(&doing, "it did not end in time"))?
        .map_err(|why| Error::new(&doing, why))
}

/// What `program` prints.
///
/// # Errors
/// When it cannot be run, does not end in time or fails.
pub async fn ask(program: &Path, arguments: &[&str]) -> Result<String> {
    let doing = format!("running {} {}", program.display(), arguments.join(" "));
    let output = output(&doing, command(program).args(arguments), DEADLINE).await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(doing, said.lines().next().unwrap_or("it failed and says nothing")))
}
