//! A cloud's network, as a guest sees it: the metadata service and the time servers, in a network namespace of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Child, Command};

use super::time_server;
use test_support::imds::{self, Request, Server};
use test_support::{Namespace, run};

/// The metadata service of every cloud here; Google's and Oracle's time server too.
pub const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
pub const AMAZON_NTP: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 123);
/// The same for machines that have no IPv4.
pub const AMAZON_NTP_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x123);
/// Plays every time server of the Internet that the guest's /etc/hosts knows.
pub const PUBLIC_NTP: Ipv4Addr = Ipv4Addr::new(169, 254, 7, 7);

#[derive(Clone, Copy)]
pub enum Imds {
    Aws,
    Gce,
    Azure,
    Oci,
    /// Speaks EC2's paths without EC2's tokens, as OpenStack, Brightbox and others do.
    Lookalike,
    /// Nothing listens.
    Absent,
}

impl Imds {
    fn start(self) -> Option<Server> {
        let answer: fn(&Request) -> Vec<u8> = match self {
            Imds::Aws => imds::aws,
            Imds::Gce => imds::gce,
            Imds::Azure => imds::azure,
            Imds::Oci => imds::oci,
            Imds::Lookalike => imds::openstack,
            Imds::Absent => return None,
        };
        Some(Server::on(&format!("{METADATA}:80"), answer))
    }
}

pub struct Cloud {
    imds: Imds,
    ntp: Vec<IpAddr>,
    vague: bool,
    asleep: bool,
}

impl Cloud {
    pub fn new(imds: Imds, ntp: &[Ipv4Addr]) -> Cloud {
        Cloud { imds, ntp: ntp.iter().copied().map(IpAddr::V4).collect(), vague: false, asleep: false }
    }

    /// Amazon's subnets without IPv4: the metadata service is off there if nobody switches it on.
    pub fn aws_v6() -> Cloud {
        Cloud { imds: Imds::Absent, ntp: vec![AMAZON_NTP_V6.into()], vague: false, asleep: false }
    }

    /// Its time servers come when the guest calls: `echo > /dev/udp/ADDRESS/9`.
    pub fn asleep(mut self) -> Cloud {
        self.asleep = true;
        self
    }

    pub fn aws() -> Cloud {
        Cloud::new(Imds::Aws, &[AMAZON_NTP])
    }

    pub fn gce() -> Cloud {
        Cloud::new(Imds::Gce, &[METADATA])
    }

    pub fn azure() -> Cloud {
        Cloud::new(Imds::Azure, &[PUBLIC_NTP])
    }

    pub fn oci() -> Cloud {
        Cloud::new(Imds::Oci, &[METADATA])
    }

    /// The time servers are right, and say that they may be off by more than a second.
    pub fn vague(mut self) -> Cloud {
        self.vague = true;
        self
    }

    /// Brings the network up, with its servers.
    pub fn open(&self) -> Network {
        let space = Namespace::new(&["--net"], "", &[]);
        space.enter(lay_cables);
        for address in &self.ntp {
            let start = if self.asleep { time_server::start_when_called } else { time_server::start };
            space.enter(|| start(*address, self.dispersion_s(*address)));
        }
        let imds = space.enter(|| self.imds.start());
        Network { space, imds }
    }

    /// A time server somewhere on the Internet vouches for less than one that is a link away. With 3 s and more chronyd
    /// would not follow it.
    fn dispersion_s(&self, address: IpAddr) -> f64 {
        match (self.vague, address) {
            (true, _) => 1.5,
            (false, address) if address == PUBLIC_NTP => 0.1,
            (false, _) => 0.001,
        }
    }
}

/// An open network, and what the guest asked of it. It ends with this process.
pub struct Network {
    space: Namespace,
    pub imds: Option<Server>,
}

impl Network {
    pub fn spawn(&self, command: &mut Command) -> Child {
        self.space.enter(|| command.spawn().unwrap_or_else(|e| panic!("starting {command:?}: {e}")))
    }
}

fn lay_cables() {
    run(Command::new("ip").args(["link", "set", "lo", "up"]));
    run(Command::new("ip").args(["tuntap", "add", "tap0", "mode", "tap"]));
    for address in [METADATA, AMAZON_NTP, PUBLIC_NTP] {
        run(Command::new("ip").args(["address", "add", &format!("{address}/16"), "dev", "tap0"]));
    }
    let v6 = format!("{AMAZON_NTP_V6}/64");
    run(Command::new("ip").args(["address", "add", &v6, "dev", "tap0", "nodad"]));
    run(Command::new("ip").args(["link", "set", "tap0", "up"]));
}
