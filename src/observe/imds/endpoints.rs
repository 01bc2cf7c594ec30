//! The addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::services::Service;

/// Addresses at which the metadata services answer: link-local literals on a cloud, loopback in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// All four clouds.
    pub v4: SocketAddr,
    /// EC2 on Nitro; off unless the instance asks for it.
    pub aws_v6: Option<SocketAddr>,
    /// OCI in IPv6-only subnets.
    pub oci_v6: Option<SocketAddr>,
}

impl Endpoints {
    /// The addresses of production. Literals, because a name would need DNS before the network is known to work.
    ///
    /// IPv4: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html> (and the same on
    /// GCE, Azure and OCI), where `fd00:ec2::254` stands too; `fd00:c1::a9fe:a9fe`: cloud-init's DataSourceOracle.py.
    pub const fn link_local() -> Self {
        const fn http(address: IpAddr) -> SocketAddr {
            SocketAddr::new(address, 80)
        }
        let v4 = Ipv4Addr::new(169, 254, 169, 254);
        let aws_v6 = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
        let oci_v6 = Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe);
        Endpoints {
            v4: http(IpAddr::V4(v4)),
            aws_v6: Some(http(IpAddr::V6(aws_v6))),
            oci_v6: Some(http(IpAddr::V6(oci_v6))),
        }
    }

    /// Every service at every address it has.
    pub(super) fn doors(&self) -> impl Iterator<Item = (Service, SocketAddr)> {
        let v4 = Service::ALL.map(|service| (service, Some(self.v4)));
        let v6 = [(Service::Aws, self.aws_v6), (Service::Oci, self.oci_v6)];
        v4.into_iter().chain(v6).filter_map(|(service, address)| Some((service, address?)))
    }
}
