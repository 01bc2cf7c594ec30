//! Texts that the distributions themselves put into chrony.conf: their pools of pool.ntp.org, and the usual directives.

use super::comparable_name;
use crate::names::{DHCP_DIR, FRAGMENT_DIRS};

/// Pools by the ID of os-release(5). Each is the zone that the distribution's own chrony.conf names.
const POOLS: [(&str, &str); 13] = [
    ("debian", "2.debian.pool.ntp.org"),
    ("ubuntu", "2.ubuntu.pool.ntp.org"),
    ("rhel", "2.rhel.pool.ntp.org"),
    ("centos", "2.centos.pool.ntp.org"),
    ("almalinux", "2.almalinux.pool.ntp.org"),
    ("rocky", "2.rocky.pool.ntp.org"),
    ("fedora", "2.fedora.pool.ntp.org"),
    ("amzn", "2.amazon.pool.ntp.org"),
    ("ol", "2.pool.ntp.org"),
    ("opensuse-leap", "2.opensuse.pool.ntp.org"),
    ("opensuse-tumbleweed", "2.opensuse.pool.ntp.org"),
    ("sles", "2.suse.pool.ntp.org"),
    ("arch", "2.arch.pool.ntp.org"),
];

/// The pool of any other distribution. Four servers, as in every numbered zone; this one has IPv6 too.
const DEFAULT_POOL: &str = "2.pool.ntp.org";

/// Lines that a distribution's own chrony.conf has, and that mean nothing of the operator's.
const USUAL: [&str; 8] = [
    "keyfile /etc/chrony.keys",
    "keyfile /etc/chrony/chrony.keys",
    "ntsdumpdir /var/lib/chrony",
    "logdir /var/log/chrony",
    "log measurements statistics tracking",
    "maxupdateskew 100.0",
    "leapsectz right/UTC",
    "leapseclist /usr/share/zoneinfo/leap-seconds.list",
];

/// Tells whether a distribution's own chrony.conf reads sources from this directory: DHCP's, and Amazon Linux's of its
/// cloud.
pub fn is_usual_directory(directory: &str) -> bool {
    [DHCP_DIR, "/run/chrony.d"].contains(&directory.trim_end_matches('/'))
        || FRAGMENT_DIRS.contains(&directory.trim_end_matches('/'))
}

/// Tells whether this line of chrony.conf is one of a distribution's usual ones.
pub fn is_usual(line: &str) -> bool {
    USUAL.contains(&line)
}

/// Zones of pool.ntp.org that are no distribution's, beside those of countries: https://www.ntppool.org/zone
const CONTINENTS: [&str; 6] = ["africa", "asia", "europe", "north-america", "oceania", "south-america"];

/// Tells whether a distribution's own chrony.conf names this server: one of its zone of the pool's, or of Ubuntu's.
pub fn is_distributions(server: &str) -> bool {
    let server = comparable_name(server);
    let Some(zone) = server.strip_suffix("pool.ntp.org") else { return server.ends_with(".ubuntu.com") };
    let zone = match zone.as_bytes() {
        [b'0'..=b'9', b'.', ..] => &zone[2..],
        _ => zone,
    };
    let is_vendors = |name: &str| name.len() > 2 && !name.contains('.') && !CONTINENTS.contains(&name);
    zone.is_empty() || zone.strip_suffix('.').is_some_and(is_vendors)
}

/// The pool of the distribution that is called one of these, the first that is known.
pub fn pool(distribution: &[String]) -> &'static str {
    let known = |name: &String| POOLS.iter().find(|(id, _)| id == name);
    distribution.iter().find_map(known).map_or(DEFAULT_POOL, |(_, pool)| pool)
}
