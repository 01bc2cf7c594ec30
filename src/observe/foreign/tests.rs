//! What is taken over of displaced daemons, and what is named.

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
            more("true of server d.example", 1),
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
    let says = |line: &str, number| format!("{line} (/etc/openntpd/ntpd.conf, line {number})");
    let wanted =
        [says("weight 2 trusted of server 2001:db8::1", 3), says("constraints from https://c.example", 6)];
    assert_eq!(left, wanted);
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
