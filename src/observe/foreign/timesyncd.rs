//! timesyncd.conf(5), with its drop-ins, and the servers that networkd gives to timesyncd.

use std::path::{Path, PathBuf};

use crate::error::{Result, shown};
use crate::observe::chronyd::settings;
use crate::platform::is_distributions;
use crate::root::Root;

use super::Told;

/// The directories of drop-ins; a name in an earlier one hides it in the later ones.
const DROP_INS: [&str; 4] = [
    "/etc/systemd/timesyncd.conf.d",
    "/run/systemd/timesyncd.conf.d",
    "/usr/local/lib/systemd/timesyncd.conf.d",
    "/usr/lib/systemd/timesyncd.conf.d",
];

/// Directories of the files of networks: systemd.network(5).
const NETWORKS: [&str; 4] = [
    "/etc/systemd/network",
    "/run/systemd/network",
    "/usr/local/lib/systemd/network",
    "/usr/lib/systemd/network",
];

const CLOSED: &str = "time sources that not every user may read";

/// Reads the settings; `main` is the main file that timesyncd reads. Servers for the case that there are no others are named, and not asked.
///
/// # Errors
/// When a directory of drop-ins cannot be listed.
pub fn read(told: &mut Told<'_>, main: Option<&Path>) -> Result<()> {
    let mut servers: Vec<(String, PathBuf)> = Vec::new();
    let drop_ins = told.root.files_in(DROP_INS, ".conf")?;
    for path in main.map(Path::to_owned).into_iter().chain(drop_ins) {
        let text = told.root.text(&path).unwrap_or_default();
        let time = settings::read(&text, &["[Time]"]);
        let place = shown(&path);
        if told.is_closed(&path) && time.iter().any(|(key, _)| key == "NTP") {
            told.leave(CLOSED, &place);
            continue;
        }
        for (key, value) in time {
            let mut names = value.split_whitespace();
            match key.as_str() {
                // An empty one takes back what was said before.
                "NTP" if value.is_empty() => servers.clear(),
                "NTP" => servers.extend(names.map(|name| (name.to_owned(), path.clone()))),
                "FallbackNTP" if names.all(is_distributions) => {}
                _ if value.is_empty() => {}
                _ => told.leave(&format!("{key}={value}"), &place),
            }
        }
    }
    for (name, path) in servers {
        let line = format!("NTP={name}");
        told.ask(&name, false, Some("iburst".to_owned()), &line, shown(&path), &path);
    }
    leave_networks(told)
}

/// Names the servers of networks. On which link they are asked is networkd's to know.
fn leave_networks(told: &mut Told<'_>) -> Result<()> {
    for file in network_files(told.root)? {
        let text = told.root.text(&file).unwrap_or_default();
        let settings = settings::read(&text, &["[Network]"]);
        for (key, value) in settings.into_iter().filter(|(key, value)| key == "NTP" && !value.is_empty()) {
            let line = if told.is_closed(&file) { CLOSED.to_owned() } else { format!("{key}={value}") };
            told.leave(&line, &shown(&file));
        }
    }
    Ok(())
}

/// The files of networks with their drop-ins.
fn network_files(root: &Root) -> Result<Vec<PathBuf>> {
    let mut files = root.files_in(NETWORKS, ".network")?;
    for dir in NETWORKS {
        for entry in root.list(dir)?.into_iter().filter(|entry| entry.name.ends_with(".network.d")) {
            files.extend(root.files_in([Path::new(dir).join(entry.name)], ".conf")?);
        }
    }
    Ok(files)
}
