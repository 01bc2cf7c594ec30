//! The table of rivals: what would set the clock beside chronyd, or hold it up, and how each is displaced.
//! A new rival is a row.

use std::path::Path;

use crate::ini;

/// A time daemon that is not chronyd, with what belongs to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rival {
    /// Name by which its users call it.
    pub name: &'static str,
    pub units: &'static [&'static str],
    /// Others start it: only a mask keeps it off. Of any other the links go that enable it.
    pub mask: bool,
    /// Ends "disabled x: ".
    pub reason: &'static str,
    /// File that names its servers.
    pub servers: Option<ServerFile>,
    /// Files, one of which makes its units a rival's; none where their names are enough.
    signs: &'static [&'static str],
}

const fn rival(name: &'static str, units: &'static [&'static str], reason: &'static str) -> Rival {
    Rival { name, units, mask: false, reason, servers: None, signs: &[] }
}

impl Rival {
    const fn asking(self, paths: &'static [&'static str], syntax: Syntax) -> Rival {
        Rival { servers: Some(ServerFile { paths, syntax }), ..self }
    }
}

/// A configuration file that names time servers.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerFile {
    /// The daemon was built for one of these, and reads the first that is there; its command line may name another.
    pub paths: &'static [&'static str],
    pub syntax: Syntax,
}

/// Syntax by which a configuration names its servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// ntp.conf(5): `server NAME ...`, `pool NAME ...`.
    Ntp,
    /// OpenNTPD's ntpd.conf(5): `server NAME ...`, and `servers NAME ...` for all addresses of a name.
    OpenNtpd,
    /// timesyncd.conf(5): `NTP=NAME ...`, in drop-ins too.
    Timesyncd,
    /// One that is not read here: the file is named.
    Unread,
}

/// timesyncd.conf(5).
const TIMESYNCD: &[&str] = &[
    "/etc/systemd/timesyncd.conf",
    "/run/systemd/timesyncd.conf",
    "/usr/local/lib/systemd/timesyncd.conf",
    "/usr/lib/systemd/timesyncd.conf",
];

const SETS_THE_CLOCK: &str = "it would set the clock beside chronyd";

pub const RIVALS: &[Rival] = &[
    // Debian 13 enables it beside chrony on the first boot of a sealed image.
    rival("chronyd-restricted", &["chronyd-restricted.service"], "it would take chronyd's place"),
    // systemd's presets enable it on the first boot of a sealed image, and timedated and the bus start it.
    Rival {
        mask: true,
        ..rival("systemd-timesyncd", &["systemd-timesyncd.service"], SETS_THE_CLOCK)
            .asking(TIMESYNCD, Syntax::Timesyncd)
    },
    rival(
        "systemd-time-wait-sync",
        &["systemd-time-wait-sync.service"],
        "it has no limit, and would hold time-sync.target and the database for ever where no time can be had",
    ),
    rival(
        "ntpsec",
        &["ntpsec.service", "ntpsec-wait.service", "ntpsec-rotate-stats.timer", "ntpsec-systemd-netif.path"],
        SETS_THE_CLOCK,
    )
    .asking(&["/etc/ntpsec/ntp.conf"], Syntax::Ntp),
    // The same daemon under the names of Debian and of the RHEL family.
    rival("ntp", &["ntp.service"], SETS_THE_CLOCK).asking(&["/etc/ntp.conf"], Syntax::Ntp),
    rival("ntpd", &["ntpd.service", "ntp-wait.service"], SETS_THE_CLOCK)
        .asking(&["/etc/ntp.conf"], Syntax::Ntp),
    // The second path is OpenNTPD's own, the first Debian's.
    rival("openntpd", &["openntpd.service"], SETS_THE_CLOCK)
        .asking(&["/etc/openntpd/ntpd.conf", "/etc/ntpd.conf"], Syntax::OpenNtpd),
    rival("ntpd-rs", &["ntpd-rs.service"], SETS_THE_CLOCK).asking(&["/etc/ntpd-rs/ntp.toml"], Syntax::Unread),
    rival(
        "ntpdate",
        &["ntpdate.service", "sntp.service"],
        "it would step the clock in the boot, also under a database",
    ),
    rival("htpdate", &["htpdate.service"], SETS_THE_CLOCK),
    rival("phc2sys", &["phc2sys.service"], "it would set the clock from a network card's, against chronyd"),
    // ClockBound 2 has the same unit and no cbctl: it reads what chronyd says, and stands next to it.
    Rival {
        signs: &["/usr/bin/cbctl", "/usr/local/bin/cbctl"],
        ..rival(
            "ClockBound",
            &["clockbound.service"],
            "version 3 disciplines the clock itself, against chronyd",
        )
    },
    // The agent of older images; in later ones it is a setting: SKEW_DAEMON.
    rival(
        "google-clock-skew-daemon",
        &["google-clock-skew-daemon.service"],
        "it would set the clock from the hardware's after a migration",
    ),
];

/// The files of which one makes a unit a rival; none where its name is enough.
pub fn signs(unit: &str) -> &'static [&'static str] {
    of(unit).map_or(&[], |rival| rival.signs)
}

/// Starts the names of instances that may set the clock, or only a network card's: which, their options say.
pub const DOUBTFUL_INSTANCES: &str = "phc2sys@";

/// A program that sets the clock beside its own work, and is told not to by a setting in a file of its own.
#[derive(Debug)]
pub struct SkewDaemon {
    /// One is there where the program is installed, and those that run are restarted when the setting changes.
    pub units: &'static [&'static str],
    /// An INI file.
    pub path: &'static str,
}

/// Google's guest agent copies the hardware's clock over the system's after a migration. Of its files
/// this one, which may be absent, overrides the distribution's (instance_configs.cfg.distro):
/// https://github.com/GoogleCloudPlatform/guest-agent#configuration
pub const SKEW_DAEMON: SkewDaemon = SkewDaemon {
    // The second one's core plugin is the newer agent: it reads the same file.
    units: &["google-guest-agent.service", "google-guest-agent-manager.service"],
    path: "/etc/default/instance_configs.cfg",
};

impl SkewDaemon {
    /// `text` with the setting made: the rest of the file is its owner's.
    pub fn switched_off_in(&self, text: &str) -> String {
        ini::with(text, "Daemons", "clock_skew_daemon", "false")
    }

    /// Only a setting in this file is the agent's, and not the whole.
    pub fn is_set_in(&self, path: &Path) -> bool {
        path == Path::new(self.path)
    }
}

/// Every unit of every rival.
pub fn units() -> impl Iterator<Item = &'static str> {
    RIVALS.iter().flat_map(|rival| rival.units).copied()
}

/// The rival that a unit belongs to.
pub fn of(unit: &str) -> Option<&'static Rival> {
    RIVALS.iter().find(|rival| rival.units.contains(&unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_unit_belongs_to_two_rivals() {
        let mut names: Vec<&str> = units().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), units().count());
    }
}
