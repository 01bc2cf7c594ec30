//! The program under test, its packages, and programs of the host.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The path of the program that cargo built for the suites: it lies above them, in target/debug.
pub fn agent() -> &'static str {
    static AGENT: LazyLock<String> = LazyLock::new(|| {
        let suite = std::env::current_exe().expect("the suite's own path");
        let directory = suite.ancestors().nth(2).expect("a suite lies in target/debug/deps");
        directory.join("cloud-timesync").into_os_string().into_string().expect("UTF-8")
    });
    &AGENT
}

/// The checkout that the suites were built from.
pub fn repository() -> &'static Path {
    let support = Path::new(env!("CARGO_MANIFEST_DIR"));
    support.ancestors().nth(2).expect("tests/support lies in the checkout")
}

/// What a program printed, on stdout and then on stderr.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a program to its end and returns its stdout; anything but success ends the test with what the program said.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|why| panic!("starting {command:?}: {why}"));
    assert!(output.status.success(), "{command:?} ended with {}:\n{}", output.status, said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The package under test: the one that is named, else the newest that was built.
pub fn package() -> PathBuf {
    std::env::var_os("CLOUD_TIMESYNC_DEB").map_or_else(|| built("_amd64.deb"), PathBuf::from)
}

/// The newest package of this kind, debug symbols left out.
pub fn built(kind: &str) -> PathBuf {
    let dist = repository().join("dist");
    let built = std::fs::read_dir(&dist).into_iter().flatten().flatten().map(|entry| entry.path());
    let packages = built.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("cloud-timesync")
            && name.ends_with(kind)
            && !name.contains("-dbg")
            && !name.contains("-debug")
    });
    packages
        .max_by_key(|path| path.metadata().and_then(|m| m.modified()).ok())
        .unwrap_or_else(|| panic!("no cloud-timesync*{kind} in {}: run make deb rpm first", dist.display()))
}
