//! Programs of the host: whether they are there, and how a bench runs them.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// A machine on which a bench cannot boot anything fails the tests: a boot that was skipped has shown nothing.
pub fn require(bench: &str, needed: &[&str]) {
    let missing: Vec<_> = needed.iter().filter(|program| !installed(program)).collect();
    assert!(
        missing.is_empty() && rustix::process::geteuid().is_root(),
        "{bench} needs root and the programs {}: as root, run tests/boot/install-tools.sh",
        needed.join(", "),
    );
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Runs a program to its end; anything but success ends the test with what the program said.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("starting {command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// QEMU makes its sockets shortly after it starts.
pub fn connect(socket: &Path) -> UnixStream {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return stream,
            Err(e) => assert!(Instant::now() < deadline, "QEMU did not open {}: {e}", socket.display()),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// A command in a root tree, where no packet can leave (maintainer scripts have no business on the network) and no mount
/// stays.
pub fn chroot(tree: &Path, program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--", "chroot"]).arg(tree).arg(program);
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
    command
}

pub fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["--archive", "--reflink=auto", "--no-target-directory"]).args([from, to]));
}

/// Lays a folder of files over a root tree. They become root's, whoever checked them out.
pub fn overlay(from: &Path, to: &Path) {
    run(Command::new("cp")
        .args(["--recursive", "--no-dereference", "--preserve=mode,links", "-T"])
        .args([from, to]));
}

/// The files that belong to the bench, beside this one.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boot").join(name)
}

/// Where the bench keeps what it builds: beside cargo's own results, gone with `cargo clean`.
pub fn store() -> PathBuf {
    let store = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("boot");
    std::fs::create_dir_all(&store).unwrap_or_else(|e| panic!("making {}: {e}", store.display()));
    store
}

/// A line of progress. Not eprintln: the test harness would keep it to itself.
pub fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "boot: {what}");
}

/// Says what begins, and afterwards how long it took.
pub fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    say(&format!("{what} ..."));
    let began = Instant::now();
    let result = work();
    say(&format!("{what}: {:.0} s", began.elapsed().as_secs_f64()));
    result
}
