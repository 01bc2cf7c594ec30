//! The time servers that displaced daemons were told to ask. Their names come from files that anybody
//! may have written: what is no host's name and no address is no server.

use std::net::IpAddr;
use std::path::Path;

use tracing::warn;

use super::chronyd::configuration::is_closed;
use super::units::{self, Places};
use crate::config::{Host, Rivals, is_same_name};
use crate::error::Result;
use crate::machine::ForeignServer;
use crate::receipt::{Entry, Receipt};
use crate::rival::{RIVALS, Rival, ServerFile, Syntax};
use crate::root::Root;

/// A server's name, whether it is a pool's, and the file that names it.
type Named = (String, bool, String);

/// The directories of timesyncd's drop-ins; a name in an earlier one hides it in the later ones.
const DROP_INS: [&str; 4] = [
    "/etc/systemd/timesyncd.conf.d",
    "/run/systemd/timesyncd.conf.d",
    "/usr/local/lib/systemd/timesyncd.conf.d",
    "/usr/lib/systemd/timesyncd.conf.d",
];

/// The servers of the rivals that are displaced, or are going to be; each name once. Those that are kept and start ask
/// theirs themselves.
///
/// # Errors
/// When a directory of drop-ins or of units cannot be listed.
pub fn servers(
    root: &Root,
    places: &Places,
    rivals: Rivals,
    receipt: &Receipt,
) -> Result<Vec<ForeignServer>> {
    let mut servers: Vec<ForeignServer> = Vec::new();
    for rival in RIVALS {
        let Some(file) = rival.servers.as_ref() else { continue };
        if !is_displaced(root, places, rival, rivals, receipt)? {
            continue;
        }
        for server in servers_in(root, rival, file)? {
            if !servers.iter().any(|known| is_same_name(&known.name, &server.name)) {
                servers.push(server);
            }
        }
    }
    Ok(servers)
}

/// It would start in a boot and is not kept, or the agent saw to it that it does not start.
fn is_displaced(
    root: &Root,
    places: &Places,
    rival: &Rival,
    rivals: Rivals,
    receipt: &Receipt,
) -> Result<bool> {
    let ours = receipt.entries.iter().any(|entry| match entry {
        Entry::Disabled { unit, .. } | Entry::Masked { unit } => rival.units.contains(&unit.as_str()),
        _ => false,
    });
    let mut names = rival.units.iter().filter(|name| units::is_its_own(root, name));
    let mut enabled = || names.try_fold(false, |any, name| Ok(any || is_enabled(root, places, name)?));
    Ok(match rivals {
        Rivals::Displace => ours || enabled()?,
        Rivals::Keep => ours && !enabled()?,
    })
}

fn is_enabled(root: &Root, places: &Places, name: &str) -> Result<bool> {
    Ok(units::unit(root, places, name)?.is_some_and(|unit| unit.is_enabled()))
}

fn servers_in(root: &Root, rival: &Rival, file: &ServerFile) -> Result<Vec<ForeignServer>> {
    let mut found: Vec<Named> = Vec::new();
    match file.syntax {
        Syntax::Ntp | Syntax::OpenNtpd => {
            let text = root.text(file.path).unwrap_or_default();
            let named = text.lines().filter_map(|line| named(line, file.syntax));
            found.extend(named.map(|(name, pool)| (name.to_owned(), pool, file.path.to_owned())));
        }
        Syntax::Timesyncd => {
            for path in timesyncd_files(root, file.path)? {
                let text = root.text(&path).unwrap_or_default();
                for value in ntp_values(&text) {
                    // An empty one takes back what was said before.
                    if value.is_empty() {
                        found.clear();
                    }
                    let names = value.split_whitespace();
                    found.extend(names.map(|name| (name.to_owned(), false, path.clone())));
                }
            }
        }
    }
    found.retain(|(name, ..)| is_host(name));
    Ok(leave_closed(root, rival.name, found)
        .into_iter()
        .map(|(name, pool, file)| ForeignServer { name, pool, daemon: rival.name, file: file.into() })
        .collect())
}

/// Leaves out what is in files that not every user may read: chrony.conf and the receipt are for all.
fn leave_closed(root: &Root, daemon: &str, found: Vec<Named>) -> Vec<Named> {
    let (closed, open): (Vec<Named>, Vec<Named>) =
        found.into_iter().partition(|(.., file)| is_closed(root, Path::new(file)));
    let mut closed: Vec<String> = closed.into_iter().map(|(.., file)| file).collect();
    closed.dedup();
    if !closed.is_empty() {
        let files = closed.join(", ");
        warn!(
            "the servers that {daemon} asked are not taken over: not every user may read {files}; name them as [[source]]: cloud-timesync.toml(5)"
        );
    }
    open
}

/// What a line of ntp.conf or ntpd.conf names, and whether all its addresses are meant.
fn named(line: &str, syntax: Syntax) -> Option<(&str, bool)> {
    let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
    let pool = match (words.next()?, syntax) {
        ("server", _) => false,
        ("pool", Syntax::Ntp) | ("servers", Syntax::OpenNtpd) => true,
        _ => return None,
    };
    // ntp.conf(5): -4 and -6 choose between a name's addresses.
    words.find(|word| !matches!(*word, "-4" | "-6")).map(|name| (name, pool))
}

/// The files that timesyncd reads, in its order.
fn timesyncd_files(root: &Root, main: &str) -> Result<Vec<String>> {
    let mut drop_ins: Vec<(String, &str)> = Vec::new();
    for dir in DROP_INS {
        for entry in root.list(dir)? {
            let hidden = drop_ins.iter().any(|(name, _)| *name == entry.name);
            if entry.name.ends_with(".conf") && !hidden {
                drop_ins.push((entry.name, dir));
            }
        }
    }
    drop_ins.sort();
    let drop_ins = drop_ins.into_iter().map(|(name, dir)| format!("{dir}/{name}"));
    Ok([main.to_owned()].into_iter().chain(drop_ins).collect())
}

/// The values of NTP= in the section [Time].
fn ntp_values(text: &str) -> Vec<&str> {
    let mut values = Vec::new();
    let mut in_time = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            in_time = line == "[Time]";
        } else if let Some(("NTP", value)) =
            line.split_once('=').filter(|_| in_time).map(|(key, value)| (key.trim_end(), value))
        {
            values.push(value.trim());
        }
    }
    values
}

/// The name or the address of another machine.
fn is_host(name: &str) -> bool {
    if let Ok(address) = name.parse::<IpAddr>() {
        // ntpd calls its hardware clocks 127.127.t.u.
        let ours = address.is_loopback() || address.is_unspecified() || address.is_multicast();
        return !ours && address != IpAddr::from([255; 4]);
    }
    let local = name.trim_end_matches('.').eq_ignore_ascii_case("localhost");
    !local && Host::try_from(name.to_owned()).is_ok()
}

#[cfg(test)]
mod tests {
    // Trees are made by hand.
    #![allow(clippy::disallowed_methods)]

    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(text: &str, syntax: Syntax) -> Vec<(&str, bool)> {
        text.lines().filter_map(|line| named(line, syntax)).filter(|(name, _)| is_host(name)).collect()
    }

    #[test]
    fn servers_are_read_as_each_daemon_reads_them() {
        let ntp = "driftfile /x\npool 0.debian.pool.ntp.org iburst\n  server -4 10.1.2.3 # ours\n\
                   peer b.example\nserver 127.127.1.0\nserver\n#server c.example\nservers d.example\n";
        assert_eq!(names(ntp, Syntax::Ntp), [("0.debian.pool.ntp.org", true), ("10.1.2.3", false)]);
        let open = "listen on *\nservers a.example\nserver 2001:db8::1 weight 2\npool b.example\nsensor *\n";
        assert_eq!(names(open, Syntax::OpenNtpd), [("a.example", true), ("2001:db8::1", false)]);
    }

    #[test]
    fn timesyncds_fallback_is_nobodys_choice() {
        let text =
            "NTP=z\n[Time]\nNTP = a.example b.example\n#NTP=c\nFallbackNTP=d\n[Other]\nNTP=e\n[Time]\nNTP=\n";
        assert_eq!(ntp_values(text), ["a.example b.example", ""]);
    }

    #[test]
    fn what_is_no_host_is_no_server() {
        for hostile in [
            "a;b",
            "a\u{0}b",
            "-a.example",
            "a-.example",
            "a..b",
            "a_b",
            "",
            ".",
            "a b",
            "$(x)",
            "a/b",
            "bücher.example",
            "127.127.1.0",
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "224.0.1.1",
            "255.255.255.255",
            "10.1",
            "0x7f.1",
            "localhost",
            "fe80::1%eth0",
        ] {
            assert!(!is_host(hostile), "{hostile:?}");
        }
        assert!(!is_host(&"a".repeat(64)) && !is_host(&"a.".repeat(127)));
        for byte in 0..=255_u8 {
            let harmless = byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
            assert_eq!(is_host(&format!("a{}b.example", char::from(byte))), harmless, "{byte}");
        }
        for host in ["a", "a.example", "A-1.example.", "10.1.2.3", "2001:db8::1", "3com.example", "time.x1"] {
            assert!(is_host(host), "{host}");
        }
    }

    #[test]
    fn a_file_that_is_closed_names_no_servers() {
        let tree = tempfile::tempdir().unwrap();
        let file = tree.path().join("etc/ntp.conf");
        fs::create_dir_all(tree.path().join("etc")).unwrap();
        fs::write(&file, "server ntp.site.example\n").unwrap();
        let root = Root::open(tree.path()).unwrap();
        let rival = RIVALS.iter().find(|rival| rival.name == "ntp").unwrap();
        for (mode, expected) in [(0o644, 1), (0o640, 0), (0o600, 0)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let servers = servers_in(&root, rival, rival.servers.as_ref().unwrap()).unwrap();
            assert_eq!(servers.len(), expected, "{mode:o}");
        }
    }
}
