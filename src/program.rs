//! Programs that are run for what they print: each has a deadline, a limit to what it prints, and nothing to read.

// This is the room that runs programs for what they print.
#![allow(clippy::disallowed_methods)]

pub mod chronyc;
pub mod confined;

use std::ffi::OsStr;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::error::{Error, Result};

/// None of them has more to do than to print what it knows.
const DEADLINE: Duration = Duration::from_secs(5);

/// Bytes: a configuration, or what systemd knows of a unit.
const OUTPUT_LIMIT: u64 = 1 << 20;

/// The number of the user and of the group "nobody", on Debian and on RHEL.
const NOBODY: u32 = 65534;

/// A program that is going to be run.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Runs a program to its end, whatever that is. One that is over `deadline`, or prints too much, is killed.
pub async fn output(doing: impl Display, command: &mut Command, deadline: Duration) -> Result<Output> {
    let fail = |why| Error::new(&doing, why);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    output_of(command.spawn().map_err(fail)?, deadline).await.map_err(fail)
}

/// All that a program prints until its end, which comes at the deadline.
async fn output_of(mut child: Child, deadline: Duration) -> io::Result<Output> {
    let finished = tokio::time::timeout(deadline, async {
        let (stdout, stderr) = tokio::try_join!(all(child.stdout.take()), all(child.stderr.take()))?;
        child.wait().await.map(|status| Output { status, stdout, stderr })
    });
    finished.await.unwrap_or_else(|_| Err(io::Error::other("it did not end in time")))
}

/// Everything that comes out of the pipe. The first process of a namespace does not die of a pipe that nobody reads: one
/// that prints too much is killed by its error here.
async fn all(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(OUTPUT_LIMIT).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 == OUTPUT_LIMIT { Err(io::Error::other("it prints too much")) } else { Ok(bytes) }
}

/// Makes the calling thread, which is root's, another user's for good, without supplementary groups.
fn become_user(user: u32, group: u32) -> Result<()> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    set_thread_groups(&[]).map_err(|why| Error::new("giving up its groups", why))?;
    set_thread_res_gid(group, group, group).map_err(|why| Error::new("changing its group", why))?;
    set_thread_res_uid(user, user, user).map_err(|why| Error::new("changing its user", why))?;
    // The kernel takes root's powers with the user, unless whoever started this process has set that they stay.
    match set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT) {
        Ok(()) => Err(Error::new("changing its user", "it could become root again")),
        Err(_) => Ok(()),
    }
}

/// Runs `program` and returns what it prints.
///
/// # Errors
/// When it cannot be run, does not end in time or fails.
pub async fn ask(program: &Path, arguments: &[&str]) -> Result<String> {
    let doing = format!("running {} {}", program.display(), arguments.join(" "));
    printed(doing, command(program).args(arguments), DEADLINE).await
}

/// The same of a command. An error has the first line of what it complains of.
pub async fn printed(doing: String, command: &mut Command, deadline: Duration) -> Result<String> {
    let output = output(&doing, command, deadline).await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(doing, said.lines().next().unwrap_or("it failed and says nothing")))
}
