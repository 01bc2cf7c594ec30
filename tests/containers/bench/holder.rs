//! A mount namespace with a machine's disk in it: a tree that many share, and in memory what this machine changes.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::tree::store;

/// Holds the namespace open. Both end with this process, and the memory is free again.
pub struct Holder {
    child: Child,
}

/// The second argument is the list of lower layers, uppermost first.
const MOUNT: &str = "set -eu
mount -t tmpfs -o mode=755 tmpfs \"$1\"
cd \"$1\"
mkdir upper work root
mount -t overlay -o \"lowerdir=$2,upperdir=upper,workdir=work\" overlay root
echo
read -r _";

impl Holder {
    pub fn mount(layers: &[&Path]) -> Holder {
        let layers: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--mount", "--", "sh", "-c", MOUNT, "sh"])
            .arg(mount_point())
            .arg(layers.join(":"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starting unshare");
        let mut ready = child.stdout.take().expect("the pipe that was asked for");
        ready.read_exact(&mut [0]).expect("mounting a container's disk: it needs root, tmpfs and overlayfs");
        Holder { child }
    }

    /// A command in the namespace, which ends with this process.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "nsenter", "--mount", "--target"]);
        command.arg(self.child.id().to_string()).arg("--").arg(program);
        command
    }

    /// The machine's root directory, as programs in the namespace see it.
    pub fn inside() -> PathBuf {
        mount_point().join("root")
    }

    /// The same directory for everybody else.
    pub fn outside(&self) -> PathBuf {
        let inside = Holder::inside();
        let below = inside.strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.child.id().to_string()).join("root").join(below)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Each namespace has a mount of its own there.
fn mount_point() -> PathBuf {
    let path = store().join("mnt");
    std::fs::create_dir_all(&path).unwrap_or_else(|e| panic!("making {}: {e}", path.display()));
    path
}
