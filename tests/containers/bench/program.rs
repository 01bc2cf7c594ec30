//! The agent as `make install` installs it, in a folder that is laid over the trees.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use test_support::bench::store;
use test_support::{agent, repository, run};

/// What cargo built for this test, with its units and its configuration, enabled as its package enables it. Made once a
/// process; a folder of a process that is gone is removed.
pub fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        remove_old();
        let layer = store("containers").join(format!("agent-{}", std::process::id()));
        run(Command::new("make")
            .arg("--no-print-directory")
            .arg("--directory")
            .arg(repository())
            .arg(format!("BIN={}", agent()))
            .arg(format!("DESTDIR={}", layer.display()))
            .arg("UNITDIR=/usr/lib/systemd/system")
            .arg("install")
            .env_remove("MAKEFLAGS"));
        // A debug build is four fifths symbols.
        run(Command::new("strip").arg("--strip-debug").arg(layer.join("usr/bin/cloud-timesync")));
        let wants = layer.join("etc/systemd/system/multi-user.target.wants");
        fs::create_dir_all(&wants).expect("making multi-user.target.wants");
        symlink("/usr/lib/systemd/system/cloud-timesync.service", wants.join("cloud-timesync.service"))
            .expect("enabling the agent");
        layer
    })
}

fn remove_old() {
    for entry in fs::read_dir(store("containers")).expect("reading the bench's store").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("agent-");
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
