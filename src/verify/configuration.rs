//! chrony's configuration as a whole: whose it is, and which files belong to it.

use std::path::{Path, PathBuf};

use super::Scope::{Anywhere, Live};
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::decide::Sources;
use crate::machine::{ConfLine, Standing};
use crate::names::{CLOUD_INIT, DHCP_DIR};
use crate::plan::displace;
use crate::render;
use crate::root::Found;

pub const CHECKS: &[Check] = &[
    Check {
        name: "chrony-installed",
        scope: Anywhere,
        says: "chrony is installed",
        ask: installed,
        next: "install the distribution's package chrony",
    },
    Check {
        name: "chrony-conf",
        scope: Anywhere,
        says: "chrony.conf is the one that cloud-timesync wrote, or not its to write",
        ask: conf,
        next: "cloud-timesync apply; after an edit, apply --force sets it aside, and \
               chrony_conf = \"keep\" in config.toml keeps it",
    },
    Check {
        name: "one-configuration-file",
        scope: Anywhere,
        says: "chrony.conf reads no other file, but for DHCP's where they are wanted",
        ask: one_file,
        next: "remove the lines, or cloud-timesync apply --force",
    },
    Check {
        name: "no-fragments",
        scope: Anywhere,
        says: "No file lies in chrony's fragment directories",
        ask: no_fragments,
        next: "cloud-timesync apply sets them aside",
    },
    Check {
        name: "cloud-init-leaves-ntp",
        scope: Anywhere,
        says: "cloud-init, where it is installed, does not write chrony.conf",
        ask: cloud_init,
        next: "cloud-timesync apply",
    },
    Check {
        name: "skew-daemon-off",
        scope: Anywhere,
        says: "Google's guest agent, where it is installed, does not set the clock",
        ask: skew_daemon,
        next: "cloud-timesync apply",
    },
    Check {
        name: "no-dhcp-sources",
        scope: Live,
        says: "chronyd reads no time server that DHCP handed out, unless they are wanted",
        ask: no_dhcp,
        next: "remove the sourcedir line for /run/chrony-dhcp, or cloud-timesync apply --force",
    },
];

fn installed(subject: &Subject) -> Verdict {
    match subject.chrony() {
        Ok(chrony) => right(format!("{}, {}", chrony.unit, chrony.conf.display())),
        Err(why) => wrong(why, "chrony 4.0 or later"),
    }
}

fn conf(subject: &Subject) -> Verdict {
    given(subject.chrony(), |chrony| {
        let path = chrony.conf.display();
        let target = subject.machine.file(&chrony.conf);
        let ours = format!("cloud-timesync's text in {path}");
        match (&target.found, &subject.intent.sources, target.standing) {
            (Found::Absent, ..) => wrong(format!("{path} is not there"), "a chrony.conf"),
            (_, Sources::AsTheyAre(why), _) => right(format!("{path} stays as it is: {why}")),
            (_, Sources::Distribution, Standing::Ours) => {
                wrong("cloud-timesync's text for another platform", "the distribution's own text")
            }
            (_, Sources::Distribution, _) => right("the distribution's own"),
            (_, Sources::Ours { .. }, Standing::Edited) => {
                wrong("it was edited after cloud-timesync wrote it", ours)
            }
            (_, Sources::Ours { .. }, Standing::Original) => {
                wrong("it was not written by cloud-timesync", ours)
            }
            (Found::File { mode, .. }, ..) if *mode != 0o644 => {
                wrong(format!("mode {mode:04o}"), "mode 0644")
            }
            (_, Sources::Ours { written_for: name, .. }, Standing::Ours) => {
                right(format!("cloud-timesync's, for {name}"))
            }
        }
    })
}

fn one_file(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        let more: Vec<String> = conf.more_files().into_iter().map(ConfLine::to_string).collect();
        let Some(lines) = subject.lines() else { return right(subject.decides()) };
        let lines = lines.iter().filter_map(|line| ConfLine::parse(&line.directive));
        let wanted: Vec<String> = lines.filter(ConfLine::reads_more).map(|line| line.to_string()).collect();
        match (more == wanted, wanted.is_empty()) {
            (true, _) => right(wanted.join("; ")),
            (false, true) => wrong(more.join("; "), "no include, confdir or sourcedir"),
            (false, false) => {
                let found = if more.is_empty() { "none".to_owned() } else { more.join("; ") };
                wrong(found, format!("{} and no other", wanted.join("; ")))
            }
        }
    })
}

fn no_fragments(subject: &Subject) -> Verdict {
    let fragments = &subject.machine.fragments;
    match subject.lines() {
        None => right(subject.decides()),
        Some(_) if fragments.is_empty() => right(""),
        Some(_) => wrong(listed(fragments), "empty directories"),
    }
}

fn cloud_init(subject: &Subject) -> Verdict {
    let says = subject.machine.file(Path::new(CLOUD_INIT)).found.text();
    match says {
        _ if !subject.machine.cloud_init => right("it is not installed"),
        // Also where chrony.conf is not looked at any more: an earlier run wrote it.
        Some(text) if text == render::cloud_init() => right(""),
        _ if !subject.intent.cloud_init_ntp_off => right(subject.decides()),
        _ => {
            let found = if says.is_some() { "another text" } else { "nothing" };
            given(subject.chrony(), |_| wrong(found, format!("our text in {CLOUD_INIT}")))
        }
    }
}

fn skew_daemon(subject: &Subject) -> Verdict {
    for setting in &subject.intent.settings {
        let text = subject.machine.file(Path::new(setting.path)).found.text().unwrap_or_default();
        if displace::with(setting, text) != text {
            let wanted = format!("{} = {} in {}", setting.key, setting.value, setting.path);
            return wrong("its clock skew daemon is on", wanted);
        }
    }
    right(if subject.intent.settings.is_empty() { "it is not here, or stays" } else { "" })
}

fn no_dhcp(subject: &Subject) -> Verdict {
    given(subject.running(), |running| {
        given(subject.conf(), |conf| {
            let read =
                conf.more_files().into_iter().any(|line| Path::new(line.word(0)) == Path::new(DHCP_DIR));
            match subject.lines() {
                None => right(subject.decides()),
                Some(_) if subject.wants_dhcp() => right("DHCP's are wanted"),
                Some(_) if read && !running.dhcp.is_empty() => {
                    wrong(listed(&running.dhcp), "only the sources in chrony.conf")
                }
                Some(_) if running.dhcp.is_empty() => right(""),
                Some(_) => right(format!("{} is there and not read", listed(&running.dhcp))),
            }
        })
    })
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}
