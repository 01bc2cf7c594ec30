//! The agent as `make install` installs it, in a folder that is laid over the trees.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use test_support::bench::store;
use test_support::{agent, repository, run};

/// What cargo built for this test, with its units and its configuration, enabled as its package enables it. Made once a
/// process.
pub fn installed() -> &'static Path {
    static INSTALLED: LazyLock<PathBuf> = LazyLock::new(install);
    &INSTALLED
}

fn install() -> PathBuf {
    let store = store("containers");
    // What processes left that are gone.
    let remove_old = "for old in agent-*; do [ -e /proc/${old#agent-} ] || rm -rf $old; done";
    run(Command::new("sh").args(["-c", remove_old]).current_dir(&store));
    let layer = store.join(format!("agent-{}", std::process::id()));
    run(Command::new("make")
        .args(["--no-print-directory", "install", "UNITDIR=/usr/lib/systemd/system"])
        .args([format!("BIN={}", agent()), format!("DESTDIR={}", layer.display())])
        .env_remove("MAKEFLAGS")
        .current_dir(repository()));
    // A debug build is four fifths symbols.
    run(Command::new("strip").arg("--strip-debug").arg(layer.join("usr/bin/cloud-timesync")));
    let wants = layer.join("etc/systemd/system/multi-user.target.wants");
    fs::create_dir_all(&wants).expect("making multi-user.target.wants");
    symlink("/usr/lib/systemd/system/cloud-timesync.service", wants.join("cloud-timesync.service"))
        .expect("enabling the agent");
    layer
}
