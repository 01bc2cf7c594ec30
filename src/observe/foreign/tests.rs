//! Settings of displaced daemons that are taken over, and those that are named.

// Trees are made by hand.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// Reads these files of a daemon: what is taken, and what is left.
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
    (each_once(found.servers).into_iter().map(server).collect(), found.lines.into_iter().map(line).collect())
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
            extra("server e.example version 3 key 1", 1),
            extra("server a;b", 2),
        ]
    );
}

#[test]
fn a_certificate_of_the_sites_is_no_reason_to_believe_another() {
    let (servers, left) =
        told("ntpsec", &[("etc/ntpsec/ntp.conf", "nts ca /etc/site.pem\nserver a.example nts\nserver b\n")]);
    assert_eq!(servers, ["server a.example -", "server b iburst"]);
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn openntpds_constraints_are_named() {
    let text = "listen on *\nservers a.example\nserver \"2001:db8::1\" weight 2 trusted\npool b.example\n\
                sensor *\nconstraints from \"https://c.example\"\n";
    let (servers, left) = told("openntpd", &[("etc/openntpd/ntpd.conf", text)]);
    assert_eq!(servers[..2], ["pool a.example iburst", "server 2001:db8::1 iburst"]);
    assert_eq!(left, ["constraints from https://c.example (/etc/openntpd/ntpd.conf, line 6)"]);
}

#[test]
fn timesyncds_fallback_is_nobodys_choice() {
    let main =
        "NTP=z\n[Time]\nNTP = gone.example\n#NTP=c\nFallbackNTP=0.debian.pool.ntp.org\n[Other]\nNTP=e\n";
    let site = "[Time]\nNTP=\nNTP=a.example \\\n  b.example\nFallbackNTP=d.example\nRootDistanceMaxSec=30\n";
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
fn a_file_that_the_command_line_names_is_read() {
    let site = ("srv/site.conf", "server 10.1.1.1\n");
    let stock = ("etc/ntp.conf", "server 10.2.2.2\n");
    let unit = |command: &str| format!("[Service]\nEnvironmentFile=-/etc/default/x\nExecStart={command}\n");
    let asked = |command: &str, default: &str| {
        let unit = unit(command);
        let service = ("usr/lib/systemd/system/ntp.service", &*unit);
        told("ntp", &[service, site, stock, ("etc/default/x", default), ("etc/default/ntp", default)])
    };
    for (command, default) in [
        ("/usr/sbin/ntpd -g -c /srv/site.conf", ""),
        ("/usr/sbin/ntpd -gc/srv/site.conf", ""),
        ("/usr/sbin/ntpd --configfile=/srv/site.conf", ""),
        ("/usr/sbin/ntpd $OPTS", "OPTS='-4 --configfile /srv/site.conf'"),
        ("/usr/lib/ntp/ntp-systemd-wrapper", "NTPD_OPTS='-g -c /srv/site.conf'"),
    ] {
        assert_eq!(asked(command, default), (vec!["server 10.1.1.1 iburst".to_owned()], vec![]), "{command}");
    }
    for command in ["/usr/sbin/ntpd -g -u ntp:ntp", "/usr/sbin/ntpd -s/var/lib/cache"] {
        assert_eq!(asked(command, "").0, ["server 10.2.2.2 iburst"], "{command}");
    }
    let gone = asked("/usr/sbin/ntpd -c /srv/gone.conf", "");
    assert_eq!(gone, (vec![], vec!["its time sources (/srv/gone.conf)".to_owned()]));
    let (servers, left) = asked("/usr/sbin/ntpd -c \\x2fsite", "");
    assert_eq!((servers.len(), left.len()), (1, 1), "{left:?}");
    let none = told("ntp", &[("usr/lib/systemd/system/ntp.service", &unit("/usr/sbin/ntpd"))]);
    assert_eq!(none, (vec![], vec!["its time sources (/etc/ntp.conf is not there)".to_owned()]));
}

#[test]
fn openntpds_own_path_is_read() {
    let service =
        ("usr/lib/systemd/system/openntpd.service", "[Service]\nExecStart=/usr/sbin/ntpd -dsf /srv/x\n");
    let own = ("etc/ntpd.conf", "server 10.1.1.1\n");
    assert_eq!(told("openntpd", &[own]).0, ["server 10.1.1.1 iburst"]);
    assert_eq!(
        told("openntpd", &[own, service, ("srv/x", "server 10.3.3.3\n")]).0,
        ["server 10.3.3.3 iburst"]
    );
}

#[test]
fn timesyncd_is_told_by_its_vendor_and_by_networks() {
    let vendor = ("usr/lib/systemd/timesyncd.conf", "[Time]\nNTP=vendor.example\n");
    assert_eq!(
        told("systemd-timesyncd", &[vendor]),
        (vec!["server vendor.example iburst".to_owned()], vec![])
    );
    let hidden = [vendor, ("etc/systemd/timesyncd.conf", "[Time]\n")];
    assert_eq!(told("systemd-timesyncd", &hidden).0, [""; 0]);
    let lan = ("etc/systemd/network/lan.network", "[Network]\nNTP=10.9.8.7 a.example\n[DHCPv4]\nNTP=x\n");
    let drop_in = ("usr/lib/systemd/network/wan.network.d/a.conf", "[Network]\nNTP=b.example\n");
    let (servers, left) = told("systemd-timesyncd", &[lan, drop_in]);
    assert_eq!(servers, [""; 0]);
    let named = "NTP=10.9.8.7 a.example (/etc/systemd/network/lan.network)";
    assert_eq!(left, [named, "NTP=b.example (/usr/lib/systemd/network/wan.network.d/a.conf)"]);
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
