//! timesyncd.conf(5), with its drop-ins, and the servers that networkd gives to timesyncd.

use std::path::{Path, PathBuf};

use crate::error::{Result, shown};
use crate::observe::chronyd::settings;
use crate::platform::is_distributions;

use super::Told;

/// The directories of drop-ins; a name in an earlier one hides it in the later ones.
const DROP_INS: [&str; 4] = [
    "/etc/systemd/timesyncd.conf.d",
    "/run/systemd/timesyncd.conf.d",
    "/usr/local/lib/systemd/timesyncd.conf.d",
    "/usr/lib/systemd/timesyncd.conf.d",
];

/// Where the files of networks are: systemd.network(5).
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
    let mut servers: Vec<(String, String)> = Vec::new();
    let main = main.map(|main| main.display().to_string());
    for path in main.into_iter().chain(drop_ins(told)?) {
        let text = told.root.text(&path).unwrap_or_default();
        let time = settings::read(&text, &["[Time]"]);
        if told.is_closed(Path::new(&path)) && time.iter().any(|(key, _)| key == "NTP") {
            told.leave(CLOSED, &shown(Path::new(&path)));
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
                _ => told.leave(&format!("{key}={value}"), &path),
            }
        }
    }
    for (name, path) in servers {
        let line = format!("NTP={name}");
        told.ask(&name, false, Some("iburst".to_owned()), &line, path.clone(), Path::new(&path));
    }
    leave_networks(told)
}

/// Names the servers of networks. On which link they are asked is networkd's to know.
fn leave_networks(told: &mut Told<'_>) -> Result<()> {
    for file in network_files(told)? {
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
fn network_files(told: &Told<'_>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for dir in NETWORKS {
        for entry in told.root.list(dir)? {
            let path = Path::new(dir).join(&entry.name);
            if entry.is_dir && entry.name.ends_with(".network.d") {
                let drop_ins =
                    told.root.list(&path)?.into_iter().filter(|entry| entry.name.ends_with(".conf"));
                files.extend(drop_ins.map(|entry| path.join(entry.name)));
            } else if entry.name.ends_with(".network") {
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// The drop-ins, in timesyncd's order.
fn drop_ins(told: &Told<'_>) -> Result<Vec<String>> {
    let mut drop_ins: Vec<(String, &str)> = Vec::new();
    for dir in DROP_INS {
        for entry in told.root.list(dir)? {
            let hidden = drop_ins.iter().any(|(name, _)| *name == entry.name);
            if entry.name.ends_with(".conf") && !hidden {
                drop_ins.push((entry.name, dir));
            }
        }
    }
    drop_ins.sort();
    Ok(drop_ins.into_iter().map(|(name, dir)| format!("{dir}/{name}")).collect())
}
