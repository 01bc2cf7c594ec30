//! What the benches of guests and of containers do on their host. They need root.

mod release;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::is_in_path;
use crate::{repository, run};

pub use release::{Installed, Release};

const PROGRESS: Duration = Duration::from_secs(20);

/// A machine on which a bench cannot boot anything fails the tests: a boot that was skipped has shown nothing.
pub fn require(bench: &str, needed: &[&str]) {
    let is_there = |program: &&str| unpacked(program).is_some() || is_in_path(program);
    let missing: Vec<&&str> = needed.iter().filter(|program| !is_there(program)).collect();
    assert!(missing.is_empty(), "{bench} needs {missing:?}: as root, run make tools");
    assert!(rustix::process::geteuid().is_root(), "{bench} needs root");
}

/// A file of QEMU's that ci/qemu has unpacked.
pub fn unpacked(name: &str) -> Option<PathBuf> {
    Some(repository().join("target/qemu").join(name)).filter(|path| path.exists())
}

/// A command in a root tree, where no packet can leave (maintainer scripts have no business on the network) and no mount
/// stays.
pub fn chroot(tree: &Path, program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--", "chroot"]).arg(tree).arg(program);
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
    command
}

/// Lays a folder of files over a root tree. They become root's, whoever checked them out.
pub fn overlay(from: &Path, to: &Path) {
    run(Command::new("cp")
        .args(["--recursive", "--no-dereference", "--preserve=mode,links", "-T"])
        .args([from, to]));
}

/// An image builder's last step: systemd need not bring caches up to date in the first boot.
pub fn settle_updates(root: &Path) {
    for stamp in ["etc/.updated", "var/.updated"] {
        run(Command::new("touch").arg("--reference").arg(root.join("usr")).arg(root.join(stamp)));
    }
}

/// Where a bench keeps what it builds: beside cargo's own results, gone with `cargo clean`.
pub fn store(bench: &str) -> PathBuf {
    let suite = std::env::current_exe().expect("the suite's own path");
    let target = suite.ancestors().nth(3).expect("a suite lies in target/debug/deps");
    let store = target.join(bench);
    fs::create_dir_all(&store).unwrap_or_else(|why| panic!("making {}: {why}", store.display()));
    store
}

/// Builds a directory if this recipe has not built it before. Other tests, and other runs, wait for it.
pub fn build_once(directory: &Path, recipe: &str, build: impl FnOnce()) {
    let lock = File::create(directory.with_extension("lock")).expect("making the tree's lock file");
    lock.lock().expect("locking the tree");
    let built = directory.join("recipe");
    if fs::read_to_string(&built).is_ok_and(|built| built == recipe) {
        return;
    }
    if directory.exists() {
        fs::remove_dir_all(directory).expect("removing the old tree");
    }
    fs::create_dir(directory).expect("making the tree's directory");
    timed(&format!("building {} (once, one to two minutes)", directory.display()), build);
    // Last, so that a build that was cut short is none.
    fs::write(built, recipe).expect("writing the tree's recipe");
}

/// A line of progress. Not eprintln: the test harness would keep it to itself.
pub fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "boot: {what}");
}

/// Says what begins, every 20 s that it goes on, and how long it took.
pub fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    followed(what, String::new, work)
}

/// The same; what goes on is said with the news.
pub fn followed<T>(what: &str, news: impl Fn() -> String + Send, work: impl FnOnce() -> T) -> T {
    say(&format!("{what} ..."));
    let began = Instant::now();
    let result = thread::scope(|scope| {
        // Its end, also by a panic, ends the lines of progress.
        let (_at_work, ended) = mpsc::channel::<()>();
        scope.spawn(move || {
            while ended.recv_timeout(PROGRESS) == Err(RecvTimeoutError::Timeout) {
                say(&format!("{what}: {:.0} s so far. {}", began.elapsed().as_secs_f64(), news()));
            }
        });
        work()
    });
    say(&format!("{what}: {:.0} s", began.elapsed().as_secs_f64()));
    result
}

/// Waits for a process to end by itself. If it does not in time, it is killed.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("waiting for a process") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}
