//! A fixture machine's tree, and what must hold of it at every moment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub const AGENT: &str = env!("CARGO_BIN_EXE_cloud-timesync");

/// Everything in a tree: path below it, and what is there.
pub type Snapshot = BTreeMap<PathBuf, String>;

/// What the agent keeps for itself.
pub const STATE: &str = "var/lib/cloud-timesync";

/// A machine's tree that a test may ruin.
pub struct Tree {
    dir: TempDir,
}

impl Tree {
    /// The machine of tests/machines as the image has it.
    pub fn of(machine: &str) -> Tree {
        let machines = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines");
        let tree = Tree::empty();
        let distribution = machine.split('-').nth(1).expect("<platform>-<distribution>");
        for source in [machines.join("bases").join(distribution), machines.join(machine).join("root")] {
            copy(&source, tree.path());
        }
        // git keeps no empty directory, and every distribution has these.
        for dir in ["var/lib/chrony", "etc/systemd/system"] {
            fs::create_dir_all(tree.path().join(dir)).expect("a directory in the tree");
        }
        tree
    }

    /// A copy on a disk, whose files can be immutable.
    pub fn on_disk(&self) -> Tree {
        let tree = Tree { dir: tempfile::tempdir().expect("a temporary directory") };
        copy(self.path(), tree.path());
        tree
    }

    fn empty() -> Tree {
        Tree { dir: temporary() }
    }

    pub fn copy(&self) -> Tree {
        let tree = Tree::empty();
        copy(self.path(), tree.path());
        tree
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    pub fn put(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    pub fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    pub fn agent(&self, arguments: &[&str]) -> Output {
        let mut agent = Command::new(AGENT);
        agent.args(arguments).arg("--root").arg(self.path()).output().expect("the agent runs")
    }

    /// Runs the agent, and expects that all goes well.
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

    /// The names that only a file on its way may have.
    pub fn temporaries(&self) -> Vec<PathBuf> {
        let all = self.all().into_keys();
        all.filter(|path| path.to_string_lossy().ends_with(".cloud-timesync")).collect()
    }
}

/// In memory where that is possible: thousands of them are synced.
pub fn temporary() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in(parent).expect("a temporary directory")
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(copied.expect("cp runs").success(), "{}", from.display());
}

pub fn walk(root: &Path, below: &Path, found: &mut Snapshot) {
    for entry in fs::read_dir(root.join(below)).expect("a directory") {
        let path = below.join(entry.expect("it can be listed").file_name());
        let full = root.join(&path);
        let meta = fs::symlink_metadata(&full).expect("it is there");
        let (mode, uid, gid) = (meta.permissions().mode(), meta.uid(), meta.gid());
        let what = if meta.is_symlink() {
            format!("-> {}", fs::read_link(&full).expect("a link").display())
        } else if meta.is_dir() {
            walk(root, &path, found);
            "directory".to_owned()
        } else if meta.len() > 1 << 20 {
            format!("{} bytes", meta.len())
        } else if meta.is_file() {
            String::from_utf8_lossy(&fs::read(&full).expect("a file")).into_owned()
        } else {
            "something else".to_owned()
        };
        found.insert(path, format!("{mode:o} {uid} {gid} {what}"));
    }
}

pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What is in one and not, or not the same, in the other: a snapshot is too long to be read.
pub fn difference(found: &Snapshot, wanted: &Snapshot) -> Vec<String> {
    let paths = found.keys().chain(wanted.keys().filter(|path| !found.contains_key(*path)));
    let differs = |path: &&PathBuf| found.get(*path) != wanted.get(*path);
    let tell =
        |path: &PathBuf| format!("{}: {:?}, wanted {:?}", path.display(), found.get(path), wanted.get(path));
    paths.filter(differs).map(tell).collect()
}
