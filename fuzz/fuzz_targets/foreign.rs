//! The configurations of displaced daemons: ntp.conf, ntpd.conf and timesyncd.conf with a drop-in, divided by NUL.
#![no_main]

mod tree;

use cloud_timesync::config::Rivals;
use cloud_timesync::machine::{Conf, ConfLine};
use cloud_timesync::observe::{foreign, units};
use cloud_timesync::receipt::{Entry, Receipt};
use cloud_timesync::rival;
use libfuzzer_sys::fuzz_target;

const FILES: [&str; 4] = [
    "etc/ntp.conf",
    "etc/openntpd/ntpd.conf",
    "etc/systemd/timesyncd.conf",
    "etc/systemd/timesyncd.conf.d/x.conf",
];

fuzz_target!(|data: &[u8]| {
    let tree = tree::Tree::new();
    for (file, text) in FILES.iter().zip(data.split(|byte| *byte == 0)) {
        tree.write(file, text);
    }
    let displaced = rival::units().map(|unit| Entry::Disabled { unit: unit.to_owned(), links: vec![] });
    let receipt = Receipt { entries: displaced.collect(), ..Receipt::default() };
    let places = units::Places::of(&tree.root).expect("the directory of units can be listed");
    let foreign::Foreign { servers, lines } =
        foreign::foreign(&tree.root, &places, Rivals::Displace, &receipt).expect("the files can be read");
    // A name becomes one line of chrony.conf, as it stands: a word that says nothing but where the server is.
    for server in &servers {
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        assert!(server.name.len() <= 254 && server.name.bytes().all(harmless), "{server:?}");
        let options = server.options.as_deref().unwrap_or("iburst");
        let line = format!("server {} {options}", server.name);
        let conf = Conf::parse(&line);
        let sources: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
        assert_eq!(sources, [line]);
        assert!(FILES.iter().any(|file| server.file.ends_with(file)), "{server:?}");
    }
    assert!(lines.iter().all(|line| !line.text.contains(char::is_control)), "{lines:?}");
    let mut names: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), servers.len(), "{servers:?}");
});
