//! Units as their files on disk say: the same answer for a live machine and for an image, and no
//! message on the bus when there is nothing to do.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::machine::{UnitFile, UnitLink};
use crate::root::Root;

/// Where `systemctl enable` makes its links.
pub const CONFIG_DIR: &str = "/etc/systemd/system";

/// systemd.unit(5)'s search path, its persistent part. /lib stands beside /usr/lib for trees in
/// which the two are not merged.
const SEARCH: [&str; 4] =
    [CONFIG_DIR, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/// The file of a unit, first in the search path.
pub fn fragment(root: &Root, name: &str) -> Option<PathBuf> {
    SEARCH.iter().map(|dir| Path::new(dir).join(name)).find(|path| root.exists(path))
}

/// The unit with its enablement; None where it has no file.
///
/// # Errors
/// When a directory of units cannot be listed.
pub fn unit(root: &Root, name: &str) -> Result<Option<UnitFile>> {
    let Some(path) = fragment(root, name) else { return Ok(None) };
    let mut unit = UnitFile { name: name.to_owned(), masked: false, links: Vec::new(), missing: Vec::new() };
    unit.masked = root.link(&path).is_some_and(|target| target == Path::new("/dev/null"));
    if unit.masked {
        return Ok(Some(unit));
    }
    unit.links = links(root, name)?;
    let text = root.text(&path).unwrap_or_default();
    for link in install_links(&text, name) {
        let exists = SEARCH.iter().any(|dir| root.exists(Path::new(dir).join(&link)));
        if !exists {
            let link = Path::new(CONFIG_DIR).join(link);
            unit.missing.push(UnitLink { path: link, target: path.clone() });
        }
    }
    Ok(Some(unit))
}

/// The links that the [Install] section asks for, relative to a unit directory.
fn install_links(text: &str, name: &str) -> Vec<PathBuf> {
    let mut links = Vec::new();
    let mut in_install = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            in_install = line == "[Install]";
            continue;
        }
        let Some((key, values)) = line.split_once('=').filter(|_| in_install) else { continue };
        for value in values.split_whitespace() {
            match key.trim() {
                "WantedBy" => links.push(PathBuf::from(format!("{value}.wants")).join(name)),
                "RequiredBy" => links.push(PathBuf::from(format!("{value}.requires")).join(name)),
                "Alias" if value != name => links.push(PathBuf::from(value)),
                _ => {}
            }
        }
    }
    links
}

/// The links in /etc that enable the unit: in the .wants and .requires directories, and aliases.
fn links(root: &Root, name: &str) -> Result<Vec<UnitLink>> {
    let mut links = Vec::new();
    let mut look = |path: PathBuf| {
        if let Some(target) = root.link(&path).filter(|target| target.ends_with(name)) {
            links.push(UnitLink { path, target });
        }
    };
    for entry in root.list(CONFIG_DIR)? {
        let path = Path::new(CONFIG_DIR).join(&entry.name);
        if !entry.is_dir {
            look(path);
        } else if entry.name.ends_with(".wants") || entry.name.ends_with(".requires") {
            look(path.join(name));
        }
    }
    Ok(links)
}
