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
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::{StatVfsMountFlags, fstatvfs};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount_bind, mount_change, mount_remount};
use rustix::process::{Gid, Uid, chdir, chroot, fchdir};
use rustix::thread::{
    CapabilitySet, CapabilitySets, UnshareFlags, remove_capability_from_bounding_set, set_capabilities,
    set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::root::Root;

/// nobody's number, on Debian and on RHEL, for users and for groups.
const NOBODY: u32 = 65534;

/// Bytes: chronyd prints a configuration, or a line.
const OUTPUT_LIMIT: u64 = 64 << 10;

/// A mount point that every root has in which programs run. What is mounted there, nobody else sees.
const VIEW: &str = "/proc";

/// Runs a program of the tree to its end, or kills it at `deadline`. An error where it cannot be confined or started, too.
pub async fn output(root: &Root, program: &Path, arguments: &[&OsStr], deadline: Duration) -> Result<Output> {
    let fail = |why| Error::path("running the tree's", program, why);
    let mut child = start(root.dir(), program, arguments).map_err(|why| fail(why.to_string()))?;
    let finished = tokio::time::timeout(deadline, async {
        let (stdout, stderr) = tokio::try_join!(all(child.stdout.take()), all(child.stderr.take()))?;
        child.wait().await.map(|status| Output { status, stdout, stderr })
    });
    let finished = finished.await.unwrap_or_else(|_| Err(io::Error::other("it did not end in time")));
    finished.map_err(|why| fail(why.to_string()))
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
    let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    set_thread_groups(&[]).map_err(step("taking its groups"))?;
    set_thread_res_gid(gid, gid, gid).map_err(step("changing its group"))?;
    set_thread_res_uid(uid, uid, uid).map_err(step("changing its user"))?;
    // Gone with the user, unless the builder has set that they stay; and the inheritable ones stay.
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

/// Those that a program may ever get. The ones in force go with the user.
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
