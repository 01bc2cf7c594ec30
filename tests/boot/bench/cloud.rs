//! A cloud's network, as a guest sees it: the metadata service and the time servers, in a network namespace of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::process::Command;
use std::thread;

use test_support::imds::{self, Request, Server};
use test_support::{Namespace, ntp, run};

/// The metadata service of every cloud here; Google's and Oracle's time server too.
pub const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));
pub const AMAZON_NTP: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 123));
/// The same for machines that have no IPv4.
const AMAZON_NTP_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x123));
/// Plays every time server of the Internet that the guest's /etc/hosts knows.
pub const PUBLIC_NTP: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 7, 7));

pub struct Cloud {
    /// What the metadata service answers; None where nothing listens.
    imds: Option<fn(&Request) -> Vec<u8>>,
    ntp: Vec<IpAddr>,
    vague: bool,
}

impl Cloud {
    pub fn new(imds: Option<fn(&Request) -> Vec<u8>>, ntp: &[IpAddr]) -> Cloud {
        Cloud { imds, ntp: ntp.to_owned(), vague: false }
    }

    pub fn aws() -> Cloud {
        Cloud::new(Some(imds::aws), &[AMAZON_NTP])
    }

    /// Amazon's subnets without IPv4: the metadata service is off there if nobody switches it on.
    pub fn aws_v6() -> Cloud {
        Cloud::new(None, &[AMAZON_NTP_V6])
    }

    pub fn gce() -> Cloud {
        Cloud::new(Some(imds::gce), &[METADATA])
    }

    pub fn azure() -> Cloud {
        Cloud::new(Some(imds::azure), &[PUBLIC_NTP])
    }

    pub fn oci() -> Cloud {
        Cloud::new(Some(imds::oci), &[METADATA])
    }

    /// The time servers are right, and say that they may be off by more than a second.
    pub fn vague(mut self) -> Cloud {
        self.vague = true;
        self
    }

    /// Brings the network up, with its servers, which end with this process.
    pub fn open(&self) -> (Namespace, Option<Server>) {
        let space = Namespace::new(&["--net"], "", &[]);
        let imds = space.enter(|| {
            lay_cables();
            self.ntp.iter().for_each(|address| self.start_time_server(*address));
            self.imds.map(|answer| Server::on(&format!("{METADATA}:80"), answer))
        });
        (space, imds)
    }

    /// With the host's time. A server somewhere on the Internet vouches for less than one that is a link away; with 3 s and
    /// more chronyd would not follow it.
    fn start_time_server(&self, address: IpAddr) {
        let dispersion_s = match address {
            _ if self.vague => 1.5,
            PUBLIC_NTP => 0.1,
            _ => 0.001,
        };
        let socket = UdpSocket::bind((address, ntp::PORT)).expect("listening as the time server");
        thread::spawn(move || ntp::serve(&socket, dispersion_s, |_| Some(ntp::now())));
    }
}

fn lay_cables() {
    let ip = |words: &str| run(Command::new("ip").args(words.split(' ')));
    ip("link set lo up");
    ip("tuntap add tap0 mode tap");
    for address in [METADATA, AMAZON_NTP, PUBLIC_NTP] {
        ip(&format!("address add {address}/16 dev tap0"));
    }
    ip(&format!("address add {AMAZON_NTP_V6}/64 dev tap0 nodad"));
    ip("link set tap0 up");
}
