//! timesyncd.conf(5), with its drop-ins.

use std::path::Path;

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

/// Reads the settings. Servers for the case that there are no others are named, and not asked.
///
/// # Errors
/// When a directory of drop-ins cannot be listed.
pub fn read(told: &mut Told<'_>, main: &str) -> Result<()> {
    let mut servers: Vec<(String, String)> = Vec::new();
    for path in files(told, main)? {
        let text = told.root.text(&path).unwrap_or_default();
        let time = settings::read(&text, &["[Time]"]);
        if told.is_closed(Path::new(&path)) && time.iter().any(|(key, _)| key == "NTP") {
            told.leave("time sources that not every user may read", &shown(Path::new(&path)));
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
    Ok(())
}

/// The files, in timesyncd's order.
fn files(told: &Told<'_>, main: &str) -> Result<Vec<String>> {
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
    let drop_ins = drop_ins.into_iter().map(|(name, dir)| format!("{dir}/{name}"));
    Ok([main.to_owned()].into_iter().chain(drop_ins).collect())
}
