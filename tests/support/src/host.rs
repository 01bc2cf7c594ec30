//! What a test needs of its host and may not find there. A bare `cargo test` says once what is missing and how to get it,
//! and leaves the test out; `make test` sets REQUIRE_TOOLS, and there the test fails.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::repository;

/// Whether a program is in the PATH.
#[track_caller]
pub fn has(program: &str) -> bool {
    is_in_path(program) || missing(program, "install it, on Debian by make tools")
}

pub fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Debian's chronyd, which is unpacked and never installed: `chronyd -p` only parses.
#[track_caller]
pub fn chronyd() -> Option<PathBuf> {
    let path = repository().join("target/chrony/usr/sbin/chronyd");
    (path.exists() || missing("target/chrony", "make target/chrony downloads it")).then_some(path)
}

/// Whether an ordinary user may make namespaces here.
#[track_caller]
pub fn has_namespaces() -> bool {
    let mut unshare = Command::new("unshare");
    let made = unshare.args(["--map-root-user", "--mount", "--net", "--pid", "--fork", "true"]).output();
    made.is_ok_and(|output| output.status.success())
        || missing("unshare --map-root-user", "root may use it, or see user_namespaces(7)")
}

/// Whether the test runs as root.
#[track_caller]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root() || missing("root", "run the suite as root")
}

/// Says it once in a suite. Not by eprintln, which the test harness keeps to itself where a test passes.
#[track_caller]
fn missing(what: &str, how: &str) -> bool {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    assert!(std::env::var_os("REQUIRE_TOOLS").is_none(), "this test needs {what}: {how}");
    if SAID.lock().expect("no thread panicked").insert(what.to_owned()) {
        let _ = writeln!(std::io::stderr(), "note: tests that need {what} are left out: {how}");
    }
    false
}
