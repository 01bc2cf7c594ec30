//! A machine of the cluster: a tree that the agent configured, and Debian's chronyd running by it.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::clock::{Oscillator, Time};
use super::network::OUTSIDE;
use test_support::{Namespace, Tree, chronyd};

/// One that is on AWS, like its neighbours.
pub struct Machine<'a> {
    space: &'a Namespace,
    tree: Tree,
    directory: PathBuf,
    chronyd: Option<Child>,
    pub address: Ipv4Addr,
}

/// `chronyc tracking`, what is needed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    pub reference_id: String,
    /// The address of the source that is followed; empty for none.
    pub follows: String,
    pub stratum: u8,
    pub leap: String,
}

/// chronyc lies beside chronyd.
fn program(name: &str) -> PathBuf {
    let chronyd = chronyd().expect("there is no chrony to run: run make target/chrony first");
    chronyd.ancestors().nth(2).expect("it lies in usr/sbin").join(name)
}

impl<'a> Machine<'a> {
    /// Lets the agent write chrony.conf for a machine of this name.
    pub fn configured(
        space: &'a Namespace,
        address: Ipv4Addr,
        name: &str,
        config: &str,
        directory: &Path,
    ) -> Machine<'a> {
        let directory = directory.join(name);
        fs::create_dir_all(&directory).expect("a directory");
        // chronyd's socket goes into no directory that is open to others.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).expect("a mode");
        let tree = Tree::base("debian13");
        tree.put("etc/hostname", &format!("{name}\n"));
        tree.put("etc/cloud-timesync/config.toml", config);
        // chronyd -x slews the time that it serves, and cannot step it.
        tree.put("etc/cloud-timesync/config.toml.d/bench.toml", "step_policy = \"plan\"\n");
        tree.put("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
        tree.well(&["apply"], name);
        Machine { space, tree, directory, chronyd: None, address }
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("chronyd.sock")
    }

    /// Starts chronyd. Beside the agent's text it gets what lets it run here: the bench may ask it for the time, and it
    /// keeps no file that is another's. It steps no clock (`-x`), so the clocks are less than a second off.
    pub fn start(&mut self, clock: Oscillator, preload: &Path, time: Time) {
        let (around, log) = (self.directory.join("chrony.conf"), self.directory.join("log"));
        let [conf, pid, socket] =
            [self.tree.at("etc/chrony/chrony.conf"), self.directory.join("pid"), self.socket()];
        let text = format!(
            "include {}\npidfile {}\nbindcmdaddress {}\nuser root\nallow {OUTSIDE}\n",
            conf.display(),
            pid.display(),
            socket.display()
        );
        fs::write(&around, text).expect("the bench's part of the configuration");
        let mut chronyd = self.space.command(program("sbin/chronyd"));
        chronyd.args(["-x", "-d", "-f"]).arg(&around);
        clock.give(&mut chronyd, preload, time);
        let log = fs::File::create(log).expect("a log");
        let chronyd = chronyd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.chronyd = Some(chronyd.expect("starting chronyd"));
    }

    /// The machine is gone.
    pub fn stop(&mut self) {
        if let Some(mut chronyd) = self.chronyd.take() {
            let _ = chronyd.kill();
            let _ = chronyd.wait();
        }
    }

    pub fn chronyc(&self, words: &[&str]) -> Output {
        let mut chronyc = Command::new(program("bin/chronyc"));
        chronyc.arg("-h").arg(self.socket()).args(["-c", "-n"]).args(words);
        chronyc.output().expect("running chronyc")
    }

    /// None while chronyd does not answer.
    pub fn tracking(&self) -> Option<Tracking> {
        let text = String::from_utf8(self.chronyc(&["tracking"]).stdout).expect("UTF-8");
        let fields: Vec<&str> = text.trim_end().split(',').collect();
        let [id, follows, stratum, .., leap] = fields[..] else { return None };
        Some(Tracking {
            reference_id: id.to_owned(),
            follows: follows.to_owned(),
            stratum: stratum.parse().ok()?,
            leap: leap.to_owned(),
        })
    }

    pub fn follows(&self, address: Ipv4Addr) -> bool {
        self.tracking().is_some_and(|tracking| tracking.follows == address.to_string())
    }

    /// For whoever reads why a test failed.
    pub fn story(&self) -> String {
        let sources = String::from_utf8_lossy(&self.chronyc(&["sources"]).stdout).into_owned();
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        format!("{} {:?}\n{sources}{log}", self.address, self.tracking())
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}
