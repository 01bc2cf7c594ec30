//! What displaced daemons were told to ask. Their files anybody may have written: what is no host's name and no address is no
//! server.

mod ntp;
mod timesyncd;

use std::net::IpAddr;
use std::path::Path;

use super::chronyd::configuration::is_closed;
use super::units::{self, Places};
use crate::config::{Host, Rivals, is_same_name};
use crate::error::Result;
use crate::machine::{ForeignLine, ForeignServer};
use crate::printable::printable;
use crate::receipt::{Entry, Receipt};
use crate::rival::{RIVALS, Rival, ServerFile, Syntax};
use crate::root::Root;

/// How much of a line is shown, in characters.
const SHOWN: usize = 200;

/// The servers of displaced daemons, and what else these were told of time sources.
#[derive(Debug, Default)]
pub struct Foreign {
    pub servers: Vec<ForeignServer>,
    pub lines: Vec<ForeignLine>,
}

/// The rivals that are displaced, or are going to be; each server once. Those that are kept and start ask theirs themselves.
///
/// # Errors
/// When a directory of drop-ins or of units cannot be listed.
pub fn foreign(root: &Root, places: &Places, rivals: Rivals, receipt: &Receipt) -> Result<Foreign> {
    let mut found = Foreign::default();
    for rival in RIVALS {
        let Some(file) = rival.servers.as_ref() else { continue };
        if is_displaced(root, places, rival, rivals, receipt)? {
            read(root, rival, file, &mut found)?;
        }
    }
    Ok(Foreign { servers: each_once(found.servers), ..found })
}

/// Each server once: as the daemon did that knew it best.
fn each_once(servers: Vec<ForeignServer>) -> Vec<ForeignServer> {
    let mut once: Vec<ForeignServer> = Vec::new();
    for server in servers {
        match once.iter_mut().find(|known| is_same_name(&known.name, &server.name)) {
            Some(known) if server.is_authenticated() && !known.is_authenticated() => *known = server,
            Some(_) => {}
            None => once.push(server),
        }
    }
    once
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

fn read(root: &Root, rival: &Rival, file: &ServerFile, found: &mut Foreign) -> Result<()> {
    let mut told = Told { root, daemon: rival.name, files: 0, found: Foreign::default() };
    match file.syntax {
        Syntax::Ntp | Syntax::OpenNtpd => ntp::read(&mut told, Path::new(file.path)),
        Syntax::Timesyncd => timesyncd::read(&mut told, file.path)?,
        Syntax::Unread if root.exists(file.path) => told.leave("its time sources", file.path),
        Syntax::Unread => {}
    }
    found.servers.extend(told.found.servers);
    found.lines.extend(told.found.lines);
    Ok(())
}

/// What one daemon was told.
struct Told<'r> {
    root: &'r Root,
    daemon: &'static str,
    /// How many were included so far.
    files: usize,
    found: Foreign,
}

impl Told<'_> {
    /// Takes a server, with chronyd's options for it. What is no host, or chronyd cannot ask, is named.
    fn ask(
        &mut self,
        name: &str,
        pool: bool,
        options: Option<String>,
        line: &str,
        place: String,
        file: &Path,
    ) {
        let is_host = is_host(name);
        if !is_host || options.is_none() {
            self.leave(line, &place);
        }
        if is_host {
            let (name, daemon, file) = (name.to_owned(), self.daemon, file.to_owned());
            self.found.servers.push(ForeignServer { name, pool, daemon, file, options });
        }
    }

    /// Names what chronyd is not told.
    fn leave(&mut self, text: &str, place: &str) {
        let text = printable(text, &[]).chars().take(SHOWN).collect();
        let line = ForeignLine { daemon: self.daemon, text, place: place.to_owned() };
        if !self.found.lines.contains(&line) {
            self.found.lines.push(line);
        }
    }

    /// Whether not every user may read a file: chrony.conf and the receipt are for all.
    fn is_closed(&self, file: &Path) -> bool {
        is_closed(self.root, file)
    }
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

    /// What is taken and what is left of these files of a daemon.
    fn told(daemon: &str, files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let tree = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let rival = RIVALS.iter().find(|rival| rival.name == daemon).unwrap();
        let mut found = Foreign::default();
        read(&Root::open(tree.path()).unwrap(), rival, rival.servers.as_ref().unwrap(), &mut found).unwrap();
        let server = |server: ForeignServer| {
            let directive = if server.pool { "pool" } else { "server" };
            format!("{directive} {} {}", server.name, server.options.as_deref().unwrap_or("-"))
        };
        let line = |line: ForeignLine| format!("{} ({})", line.text, line.place);
        (
            each_once(found.servers).into_iter().map(server).collect(),
            found.lines.into_iter().map(line).collect(),
        )
    }

    #[test]
    fn a_server_is_asked_as_the_daemon_asked_it_or_named() {
        let (servers, left) = told(
            "ntpsec",
            &[
                (
                    "etc/ntpsec/ntp.conf",
                    "driftfile /x\npool 0.debian.pool.ntp.org iburst\n  server -4 10.1.2.3 prefer maxpoll 6 # ours\n\
                     server signed.example key 5\nserver nts.example nts\nserver old.example autokey\n\
                     server watched.example noselect\npeer b.example\nkeys /etc/ntp.keys\ntrustedkey 5\n\
                     server 127.127.1.0\nserver 127.127.28.0\nfudge 127.127.1.0 stratum 10\nserver\n#server c.example\n\
                     includefile more.conf\nincludefile /etc/gone.conf\n",
                ),
                (
                    "etc/ntpsec/more.conf",
                    "server d.example true\nserver signed.example\nincludefile more.conf\nserver e.example\n",
                ),
                ("etc/ntpsec/ntp.d/x.conf", "server e.example version 3 key 1\nserver a;b\n"),
            ],
        );
        assert_eq!(
            servers,
            [
                "pool 0.debian.pool.ntp.org iburst",
                "server 10.1.2.3 iburst prefer maxpoll 6",
                "server signed.example -",
                "server nts.example iburst nts",
                "server old.example -",
                "server watched.example iburst noselect",
                "server d.example iburst",
                "server e.example -",
            ]
        );
        let main = |line: &str, number| format!("{line} (/etc/ntpsec/ntp.conf, line {number})");
        let more = |line: &str, number| format!("{line} (/etc/ntpsec/more.conf, line {number})");
        let extra = |line: &str, number| format!("{line} (/etc/ntpsec/ntp.d/x.conf, line {number})");
        assert_eq!(
            left,
            [
                more("includefile more.conf", 3),
                main("includefile /etc/gone.conf", 17),
                main("server signed.example key 5", 4),
                main("server old.example autokey", 6),
                main("peer b.example", 8),
                main("keys /etc/ntp.keys", 9),
                main("server 127.127.28.0", 12),
                more("true of server d.example", 1),
                extra("server e.example version 3 key 1", 1),
                extra("server a;b", 2),
            ]
        );
    }

    #[test]
    fn a_certificate_of_the_sites_is_no_reason_to_believe_another() {
        let (servers, left) = told(
            "ntpsec",
            &[("etc/ntpsec/ntp.conf", "nts ca /etc/site.pem\nserver a.example nts\nserver b\n")],
        );
        assert_eq!(servers, ["server a.example -", "server b iburst"]);
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[test]
    fn openntpds_constraints_are_named() {
        let text = "listen on *\nservers a.example\nserver \"2001:db8::1\" weight 2 trusted\npool b.example\n\
                    sensor *\nconstraints from \"https://c.example\"\n";
        let (servers, left) = told("openntpd", &[("etc/openntpd/ntpd.conf", text)]);
        assert_eq!(servers[..2], ["pool a.example iburst", "server 2001:db8::1 iburst"]);
        let says = |line: &str, number| format!("{line} (/etc/openntpd/ntpd.conf, line {number})");
        let wanted = [
            says("weight 2 trusted of server 2001:db8::1", 3),
            says("constraints from https://c.example", 6),
        ];
        assert_eq!(left, wanted);
    }

    #[test]
    fn timesyncds_fallback_is_nobodys_choice() {
        let main =
            "NTP=z\n[Time]\nNTP = gone.example\n#NTP=c\nFallbackNTP=0.debian.pool.ntp.org\n[Other]\nNTP=e\n";
        let site =
            "[Time]\nNTP=\nNTP=a.example \\\n  b.example\nFallbackNTP=d.example\nRootDistanceMaxSec=30\n";
        let files = [("etc/systemd/timesyncd.conf", main), ("etc/systemd/timesyncd.conf.d/site.conf", site)];
        let (servers, left) = told("systemd-timesyncd", &files);
        assert_eq!(servers, ["server a.example iburst", "server b.example iburst"]);
        let says = |line: &str| format!("{line} (/etc/systemd/timesyncd.conf.d/site.conf)");
        assert_eq!(left, [says("FallbackNTP=d.example"), says("RootDistanceMaxSec=30")]);
    }

    #[test]
    fn a_configuration_that_is_not_read_is_named() {
        let (servers, left) = told("ntpd-rs", &[("etc/ntpd-rs/ntp.toml", "")]);
        assert_eq!((servers.len(), left), (0, vec!["its time sources (/etc/ntpd-rs/ntp.toml)".to_owned()]));
        assert_eq!(told("ntpd-rs", &[]).1, [""; 0]);
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
        fs::write(&file, "server ntp.site.example\nserver ntp2.site.example\n").unwrap();
        let root = Root::open(tree.path()).unwrap();
        let rival = RIVALS.iter().find(|rival| rival.name == "ntp").unwrap();
        for (mode, expected) in [(0o644, (2, 0)), (0o640, (0, 1)), (0o600, (0, 1))] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let mut found = Foreign::default();
            read(&root, rival, rival.servers.as_ref().unwrap(), &mut found).unwrap();
            assert_eq!((found.servers.len(), found.lines.len()), expected, "{mode:o}");
        }
    }
}
