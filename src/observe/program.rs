//! Programs that are asked one thing, each with a deadline.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::error::{Error, Result};

/// None of them has more to do than to print what it knows.
const DEADLINE: Duration = Duration::from_secs(5);

/// What `program` prints.
///
/// # Errors
/// When it cannot be run, does not end in time or fails.
pub async fn ask(program: &Path, arguments: &[&str]) -> Result<String> {
    let doing = || format!("running {} {}", program.display(), arguments.join(" "));
    let child = Command::new(program).args(arguments).kill_on_drop(true).output();
    let output = tokio::time::timeout(DEADLINE, child)
        .await
        .map_err(|_| Error::new(doing(), "it did not end in time"))?
        .map_err(|why| Error::new(doing(), why))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(doing(), said.lines().next().unwrap_or("it failed and says nothing")))
}
