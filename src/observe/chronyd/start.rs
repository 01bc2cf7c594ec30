//! The command by which a unit starts its program: its file with its drop-ins and environment files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::observe::units;
use crate::root::Root;

use super::UNITS;
use super::words::{Environment, expanded, words};

/// Where drop-ins lie: systemd.unit(5)'s search path, as far as files last.
const DIRECTORIES: [&str; 7] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// A program and its arguments.
#[derive(Debug, Default)]
pub struct Start {
    /// None where the unit has no ExecStart=.
    pub program: Option<PathBuf>,
    pub arguments: Vec<String>,
}

/// What the unit starts.
pub fn start(root: &Root, unit: &str) -> Start {
    let settings = settings(root, unit);
    let Some(command) = in_force(&settings, "ExecStart").last().copied() else { return Start::default() };
    let program = command.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let prefixes = &command[..command.len() - program.len()];
    let mut words = words(program);
    if !prefixes.contains(':') {
        words = expanded(words, &environment(root, &settings));
    }
    let mut words = words.into_iter();
    let program = words.next().map(PathBuf::from);
    // The word after the program is the name that it gets.
    let arguments = words.skip(usize::from(prefixes.contains('@'))).collect();
    Start { program, arguments }
}

/// The values of a setting that is a list: an empty one clears those before it.
fn in_force<'s>(settings: &'s [(String, String)], name: &str) -> Vec<&'s str> {
    let values: Vec<&str> =
        settings.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
    values.rsplit(|value| value.is_empty()).next().unwrap_or_default().to_vec()
}

/// The variables that the unit sets; those of its files override Environment=.
fn environment(root: &Root, settings: &[(String, String)]) -> Environment {
    let pairs = in_force(settings, "Environment").into_iter().flat_map(words);
    let pairs =
        pairs.filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.into(), value.into())));
    let mut environment: Environment = pairs.collect();
    for file in in_force(settings, "EnvironmentFile") {
        let text = root.text(file.trim_start_matches('-')).unwrap_or_default();
        super::environment::read(&text, &mut environment);
    }
    environment
}

/// The settings of [Service] in the order in which systemd reads them.
fn settings(root: &Root, unit: &str) -> Vec<(String, String)> {
    let files = units::fragment(root, unit).into_iter().chain(drop_ins(root, unit));
    files.flat_map(|path| service(&root.text(path).unwrap_or_default())).collect()
}

/// By name, whatever their directory; of those with one name the first is in force. A link to /dev/null has no text.
fn drop_ins(root: &Root, unit: &str) -> Vec<PathBuf> {
    let is_alias = |name: &str| {
        let link = units::fragment(root, name).and_then(|path| root.link(path));
        name == unit || link.is_some_and(|target| target.ends_with(unit))
    };
    let names = UNITS.into_iter().map(|(name, _)| name).filter(|name| is_alias(name)).chain(["service"]);
    let mut found = BTreeMap::new();
    for directory in
        names.flat_map(|name| DIRECTORIES.map(|directory| Path::new(directory).join(format!("{name}.d"))))
    {
        for entry in root.list(&directory).unwrap_or_default() {
            if entry.name.ends_with(".conf") {
                found.entry(entry.name.clone()).or_insert_with(|| directory.join(&entry.name));
            }
        }
    }
    found.into_values().collect()
}

/// The settings of a unit's file in its section [Service].
fn service(text: &str) -> Vec<(String, String)> {
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
            inside = line == "[Service]";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        line.clear();
    }
    settings
}
