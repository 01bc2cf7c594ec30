//! The program under valgrind, strace and GNU time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

const STRACE: &str = "/usr/bin/strace";
const TIME: &str = "/usr/bin/time";

/// Not Debian 12's: its 3.19 does not know openat2(2).
const VALGRIND: &str = "target/tools/usr/bin/valgrind";
const VALGRIND_LIB: &str = "target/tools/usr/libexec/valgrind";

/// Seconds; more than any run takes under valgrind.
const PATIENCE: &str = "900";

/// What strace(1) saw.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Calls {
    pub all: u64,
    /// socket(2) only: the runtime's own pair, by which it hears of signals, reaches nobody.
    pub sockets: u64,
    /// Beside the main one.
    pub threads: u64,
    /// Programs that were run.
    pub programs: u64,
    /// fsync, fdatasync and syncfs.
    pub syncs: u64,
}

pub struct Program {
    bin: PathBuf,
}

impl Program {
    pub fn new(bin: &Path) -> Result<Program> {
        ensure!(bin.is_file(), "{} is not there yet: run make build first", bin.display());
        for tool in [STRACE, TIME, VALGRIND] {
            ensure!(Path::new(tool).is_file(), "{tool} is not there: make bench brings it");
        }
        Ok(Program { bin: bin.to_owned() })
    }

    /// Bytes of the file, without its debug symbols.
    pub fn size(&self) -> Result<u64> {
        let stripped = tempfile::NamedTempFile::new()?;
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(stripped.path()).arg(&self.bin);
        ensure!(strip.status().context("running strip")?.success(), "strip failed");
        Ok(fs::metadata(stripped.path())?.len())
    }

    /// Instructions in user space. They repeat: only what the program does changes them.
    pub fn instructions(&self, arguments: &[OsString]) -> Result<u64> {
        let out = tempfile::NamedTempFile::new()?;
        let mut valgrind = under(VALGRIND);
        valgrind
            .env("VALGRIND_LIB", VALGRIND_LIB)
            .arg("--tool=callgrind")
            .arg(joined("--callgrind-out-file=", out.path()));
        let said = stderr(valgrind.arg(&self.bin).args(arguments))?;
        collected(&said)
    }

    /// System calls of the program and of all that it starts.
    pub fn calls(&self, arguments: &[OsString]) -> Result<Calls> {
        let out = tempfile::NamedTempFile::new()?;
        let mut strace = under(STRACE);
        strace.args(["-f", "-qq", "-e", "signal=none", "-o"]).arg(out.path());
        stderr(strace.arg(&self.bin).args(arguments))?;
        Ok(count(&fs::read_to_string(out.path())?))
    }

    /// The largest resident set, in KiB.
    pub fn memory(&self, arguments: &[OsString]) -> Result<u64> {
        // Not this process's own child: a child's figure begins with its parent's.
        let mut time = under(TIME);
        let said = stderr(time.args(["-f", "peak %M"]).arg(&self.bin).args(arguments))?;
        let peak = said.lines().rev().find_map(|line| line.strip_prefix("peak "));
        peak.and_then(|kib| kib.parse().ok()).with_context(|| format!("time does not say the peak:\n{said}"))
    }

    pub fn time(&self, arguments: &[OsString]) -> Result<Duration> {
        let began = Instant::now();
        self.run(arguments)?;
        Ok(began.elapsed())
    }

    pub fn run(&self, arguments: &[OsString]) -> Result<()> {
        stderr(Command::new(&self.bin).args(arguments)).map(drop)
    }
}

fn under(tool: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args([PATIENCE, tool]);
    command
}

fn joined(prefix: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument
}

/// What a command said while it did its work.
fn stderr(command: &mut Command) -> Result<String> {
    // Cargo sets it for what it runs: the loader looks there first, the more often the newer the processor.
    command.env_remove("LD_LIBRARY_PATH");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("running {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("{command:?} ended with {}:\n{said}", output.status);
    }
    Ok(said)
}

/// The instructions that callgrind says it has counted.
pub fn collected(said: &str) -> Result<u64> {
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, number) = collected.with_context(|| format!("valgrind does not say what it counted:\n{said}"))?;
    number.trim().parse().with_context(|| format!("valgrind counted {number:?}"))
}

/// A line is `PID name(arguments) = result`; one that was interrupted has a second line, `PID <... name resumed>`.
pub fn count(trace: &str) -> Calls {
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    let mut threads = 0;
    for line in trace.lines() {
        let call = line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
        let Some((name, arguments)) = call.split_once('(') else { continue };
        if call.starts_with('<') || call.starts_with('+') {
            continue;
        }
        *names.entry(name).or_default() += 1;
        threads += u64::from(name.starts_with("clone") && arguments.contains("CLONE_THREAD"));
    }
    let of = |wanted: &[&str]| wanted.iter().filter_map(|name| names.get(name)).sum::<u64>();
    Calls {
        all: names.values().sum(),
        sockets: of(&["socket"]),
        threads,
        // The first is the program itself.
        programs: of(&["execve", "execveat"]).saturating_sub(1),
        syncs: of(&["fsync", "fdatasync", "syncfs", "sync"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_are_interrupted_count_once() {
        let trace = "7 execve(\"/x\", [\"x\"], 0x7 /* 9 vars */) = 0\n\
                     7 clone3({flags=CLONE_VM|CLONE_THREAD}, 88 <unfinished ...>\n\
                     8 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n\
                     7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8\n\
                     7 fsync(3) = 0\n\
                     7 +++ exited with 0 +++\n";
        let calls = count(trace);
        assert_eq!((calls.all, calls.sockets, calls.threads, calls.programs, calls.syncs), (4, 1, 1, 0, 1));
    }
}
