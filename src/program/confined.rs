//! A program of a tree, which a stranger may have made: it runs without any power, or not at all.
//!
//! A thread gives up for good all that this process may do, and starts the program, which gets what is left: user and group
//! "nobody", no capability and no way to one, no network, no process but its own. Of all files it sees the tree's own,
//! read-only, and none of its devices; what is mounted in the tree (the builder's /proc, /sys, /dev, /run) it does not see.
//! Its environment is empty, nothing is to be read on its stdin, and no descriptor of the builder's is open. It is the first
//! process of its namespace: when it ends or is killed, all that it has started does. (Where the agent itself is killed
//! meanwhile, it stays, as powerless.)

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::{StatVfsMountFlags, fstatvfs};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount_bind, mount_change, mount_remount};
use rustix::process::{chdir, chroot, fchdir};
use rustix::thread::{
    CapabilitySet, CapabilitySets, UnshareFlags, remove_capability_from_bounding_set, set_capabilities,
    set_no_new_privs,
};
use tokio::process::Child;
use tokio::runtime::Handle;

use super::{NOBODY, become_user, output_of};
use crate::error::{Error, Result};
use crate::root::Root;

/// A mount point that every root has in which programs run. What is mounted there, nobody else sees.
const VIEW: &str = "/proc";

/// Runs a program of the tree to its end, or kills it at `deadline`. An error where it cannot be confined or started, too.
pub async fn output(root: &Root, program: &Path, arguments: &[&OsStr], deadline: Duration) -> Result<Output> {
    let fail = |why: String| Error::path("running the tree's", program, why);
    let child = start(root.dir(), program, arguments).map_err(|why| fail(why.to_string()))?;
    output_of(child, deadline).await.map_err(|why| fail(why.to_string()))
}

fn start(tree: BorrowedFd<'_>, program: &Path, arguments: &[&OsStr]) -> Result<Child> {
    let runtime = Handle::current();
    // The builder's: in the tree it may be anything.
    let nothing = File::open("/dev/null").map_err(|why| Error::new("opening /dev/null", why))?;
    close_fds::set_fds_cloexec(3, &[]);
    let powerless = || {
        give_up_power(tree)?;
        let _runtime = runtime.enter();
        let mut command = super::command(program);
        command.args(arguments).env_clear().stdin(Stdio::from(nothing)).kill_on_drop(true);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|why| Error::new("starting it", why))
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, powerless);
        let thread = thread.map_err(|why| Error::new("starting a thread", why))?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Leaves the calling thread nothing but the tree. Every step is the kernel's and of this thread alone; the one that fails
/// is named, and nothing is started.
fn give_up_power(tree: BorrowedFd<'_>) -> Result<()> {
    let step = |what: &'static str| move |why: Errno| Error::new(what, why);
    see_only(tree).map_err(step("confining it to the tree"))?;
    leave_capabilities_behind().map_err(step("taking its capabilities"))?;
    set_no_new_privs(true).map_err(step("taking its way to privileges"))?;
    become_user(NOBODY, NOBODY)?;
    // The inheritable ones stay with another user.
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(step("taking its capabilities"))
}

/// The tree's own file system, and no other, becomes the root: by a mount in a namespace of this thread's own.
fn see_only(tree: BorrowedFd<'_>) -> rustix::io::Result<()> {
    // First the working directory alone: it is to be the tree's in the new namespace, and not the agent's own.
    unshare(UnshareFlags::FS)?;
    fchdir(tree)?;
    unshare(UnshareFlags::NEWNS | UnshareFlags::NEWNET | UnshareFlags::NEWIPC | UnshareFlags::NEWPID)?;
    // What is mounted here now is seen by nobody else.
    mount_change(VIEW, MountPropagationFlags::PRIVATE)?;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    flags.set(MountFlags::NOEXEC, fstatvfs(tree)?.f_flag.contains(StatVfsMountFlags::NOEXEC));
    mount_bind(".", VIEW)?;
    mount_remount(VIEW, flags, c"")?;
    chroot(VIEW)?;
    chdir("/")
}

/// None of the flags that are asked for parts file descriptors from other threads, which is what rustix calls unsafe in it.
#[expect(deprecated)]
fn unshare(flags: UnshareFlags) -> rustix::io::Result<()> {
    rustix::thread::unshare(flags)
}

/// Drops the capabilities that a program may ever get. The ones in force go with the user.
fn leave_capabilities_behind() -> rustix::io::Result<()> {
    for bit in 0..u64::BITS {
        match remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << bit)) {
            // The kernel has no more of them.
            Err(Errno::INVAL) => break,
            other => other?,
        }
    }
    Ok(())
}
