//! Machines on one wire: a network namespace each, and one for everything outside.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use test_support::{Namespace, run};

/// A namespace with an /etc/hosts of its own.
fn space(hosts: &Path) -> Namespace {
    const SCRIPT: &str = "mount --bind \"$1\" /etc/hosts && ip link set lo up";
    Namespace::new(&["--net", "--mount"], SCRIPT, &[&hosts.display().to_string()])
}

fn ip(space: &Namespace, words: &str) {
    run(space.command("ip").args(words.split_whitespace()));
}

/// The wire, with everything outside on one end of it.
pub struct Network {
    pub outside: Namespace,
    pub machines: Vec<Namespace>,
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
        let outside = space(&hosts);
        ip(&outside, "link add wire type bridge");
        for address in [format!("{OUTSIDE}/24"), format!("{STRANGER}/24"), format!("{CLOUDS_SERVER}/16")] {
            ip(&outside, &format!("address add {address} dev wire"));
        }
        ip(&outside, "link set wire up");
        let machine = |at: usize| {
            let machine = space(&hosts);
            let holder = machine.holder();
            ip(&outside, &format!("link add port{at} type veth peer name eth0 netns {holder}"));
            ip(&outside, &format!("link set port{at} master wire up"));
            ip(&machine, &format!("address add {}/24 dev eth0", address(at)));
            ip(&machine, "link set eth0 up");
            for reachable in ["192.168.77.0/24", "169.254.0.0/16"] {
                ip(&machine, &format!("route add {reachable} dev eth0"));
            }
            machine
        };
        let machines = (0..names.len()).map(machine).collect();
        Network { outside, machines }
    }
}
