//! chronyc, which root never runs as root where another user could change what it does.
//!
//! chronyc makes its socket next to chronyd's, in /run/chrony, and before 4.8 it then changes the mode of that *path*: the
//! owner of the directory, which is chronyd's user, could make it any file's (chrony's work item 28, SUSE's bug 1246544).
//! So root's chronyc first becomes that owner, whose own files are all that it could be misled to.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;
use rustix::process::{geteuid, setsid};
use tokio::process::Command;

use super::{NOBODY, become_user};
use crate::error::{Error, Result};

const CHRONYC: &str = "/usr/bin/chronyc";

/// The directory of chronyd's socket.
const DIRECTORY: &str = "/run/chrony";

/// chronyc, by a process of this program: only a process of its own can leave a terminal.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = super::command("/proc/self/exe");
    command.arg("chronyc").args(arguments);
    command
}

/// Returns what chronyc prints; an error names the last of its arguments, which is what was asked.
///
/// # Errors
/// When it cannot be run, does not end within `deadline`, or has no answer of chronyd's.
pub async fn ask(arguments: &[&str], deadline: Duration) -> Result<String> {
    let doing = format!("running chronyc {}", arguments.last().unwrap_or(&""));
    let output = super::output(&doing, &mut command(arguments), deadline).await?;
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    if output.status.success() {
        return Ok(stdout);
    }
    // A chronyc that ran and was not answered says so on stdout: "506 Cannot talk to daemon". Where it did not run, this
    // program logs an error.
    let said = [stderr.trim().trim_start_matches("error: "), stdout.trim()];
    let said = said.into_iter().find_map(|said| said.lines().last());
    Err(Error::new(doing, said.unwrap_or("it failed and says nothing")))
}

/// Turns this process into chronyc, and comes back only with the reason why it could not.
pub fn replace_process(arguments: &[OsString]) -> Error {
    // chronyd's user, who may trace chronyc, could type into the terminal that root started this on.
    match setsid() {
        Ok(_) => {}
        // A leader of a group of processes cannot: setsid(2). A shell and systemd make one of what they start.
        Err(Errno::PERM) => return wait_for_another(arguments),
        Err(why) => return Error::new("leaving the terminal", why),
    }
    if let Err(why) = leave_root() {
        return why;
    }
    let mut chronyc = std::process::Command::new(CHRONYC);
    // Whoever may trace chronyc has what it holds.
    close_fds::set_fds_cloexec(3, &[]);
    let why = chronyc.args(arguments).env_clear().stdin(Stdio::null()).exec();
    Error::path("running", Path::new(CHRONYC), why)
}

/// Waits for the same in a process that leads no group, and ends as that one does.
fn wait_for_another(arguments: &[OsString]) -> Error {
    let mut another = std::process::Command::new("/proc/self/exe");
    match another.arg("chronyc").args(arguments).stdin(Stdio::null()).status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(why) => Error::new("starting chronyc", why),
    }
}

/// Gives up root's power, unless this is another user's process, or the directory is root's alone.
fn leave_root() -> Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let (user, group) = match directory()? {
        Some(found) if found.st_uid != 0 => (found.st_uid, found.st_gid),
        Some(found) if is_roots_alone(&found) => return Ok(()),
        // By the network: no socket can be made there.
        Some(_) | None => (NOBODY, NOBODY),
    };
    become_user(user, group)
}

/// The directory itself; None where there is none, or a link in its place.
fn directory() -> Result<Option<Stat>> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(CWD, DIRECTORY, flags, Mode::empty()).and_then(fstat) {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
        Err(why) => Err(Error::path("looking at", Path::new(DIRECTORY), why)),
    }
}

/// Nobody but root can make or rename what is in it.
fn is_roots_alone(found: &Stat) -> bool {
    let others = if found.st_gid == 0 { 0o002 } else { 0o022 };
    found.st_mode & others == 0
}
