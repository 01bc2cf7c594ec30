//! All that is in a tree, to be compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// By its path below the tree: mode, owner, group, and the text, the link's target or the kind of what is there.
pub type Snapshot = BTreeMap<PathBuf, String>;

/// Notes all that is in a folder of `root`.
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

/// What is in one and not, or not the same, in the other: a snapshot is too long to be read.
pub fn difference(found: &Snapshot, wanted: &Snapshot) -> Vec<String> {
    let paths = found.keys().chain(wanted.keys().filter(|path| !found.contains_key(*path)));
    let differs = |path: &&PathBuf| found.get(*path) != wanted.get(*path);
    let tell =
        |path: &PathBuf| format!("{}: {:?}, wanted {:?}", path.display(), found.get(path), wanted.get(path));
    paths.filter(differs).map(tell).collect()
}
