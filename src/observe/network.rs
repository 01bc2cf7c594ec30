//! The machine's addresses, as the kernel has them at this moment.

use std::time::{Duration, Instant};

use crate::machine::Addresses;
use crate::root::Root;

/// Limit of the wait for an address, by a pass that needs one.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// IPv6 may be a moment before IPv4: a router announces it, and DHCP takes two packets more.
const V6_ALONE: Duration = Duration::from_secs(5);

/// Waits until the machine can be reached, or the deadline. Nothing tells that for all of the programs that set up a network.
pub async fn wait(root: &Root) {
    let began = Instant::now();
    let mut v6_since = None;
    while began.elapsed() < DEADLINE {
        match addresses(root) {
            Addresses::V4 => return,
            Addresses::OnlyV6 if v6_since.get_or_insert_with(Instant::now).elapsed() >= V6_ALONE => return,
            Addresses::OnlyV6 => {}
            Addresses::Unknown => v6_since = None,
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// An image is reached by nobody, and its builder is another machine.
pub fn addresses(root: &Root) -> Addresses {
    if !root.is_host() {
        return Addresses::Unknown;
    }
    let text = |path: &str| root.text(path).unwrap_or_default();
    let is_hardware = |name: &str| root.exists(format!("/sys/class/net/{name}/device"));
    judge(&text("/proc/net/route"), &text("/proc/net/if_inet6"), is_hardware)
}

/// Judges by the IPv4 routes and the IPv6 addresses. A bridge for containers has an IPv4 route on every
/// machine, so one that is no default counts only on a card.
fn judge(routes: &str, v6: &str, is_hardware: impl Fn(&str) -> bool) -> Addresses {
    let is_way_out = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, to, mask) = (words.next(), words.next(), words.nth(5));
        let is_default = to == Some("00000000") && mask == Some("00000000");
        name.is_some_and(|name| name != "lo" && (is_default || is_hardware(name)))
    };
    // Address, number, prefix length, scope, flags, name; scope 0 is global.
    let is_global = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words[..], [_, _, _, "00", _, name] if name != "lo")
    };
    if routes.lines().skip(1).any(is_way_out) {
        Addresses::V4
    } else if v6.lines().any(is_global) {
        Addresses::OnlyV6
    } else {
        Addresses::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    const LOOPBACK: &str = "00000000000000000000000000000001 01 80 10 80       lo\n";
    const LINK_LOCAL: &str = "fe80000000000000000000fffe000001 02 40 20 80     ens5\n";
    const GLOBAL: &str = "2a05d0180000000000000000000000aa 02 80 00 80     ens5\n";

    #[test]
    fn ipv4_is_missed_only_where_ipv6_is_there_without_it() {
        let route = |name: &str, to: &str, mask: &str| {
            format!("{HEAD}{name}\t{to}\t010011AC\t0003\t0\t0\t100\t{mask}\t0\t0\t0\n")
        };
        let default = route("ens5", "00000000", "00000000");
        let subnet = route("ens5", "000011AC", "0000FFFF");
        let bridge = route("docker0", "000011AC", "0000FFFF");
        let all_v6 = format!("{LOOPBACK}{LINK_LOCAL}{GLOBAL}");
        let links = format!("{LOOPBACK}{LINK_LOCAL}");
        for (routes, v6, wanted) in [
            ("", "", Addresses::Unknown),
            (HEAD, links.as_str(), Addresses::Unknown),
            (HEAD, &all_v6, Addresses::OnlyV6),
            (&bridge, &all_v6, Addresses::OnlyV6),
            (&bridge, &links, Addresses::Unknown),
            (&subnet, &all_v6, Addresses::V4),
            (&default, &links, Addresses::V4),
        ] {
            assert_eq!(judge(routes, v6, |name| name == "ens5"), wanted, "{routes}{v6}");
        }
    }
}
