//! A machine's tree, which a test may ruin.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Snapshot, agent, repository, run, said, walk};

/// What the agent keeps for itself.
pub const STATE: &str = "var/lib/cloud-timesync";

pub struct Tree {
    directory: TempDir,
}

impl Tree {
    /// A machine of tests/machines, `<platform>-<distribution>[-<twist>]`: its root over its distribution's.
    pub fn of(machine: &str) -> Tree {
        let distribution = machine.split('-').nth(1).expect("<platform>-<distribution>");
        let tree = Tree::base(distribution);
        copy(&repository().join("tests/machines").join(machine).join("root"), tree.path());
        tree
    }

    /// A distribution of tests/machines/bases.
    pub fn base(distribution: &str) -> Tree {
        let tree = Tree::empty();
        copy(&repository().join("tests/machines/bases").join(distribution), tree.path());
        // git keeps no empty directory, and every distribution has these.
        for directory in ["var/lib/chrony", "etc/systemd/system"] {
            fs::create_dir_all(tree.at(directory)).expect("a directory in the tree");
        }
        tree
    }

    pub fn empty() -> Tree {
        Tree { directory: temporary() }
    }

    /// A copy on a disk, whose files can be immutable.
    pub fn on_disk(&self) -> Tree {
        self.copied_into(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn copy(&self) -> Tree {
        self.copied_into(temporary())
    }

    fn copied_into(&self, directory: TempDir) -> Tree {
        copy(self.path(), directory.path());
        Tree { directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where a path of the machine is on the host.
    pub fn at(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    pub fn put(&self, path: &str, text: &str) {
        put(self.path(), path, text);
    }

    /// A link, in the place of whatever file is there.
    pub fn link(&self, target: &str, path: &str) {
        let path = self.at(path);
        make_parent(&path);
        let _ = fs::remove_file(&path);
        symlink(target, path).expect("a link");
    }

    pub fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).expect("chmod");
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.at(path)).expect("it was there");
    }

    /// A file's text; None where it has none.
    pub fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    /// Replaces a part of a file.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.text(path).expect("a file");
        assert!(text.contains(from), "{from} is not in {text}");
        self.put(path, &text.replace(from, to));
    }

    pub fn agent(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(agent());
        command.args(arguments).arg("--root").arg(self.path()).output().expect("the agent runs")
    }

    /// Runs the agent; its exit code, stdout and stderr.
    pub fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.agent(arguments);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code().expect("it exits"), text(output.stdout), text(output.stderr))
    }

    /// Runs the agent, expects an exit code, and returns its stdout.
    #[track_caller]
    pub fn expect(&self, arguments: &[&str], code: i32) -> String {
        let output = self.agent(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs the agent with `--json`; the object that it prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.agent(&[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|why| panic!("{arguments:?}: {why}: {}", said(&output)))
    }

    /// Runs the agent, and expects that all goes well.
    #[track_caller]
    pub fn well(&self, arguments: &[&str], when: &str) {
        let output = self.agent(arguments);
        assert_eq!(output.status.code(), Some(0), "{when}: {arguments:?}: {}", said(&output));
    }

    /// The machine's files, without what the agent keeps for itself.
    pub fn machine(&self) -> Snapshot {
        let mut found = self.all();
        found.retain(|path, _| !path.starts_with(STATE));
        found
    }

    pub fn all(&self) -> Snapshot {
        let mut found = Snapshot::new();
        walk(self.path(), Path::new(""), &mut found);
        found
    }

    pub fn temporaries(&self) -> Vec<PathBuf> {
        self.all().into_keys().filter(|path| is_temporary(path)).collect()
    }
}

/// A name that only a file on its way may have.
pub fn is_temporary(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".cloud-timesync")
}

/// A directory in memory where that is possible: thousands of files are synced.
pub fn temporary() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in(parent).expect("a temporary directory")
}

/// Copies a file, or what is in a folder into another one.
pub fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["--archive", "--reflink=auto", "--no-target-directory"]).args([from, to]));
}

/// Writes a file of a tree, and makes the directories above it.
pub fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path.trim_start_matches('/'));
    make_parent(&path);
    fs::write(&path, text).unwrap_or_else(|why| panic!("writing {}: {why}", path.display()));
}

fn make_parent(path: &Path) {
    fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
}
