//! Namespaces of a network, of mounts, or of both: without a name, and held open by a process that ends with this one.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

pub struct Namespace {
    holder: Child,
    /// Of what it has a namespace, in the words of unshare(1) and nsenter(1).
    kinds: &'static [&'static str],
}

impl Namespace {
    /// Makes it, and runs a shell's script in it, whose arguments are `$1` and so on.
    pub fn new(kinds: &'static [&'static str], script: &str, arguments: &[&str]) -> Namespace {
        let script = format!("set -eu\n{script}\necho\nread -r _");
        let mut holder = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare"])
            .args(kinds)
            .args(["--", "sh", "-c", &script, "sh"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starting unshare");
        // The line comes from inside: now the process is where it should be.
        let mut inside = holder.stdout.take().expect("the pipe that was asked for");
        inside.read_exact(&mut [0]).expect("making a namespace: it needs root");
        Namespace { holder, kinds }
    }

    pub fn holder(&self) -> u32 {
        self.holder.id()
    }

    /// A command inside, which ends with this process.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "nsenter"]).args(self.kinds);
        command.arg("--target").arg(self.holder().to_string()).arg("--").arg(program.as_ref());
        command
    }

    /// Does the work on a thread inside the network. Processes and threads that it starts are born there.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let network = File::open(format!("/proc/{}/ns/net", self.holder())).expect("opening the namespace");
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
                    .expect("entering the namespace");
                work()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// A path inside, as everybody else sees it.
    pub fn outside(&self, path: &Path) -> PathBuf {
        let below = path.strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.holder().to_string()).join("root").join(below)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
