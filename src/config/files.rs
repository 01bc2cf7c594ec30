//! Files of settings: one main file and any number of drop-ins, by the UAPI Group's
//! configuration files specification (uapi-group.org/specifications/specs/configuration_files_specification).

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;

use super::origin::{Setting, Settings, contradiction, merge};
use super::{Config, chrony, cluster, mistake};
use crate::error::{Error, Result};
use crate::root::{Found, Root};

/// Folders in falling rank: a file hides those of the same name in the folders after it.
const FOLDERS: [&str; 3] = ["/etc/cloud-timesync", "/run/cloud-timesync", "/usr/lib/cloud-timesync"];

/// A configuration, and the settings that made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configured {
    pub config: Config,
    /// Settings in the order of their names.
    pub settings: Vec<Setting>,
}

/// Reads the main file and the drop-ins. A drop-in overrides single settings of the files before it. An error names
/// the first file that cannot be read or has a mistake, or the settings that contradict each other.
pub fn load(root: &Root) -> Result<Configured> {
    let mut table = Table::new();
    let mut settings = Settings::new();
    for path in files(root)? {
        let Some(text) = root.read(&path)?.text_if_any(&path)? else { continue };
        // Each file is checked by itself: an error then knows its line.
        let words = mistake::parse(&text).map_err(|why| Error::path("reading", &path, why))?;
        let place = |byte| (path.clone(), mistake::line(&text, byte));
        merge(&mut table, words.into_inner(), "", &place, &mut settings)
            .map_err(|why| Error::path("reading", &path, why.message()))?;
    }
    let mut config =
        Config::deserialize(table).map_err(|why| Error::new("reading the configuration", why.message()))?;
    name_places(&mut config, &settings)?;
    cluster::check(&config).map_err(|why| contradiction(&why, &settings))?;
    Ok(Configured {
        config,
        settings: settings.into_values().filter(|setting| setting.value.is_some()).collect(),
    })
}

/// Says where each of the operator's lines comes from. An error where a directive that chronyd takes once is there twice.
fn name_places(config: &mut Config, settings: &Settings) -> Result<()> {
    if let Some(setting) = settings.get("source") {
        for (source, line) in config.sources.iter_mut().zip(&setting.items) {
            source.place = setting.place_at(*line);
        }
    }
    if let Some(setting) = settings.get("chrony.extra") {
        config.chrony.place = setting.place_at(setting.line);
        if let Some(name) = chrony::repeated(&config.chrony.extra) {
            let why = format!(
                "line {}: chrony.extra: {name} is there twice, and chronyd takes the last alone",
                setting.line
            );
            return Err(Error::path("reading", &setting.file, why));
        }
    }
    Ok(())
}

/// The main file, then the drop-ins in the order of their names. A link to /dev/null hides the files of its
/// name and sets nothing itself. A main file of comments and headings, as the package has it, hides no other.
fn files(root: &Root) -> Result<Vec<PathBuf>> {
    let is_there = |path: &PathBuf| root.link(path).is_some() || root.exists(path);
    let mains = FOLDERS.iter().map(|folder| Path::new(folder).join("config.toml")).filter(is_there);
    let mains: Vec<PathBuf> = mains.collect();
    let main = mains.iter().find(|path| !is_only_comments(root, path)).or(mains.first()).cloned();
    let folders = FOLDERS.map(|folder| Path::new(folder).join("config.toml.d"));
    for folder in &folders {
        if !matches!(root.read(folder)?, Found::Absent | Found::NotAFile(_)) {
            return Err(Error::path("reading", folder, "it is no directory, which drop-ins need"));
        }
    }
    let drop_ins = root.files_in(&folders, ".toml")?;
    let sets_something = |path: &PathBuf| root.link(path).as_deref() != Some(Path::new("/dev/null"));
    Ok(main.into_iter().chain(drop_ins).filter(sets_something).collect())
}

/// Tells whether a file has comments, and at most headings of tables besides. An empty one is an operator's, who wants the
/// defaults.
fn is_only_comments(root: &Root, path: &Path) -> bool {
    let is_heading = |line: &str| line.starts_with('[') && !line.starts_with("[[");
    let text = root.text(path).unwrap_or_default();
    text.contains('#')
        && text
            .lines()
            .map(str::trim)
            .all(|line| line.is_empty() || line.starts_with('#') || is_heading(line))
}
