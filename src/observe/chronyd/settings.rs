//! The settings of a unit: its file with its drop-ins, in the order in which systemd reads them.

use std::path::{Path, PathBuf};

use crate::machine::Seen;
use crate::observe::units;
use crate::root::Root;

use super::UNITS;

/// Keys and values.
pub type Settings = Vec<(String, String)>;

/// The settings of these files, in the order in which systemd reads them.
pub fn settings(root: &Root, files: impl IntoIterator<Item = PathBuf>) -> Seen<Settings> {
    let mut settings = Vec::new();
    for path in files {
        settings.extend(read(&text(root, &path)?, &["[Unit]", "[Service]"]));
    }
    Ok(settings)
}

/// The values of a setting that is a list: an empty one clears those before it.
pub fn in_force<'s>(settings: &'s [(String, String)], name: &str) -> Vec<&'s str> {
    let values: Vec<&str> =
        settings.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
    values.rsplit(|value| value.is_empty()).next().unwrap_or_default().to_vec()
}

/// The text of a file that systemd reads; empty where there is none, and where a link to /dev/null says so.
pub fn text(root: &Root, path: &Path) -> Seen<String> {
    if units::is_mask(root, path) {
        return Ok(String::new());
    }
    Ok(root.read(path)?.text_if_any(path)?.unwrap_or_default())
}

/// The drop-ins of the unit by name, whatever their directory; of those with one name the first is in force.
pub fn drop_ins(root: &Root, unit: &str) -> Seen<Vec<PathBuf>> {
    let is_alias =
        |name: &&str| *name != unit && units::followed(root, name).is_some_and(|(own, _)| own == unit);
    let aliases = UNITS.into_iter().map(|(name, _)| name).filter(is_alias);
    let names = [unit].into_iter().chain(aliases).chain(["service"]);
    let directories =
        names.flat_map(|name| units::SEARCH_NOW.map(|directory| format!("{directory}/{name}.d")));
    Ok(root.files_in(directories, ".conf")?)
}

/// The settings of a file in these sections.
pub fn read(text: &str, sections: &[&str]) -> Settings {
    let mut settings = Vec::new();
    let mut inside = false;
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|part| !part.starts_with(['#', ';'])) {
        if let Some(part) = part.strip_suffix('\\') {
            line += part;
            line.push(' ');
            continue;
        }
        line += part;
        if line.starts_with('[') {
            inside = sections.contains(&&*line);
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        line.clear();
    }
    settings
}
