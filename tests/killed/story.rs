//! A run that is disturbed at each of its calls, and what must come of it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::tracer::{self, Call, Fault};
use test_support::{STATE, Snapshot, Tree, chronyd, difference, is_temporary, said};

/// A machine and the run that is disturbed.
pub struct Story {
    /// Before the agent ever ran there.
    pub image: Tree,
    /// Runs that nothing disturbs come first.
    pub before: &'static [&'static [&'static str]],
    pub run: &'static [&'static str],
    /// The run after the fault.
    pub next: &'static [&'static str],
    /// The file that chronyd reads.
    pub conf: &'static str,
}

/// The story's fixed points: each is known before the first fault.
struct Told<'a> {
    story: &'a Story,
    /// Where the disturbed run begins.
    start: Tree,
    original: Snapshot,
    old: Snapshot,
    new: Snapshot,
    /// What the next run comes to where nothing was disturbed.
    end: Snapshot,
    calls: Vec<Call>,
    chronyd: PathBuf,
    /// Configurations that chronyd has accepted.
    accepted: Mutex<HashSet<String>>,
}

impl Story {
    /// Disturbs the run at each of its calls, and returns how many those are.
    pub fn survives(&self, fault: Fault) -> usize {
        let told = self.tell();
        let calls = told.calls.len();
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(4);
        let lost = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(k) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|k| *k < calls) {
                        // One that is lost says why; the others are tried all the same.
                        let survived = catch_unwind(AssertUnwindSafe(|| told.survives_at(k, fault)));
                        lost.fetch_add(usize::from(survived.is_err()), Ordering::Relaxed);
                    }
                });
            }
        });
        let lost = lost.into_inner();
        assert_eq!(lost, 0, "lost at {lost} of {calls} calls, see above");
        calls
    }

    fn tell(&self) -> Told<'_> {
        let start = self.image.copy();
        self.before.iter().for_each(|arguments| start.well(arguments, "before"));
        let whole = start.copy();
        let calls = tracer::calls(whole.path(), self.run);
        let (original, old, new) = (self.image.machine(), start.machine(), whole.machine());
        assert_ne!(old, new, "the run changes nothing");
        let end = start.copy();
        end.well(self.next, "without a fault");
        let end = end.machine();
        let chronyd = chronyd().expect("there is no chronyd to ask: run make target/chrony first");
        Told { story: self, start, original, old, new, end, calls, chronyd, accepted: Mutex::default() }
    }
}

impl Told<'_> {
    fn survives_at(&self, k: usize, fault: Fault) {
        let when = format!("{fault:?} at call {k}, {}", self.calls[k].shown);
        let tree = self.start.copy();
        let output = tracer::run(tree.path(), self.story.run, &self.calls, k, fault);
        let between = tree.machine();
        self.assert_whole(&tree, &between, &when);
        if matches!(fault, Fault::Fails(_)) {
            self.assert_told(&tree, &between, &output, &when);
        }
        // The next boot.
        tree.well(self.story.next, &when);
        assert_eq!(difference(&tree.machine(), &self.end), [""; 0], "{when}: the next run");
        tree.well(&["undo"], &when);
        assert_eq!(difference(&tree.machine(), &self.original), [""; 0], "{when}: undone");
        let left: Vec<PathBuf> = tree.all().into_keys().filter(|path| path.starts_with(STATE)).collect();
        assert_eq!(left, Vec::<PathBuf>::new(), "{when}: left by undo");
    }

    /// Every file is the old one or the new one, chronyd accepts its configuration, and that names a
    /// source.
    fn assert_whole(&self, tree: &Tree, between: &Snapshot, when: &str) {
        for (path, what) in between.iter().filter(|(path, _)| !is_temporary(path)) {
            let known = [&self.original, &self.old, &self.new].iter().any(|all| all.get(path) == Some(what));
            assert!(known || what.ends_with(" directory"), "{when}: {} is {what}", path.display());
        }
        if let Some(receipt) = tree.text(&format!("{STATE}/receipt.json")) {
            let receipt: serde_json::Value = serde_json::from_str(&receipt).expect("the receipt is whole");
            let copies = receipt["entries"]
                .as_array()
                .expect("entries")
                .iter()
                .filter_map(|entry| entry.as_object()?.values().next()?["kept"].as_str());
            for copy in copies {
                assert!(std::fs::symlink_metadata(tree.at(copy)).is_ok(), "{when}: there is no {copy}");
            }
        }
        self.assert_source(tree, when);
    }

    fn assert_source(&self, tree: &Tree, when: &str) {
        let conf = tree.text(self.story.conf).unwrap_or_else(|| panic!("{when}: there is no chrony.conf"));
        let (text, sources) = in_force(tree, &conf);
        assert!(sources > 0, "{when}: no source in {text}");
        if self.accepted.lock().expect("no thread panicked").contains(&text) {
            return;
        }
        let candidate = tempfile::NamedTempFile::new().expect("a temporary file");
        // The fragments are those of the tree.
        let mut here = conf.replace(" /etc/", &format!(" {}/etc/", tree.path().display()));
        // Debian 13's own directive; the chronyd at hand is Debian 12's.
        here = here.replace("\nleapseclist ", "\n# ");
        std::fs::write(candidate.path(), here).expect("a file");
        let said_by_chronyd = Command::new(&self.chronyd).args(["-p", "-f"]).arg(candidate.path()).output();
        let said_by_chronyd = said_by_chronyd.expect("chronyd runs");
        assert!(said_by_chronyd.status.success(), "{when}: {}: {text}", said(&said_by_chronyd));
        self.accepted.lock().expect("no thread panicked").insert(text);
    }

    /// What failed is said in a sentence, or did not matter; no half of a file is left; the old
    /// configuration is in force with all that it reads, or the new one is.
    fn assert_told(&self, tree: &Tree, between: &Snapshot, output: &std::process::Output, when: &str) {
        let said = said(output);
        let reason =
            ["no space left on device", "input/output error", "read-only file system", "disk quota exceeded"];
        match output.status.code() {
            Some(0) => {
                assert_eq!(difference(between, &self.new), [""; 0], "{when}: it says that all is well")
            }
            Some(1) => assert!(
                said.lines()
                    .any(|line| line.starts_with("error: ") && reason.iter().any(|why| line.ends_with(why))),
                "{when}: {said}"
            ),
            code => panic!("{when}: exit {code:?}: {said}"),
        }
        assert_eq!(tree.temporaries(), Vec::<PathBuf>::new(), "{when}: {said}");
        let conf = Path::new(self.story.conf.trim_start_matches('/'));
        if between.get(conf) == self.old.get(conf) && self.old.get(conf) != self.new.get(conf) {
            let mut fragments = self.old.keys().filter(|path| path.starts_with("etc/chrony"));
            let lost = fragments.any(|path| !between.contains_key(path));
            assert!(!lost, "{when}: the old chrony.conf is in force without its fragments");
        }
    }
}

/// All that chronyd reads, and how many sources that names.
fn in_force(tree: &Tree, conf: &str) -> (String, usize) {
    let mut text = conf.to_owned();
    for line in conf.lines() {
        let (ending, dir) = match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["confdir", dir] => (".conf", dir),
            ["sourcedir", dir] => (".sources", dir),
            _ => continue,
        };
        let Ok(entries) = std::fs::read_dir(tree.at(dir)) else { continue };
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        for path in paths.filter(|path| path.to_string_lossy().ends_with(ending)) {
            text += &std::fs::read_to_string(path).unwrap_or_default();
        }
    }
    let is_source =
        |line: &&str| matches!(line.split_whitespace().next(), Some("server" | "pool" | "peer" | "refclock"));
    let sources = text.lines().filter(is_source).count();
    (text, sources)
}
