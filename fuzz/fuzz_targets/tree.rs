//! A tree in memory that the agent can be pointed at.

use std::fs;
use std::path::Path;

use cloud_timesync::root::Root;
use tempfile::TempDir;

pub struct Tree {
    dir: TempDir,
    pub root: Root,
}

impl Tree {
    pub fn new() -> Tree {
        let memory = Path::new("/dev/shm");
        let builder = tempfile::Builder::new();
        let dir = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
        let dir = dir.expect("a folder");
        let tree = dir.path().join("tree");
        fs::create_dir(&tree).expect("a folder");
        Tree { root: Root::open(&tree).expect("a root"), dir }
    }

    /// Writes a file into the tree.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.dir.path().join("tree").join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    /// Beside the tree: nothing that is done to the tree may reach it.
    #[allow(dead_code)]
    pub fn outside(&self) -> &Path {
        self.dir.path()
    }
}
