//! The pools of pool.ntp.org that the distributions have for their own use.

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

/// The pool of the distribution that is called one of these, the first that is known.
pub fn pool(distribution: &[String]) -> &'static str {
    let known = |name: &String| POOLS.iter().find(|(id, _)| id == name);
    distribution.iter().find_map(known).map_or(DEFAULT_POOL, |(_, pool)| pool)
}
