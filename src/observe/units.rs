//! Units as their files on disk say: the same answer for a live machine and for an image, and no
//! message on the bus when there is nothing to do.

mod search;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::machine::UnitFile;
use crate::names::AGENT_UNIT;
use crate::rival;
use crate::root::{self, Root};
use crate::unit::{self, CONFIG_DIR, UnitLink};

use super::chronyd::settings;
use search::first;
pub use search::{Entry, SEARCH, SEARCH_NOW, entry, followed, fragment, is_its_own, is_mask};

/// The units of the table's rivals that are rivals on this machine, whether they are installed or not.
pub fn rivals(root: &Root) -> impl Iterator<Item = &'static str> {
    rival::units().filter(|name| {
        let signs = rival::signs(name);
        signs.is_empty() || signs.iter().any(|file| root.exists(file))
    })
}

/// Tells whether this is a directory of links, each of which pulls a unit in: systemd.unit(5).
pub fn pulls_units(entry: &root::Entry) -> bool {
    entry.is_dir && (entry.name.ends_with(".wants") || entry.name.ends_with(".requires"))
}

/// Directories that enable units in /etc, looked through once for all of them.
#[derive(Debug)]
pub struct Places {
    /// .wants and .requires directories.
    directories: Vec<PathBuf>,
    /// Links beside the units: aliases among them.
    aliases: Vec<UnitLink>,
}

impl Places {
    /// # Errors
    /// When the directory of units cannot be listed.
    pub fn of(root: &Root) -> Result<Places> {
        let mut places = Places { directories: Vec::new(), aliases: Vec::new() };
        for entry in root.list(CONFIG_DIR)? {
            let path = Path::new(CONFIG_DIR).join(&entry.name);
            if !entry.is_dir {
                places.aliases.extend(root.link(&path).map(|target| UnitLink { path, target }));
            } else if pulls_units(&entry) {
                places.directories.push(path);
            }
        }
        Ok(places)
    }

    /// The links that enable the unit.
    fn links(&self, root: &Root, name: &str) -> Vec<UnitLink> {
        let aliases = self.aliases.iter().filter(|link| link.target.ends_with(name)).cloned();
        let in_directories = self.directories.iter().filter_map(|directory| {
            let path = directory.join(name);
            let target = root.link(&path).filter(|target| target.ends_with(name))?;
            Some(UnitLink { path, target })
        });
        aliases.chain(in_directories).collect()
    }
}

/// A unit that is there in any of systemd's ways: as a file, as the instance of a template, or as an
/// init script. Only for one that has a file its enablement is known.
///
/// # Errors
/// When a directory of units cannot be listed.
pub fn any(root: &Root, places: &Places, name: &str) -> Result<Option<UnitFile>> {
    if let Some(unit) = unit(root, places, name)? {
        return Ok(Some(unit));
    }
    let template = unit::template(name);
    let mut files = [Some(name), template.as_deref()].into_iter().flatten();
    let script = name.strip_suffix(".service").map(|stem| Path::new("/etc/init.d").join(stem));
    let is_there = files.any(|file| first(root, &SEARCH_NOW, file).is_some())
        || script.is_some_and(|script| root.is_executable(script));
    let unit = || UnitFile { name: name.to_owned(), ..UnitFile::default() };
    Ok(is_there.then(unit))
}

/// The unit with its enablement; None where it has no file.
///
/// # Errors
/// When a directory of units cannot be listed.
pub fn unit(root: &Root, places: &Places, name: &str) -> Result<Option<UnitFile>> {
    let Some(path) = fragment(root, name) else { return Ok(None) };
    let mut unit = UnitFile { name: name.to_owned(), ..UnitFile::default() };
    unit.masked = is_mask(root, &path);
    if unit.masked {
        return Ok(Some(unit));
    }
    unit.in_etc = path.starts_with(CONFIG_DIR);
    unit.links = places.links(root, name);
    // Many directories: looked through only for those whom it matters of.
    unit.pulled_in = rival::of(name).is_some() && is_pulled_in(root, name)?;
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

/// The agent's own.
///
/// # Errors
/// As for [`unit`].
pub fn agent(root: &Root) -> Result<Option<UnitFile>> {
    unit(root, &Places::of(root)?, AGENT_UNIT)
}

/// The links that the [Install] section asks for, relative to a unit directory.
fn install_links(text: &str, name: &str) -> Vec<PathBuf> {
    let mut links = Vec::new();
    for (key, values) in settings::read(text, &["[Install]"]) {
        for value in values.split_whitespace() {
            match key.as_str() {
                "WantedBy" => links.push(PathBuf::from(format!("{value}.wants")).join(name)),
                "RequiredBy" => links.push(PathBuf::from(format!("{value}.requires")).join(name)),
                "Alias" if value != name => links.push(PathBuf::from(value)),
                _ => {}
            }
        }
    }
    links
}

/// A .wants or .requires directory of the distribution's own has the unit.
fn is_pulled_in(root: &Root, name: &str) -> Result<bool> {
    for dir in SEARCH.iter().filter(|dir| **dir != CONFIG_DIR) {
        for entry in root.list(dir)? {
            if pulls_units(&entry) && root.link(Path::new(dir).join(entry.name).join(name)).is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
