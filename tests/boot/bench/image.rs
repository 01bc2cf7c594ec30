//! What is on a guest's disk, without booting it: e2fsprogs finds its way about an image without a mount.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::run;

/// Files with their bytes, links with their targets, by their paths. Directories are what is in them.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Reads what is below these paths, after the journal of the file system is replayed. A file system that a power cut
/// has damaged beyond that ends the test.
pub fn files(image: &Path, paths: &[&str]) -> Files {
    let mended = Command::new("e2fsck").arg("-fp").arg(image).output().expect("starting e2fsck");
    // 1: something was mended, as is always the case after a replay.
    assert!(matches!(mended.status.code(), Some(0 | 1)), "{}: {mended:?}", image.display());
    let copy = tempfile::tempdir().expect("making a directory for the disk's files");
    let mut found = Files::new();
    for path in paths {
        let to = copy.path().join(path.trim_start_matches('/'));
        let parent = to.parent().expect("a directory above");
        fs::create_dir_all(parent).expect("making a directory");
        run(Command::new("debugfs").arg("-R").arg(format!("rdump {path} {}", parent.display())).arg(image));
        if to.exists() {
            read(copy.path(), &to, &mut found);
        }
    }
    found
}

fn read(root: &Path, directory: &Path, found: &mut Files) {
    for entry in fs::read_dir(directory).expect("listing a directory") {
        let path = entry.expect("listing a directory").path();
        let bytes = if path.is_symlink() {
            fs::read_link(&path).expect("reading a link").into_os_string().into_encoded_bytes()
        } else if path.is_dir() {
            read(root, &path, found);
            continue;
        } else {
            fs::read(&path).expect("reading a file")
        };
        let below = path.strip_prefix(root).expect("it is below");
        found.insert(Path::new("/").join(below), bytes);
    }
}
