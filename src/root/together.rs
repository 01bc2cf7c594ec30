//! Many small files at once. A sync waits for the disk, and [`Root::write`] has three for each file.

use std::collections::HashSet;
use std::path::Path;

use rustix::fs;

use super::{Root, Staged};
use crate::error::{Error, Result};

/// Each has its directory open meanwhile, and a process may have 1024 files open.
const AT_ONCE: usize = 256;

impl Root {
    /// Writes files as [`Root::write`] does, path, text and mode, with two syncs for all of them. Returns what came of each.
    pub fn write_together(&self, files: &[(&Path, &str, u32)]) -> Vec<Result<()>> {
        files.chunks(AT_ONCE).flat_map(|files| self.write_some(files)).collect()
    }

    fn write_some(&self, files: &[(&Path, &str, u32)]) -> Vec<Result<()>> {
        let staged: Vec<_> = files.iter().map(|file| self.stage_file(*file, false)).collect();
        // No file has its name before its text is on the disk. A sync fails for what others wrote, too: then each by itself.
        if sync(&staged).is_err() {
            drop(staged);
            return files.iter().map(|(path, text, mode)| self.write(path, text, *mode)).collect();
        }
        let named: Vec<_> = staged.into_iter().map(|staged| staged?.named()).collect();
        let synced = sync(&named);
        let came_of = |named: Result<Staged>| {
            let named = named?;
            synced.map_err(|why| Error::path("writing", &named.path, why))
        };
        named.into_iter().map(came_of).collect()
    }
}

/// Brings every file system to the disk that has one of these.
fn sync(files: &[Result<Staged>]) -> rustix::io::Result<()> {
    let mut synced = HashSet::new();
    for Staged { dir, .. } in files.iter().flatten() {
        if synced.insert(fs::fstat(dir)?.st_dev) {
            fs::syncfs(dir)?;
        }
    }
    Ok(())
}
