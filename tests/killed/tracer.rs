//! The calls of a run that change the disk, and a run in which one of them is its last or fails.
//! strace(1) counts and injects.

use std::collections::HashMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use test_support::agent;

/// What changes a file system. Those with a question mark are not known to every strace.
const CALLS: &str = "open,openat,openat2,creat,write,writev,pwrite64,pwritev,copy_file_range,sendfile,splice,\
    rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,mknod,mknodat,\
    chmod,fchmod,fchmodat,?fchmodat2,chown,fchown,lchown,fchownat,fsync,fdatasync,syncfs,sync_file_range,truncate,\
    ftruncate,fallocate,setxattr,lsetxattr,fsetxattr,removexattr,fremovexattr,utimensat,futimesat,ioctl";

/// One call: the n-th of its name.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: String,
    pub n: usize,
    /// As strace shows it.
    pub shown: String,
}

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is gone before the kernel does it.
    Kill,
    /// SIGTERM comes while the kernel does it, as when the unit's time limit is reached.
    Terminate,
    /// It fails once.
    Fails(&'static str),
}

/// What the run came to, and its calls.
struct Traced {
    output: Output,
    calls: Vec<Call>,
    /// One failed that would not have.
    failed: bool,
}

/// Runs the agent on `tree`; `fault` is in strace's own words.
fn trace(tree: &Path, arguments: &[&str], fault: Option<&str>) -> Traced {
    let log = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o"]).arg(log.path());
    // Five times as fast; but a signal is lost in the stop that seccomp makes.
    strace.args(fault.is_none_or(|fault| !fault.contains("signal=")).then_some("--seccomp-bpf"));
    strace.arg(format!("--trace={CALLS}"));
    strace.args(fault.map(|fault| format!("--inject={fault}")));
    strace.arg(agent()).args(arguments).arg("--root").arg(tree);
    let output = strace.output().expect("strace runs: make tools installs it");
    let log = fs::read_to_string(log.path()).expect("strace writes");
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        // A process of less than five digits has a second blank behind it.
        let Some((_process, shown)) = line.split_once(' ') else { continue };
        let shown = shown.trim();
        let Some((name, arguments)) = shown.split_once('(') else { continue };
        let n = seen.entry(name).or_default();
        *n += 1;
        if changes(name, arguments) {
            calls.push(Call { name: name.to_owned(), n: *n, shown: shown.to_owned() });
        }
    }
    Traced { output, calls, failed: log.contains("(INJECTED)") }
}

/// Opening for reading changes nothing, and neither does what is said on stdout and stderr.
fn changes(name: &str, arguments: &str) -> bool {
    match name {
        "open" | "openat" | "openat2" => {
            ["O_CREAT", "O_TRUNC", "O_TMPFILE"].iter().any(|f| arguments.contains(f))
        }
        "write" | "writev" => !arguments.starts_with("1,") && !arguments.starts_with("2,"),
        "ioctl" => arguments.contains("FICLONE"),
        _ => true,
    }
}

/// The calls of a run that nothing disturbs.
pub fn calls(tree: &Path, arguments: &[&str]) -> Vec<Call> {
    let traced = trace(tree, arguments, None);
    assert!(traced.output.status.success(), "{}", test_support::said(&traced.output));
    assert!(traced.calls.len() > 10, "only {} calls: is this strace?", traced.calls.len());
    traced.calls
}

/// Runs the agent with `fault` at the k-th of `calls`.
pub fn run(tree: &Path, arguments: &[&str], calls: &[Call], k: usize, fault: Fault) -> Output {
    let Call { name, n, .. } = &calls[k];
    let injected = match fault {
        Fault::Kill => format!("{name}:signal=KILL:when={n}"),
        Fault::Terminate => format!("{name}:signal=TERM:when={n}"),
        Fault::Fails(error) => format!("{name}:error={error}:when={n}"),
    };
    let traced = trace(tree, arguments, Some(&injected));
    let met = match fault {
        Fault::Kill => traced.output.status.signal() == Some(9),
        Fault::Terminate => traced.output.status.signal() == Some(15),
        Fault::Fails(_) => traced.failed,
    };
    assert!(met, "the fault at call {k} ({}) was not met", calls[k].shown);
    traced.output
}
