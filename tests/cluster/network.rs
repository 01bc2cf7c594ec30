//! Machines on one wire: a network namespace each, and one for everything outside.

use std::fs::{self, File};
use std::io::Read;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::run;

/// A namespace without a name, with an /etc/hosts of its own. It ends with its holder, and the holder with this process.
pub struct Space {
    holder: Child,
    handle: File,
}

impl Space {
    fn new(hosts: &Path) -> Space {
        let script = "mount --bind \"$0\" /etc/hosts && ip link set lo up && echo && read -r _";
        let mut holder = Command::new("unshare")
            .args(["--net", "--mount", "--", "sh", "-c", script])
            .arg(hosts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starting unshare");
        let mut inside = holder.stdout.take().expect("the pipe that was asked for");
        inside.read_exact(&mut [0]).expect("making a namespace: it needs root");
        let handle = File::open(format!("/proc/{}/ns/net", holder.id())).expect("opening the namespace");
        Space { holder, handle }
    }

    /// A command inside, which ends with this process.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "nsenter", "--net", "--mount", "--target"]);
        command.arg(self.holder.id().to_string()).arg("--").arg(program);
        command
    }

    /// Does the work on a thread inside. Threads that it starts are born there.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(self.handle.as_fd(), Some(LinkNameSpaceType::Network))
                    .expect("entering the namespace");
                work()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn ip(&self, words: &str) {
        run(self.command(Path::new("ip")).args(words.split_whitespace()));
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The wire, with everything outside on one end of it.
pub struct Network {
    pub outside: Space,
    pub machines: Vec<Space>,
}

/// The cluster's network, and its address outside.
pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 254);
/// An address that no machine of the cluster has.
pub const STRANGER: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 1);
/// Where a machine on AWS finds its time server.
pub const CLOUDS_SERVER: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 123);

/// The address of a machine, by its place in the list.
pub fn address(machine: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, machine as u8 + 1)
}

impl Network {
    /// Machines of these names, which know each other by them.
    pub fn of(names: &[&str], directory: &Path) -> Network {
        let hosts = directory.join("hosts");
        let lines = names.iter().enumerate().map(|(at, name)| format!("{} {name}\n", address(at)));
        fs::write(&hosts, lines.collect::<String>() + "127.0.0.1 localhost\n").expect("writing hosts");
        let outside = Space::new(&hosts);
        outside.ip("link add wire type bridge");
        for address in [format!("{OUTSIDE}/24"), format!("{STRANGER}/24"), format!("{CLOUDS_SERVER}/16")] {
            outside.ip(&format!("address add {address} dev wire"));
        }
        outside.ip("link set wire up");
        let machine = |at: usize| {
            let space = Space::new(&hosts);
            let holder = space.holder.id();
            outside.ip(&format!("link add port{at} type veth peer name eth0 netns {holder}"));
            outside.ip(&format!("link set port{at} master wire up"));
            space.ip(&format!("address add {}/24 dev eth0", address(at)));
            space.ip("link set eth0 up");
            for reachable in ["192.168.77.0/24", "169.254.0.0/16"] {
                space.ip(&format!("route add {reachable} dev eth0"));
            }
            space
        };
        let machines = (0..names.len()).map(machine).collect();
        Network { outside, machines }
    }
}
