//! The command by which a unit starts its program, with its environment files.

use std::path::{Path, PathBuf};

use crate::machine::Seen;
use crate::names::CHRONY_WAIT;
use crate::observe::units::{self, Entry};
use crate::root::Root;

use super::settings::{Settings, drop_ins, in_force, settings, text};
use super::words::{Environment, expanded, variables, words};

/// Settings by which chronyd sees other files or variables than this program does.
const ELSEWHERE: [&str; 10] = [
    "RootDirectory",
    "RootImage",
    "BindPaths",
    "BindReadOnlyPaths",
    "TemporaryFileSystem",
    "MountImages",
    "ExtensionImages",
    "ExtensionDirectories",
    "PassEnvironment",
    "UnsetEnvironment",
];

/// A program and its arguments.
#[derive(Debug, Default)]
pub struct Start {
    /// None where the unit has no ExecStart=.
    pub program: Option<PathBuf>,
    pub arguments: Vec<String>,
}

/// The command by which the unit with this file starts chronyd, or why it is not known.
pub fn start(root: &Root, unit: &str, file: Option<&Path>) -> Seen<Start> {
    let settings = settings(root, file.map(Path::to_owned).into_iter().chain(drop_ins(root, unit)?))?;
    if let Some(setting) = ELSEWHERE.iter().find(|setting| !in_force(&settings, setting).is_empty()) {
        return Err(format!("{unit} has {setting}="));
    }
    command(root, &settings)
}

/// The last command of ExecStart=.
fn command(root: &Root, settings: &Settings) -> Seen<Start> {
    let Some(command) = in_force(settings, "ExecStart").last().copied() else { return Ok(Start::default()) };
    let program = command.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let prefixes = &command[..command.len() - program.len()];
    let mut words = plain_words(program)?;
    if !prefixes.contains(':') {
        words = expanded(words, &environment(root, settings)?);
    }
    let mut words = words.into_iter();
    let program = words.next().map(PathBuf::from);
    // The word after the program is the name that it gets.
    let arguments = words.skip(usize::from(prefixes.contains('@'))).collect();
    Ok(Start { program, arguments })
}

/// The words of a setting. A backslash begins one of a dozen escapes there, which are not read.
fn plain_words(value: &str) -> Seen<Vec<String>> {
    if value.contains('\\') { Err(format!("`{value}` has a backslash")) } else { Ok(words(value)) }
}

/// Change that makes chrony-wait another wait than chrony's own.
pub fn change_of_wait(root: &Root) -> Seen<Option<String>> {
    let Some((unit, Entry::File(file))) = units::followed(root, CHRONY_WAIT) else { return Ok(None) };
    let drop_ins = drop_ins(root, &unit)?;
    let start = command(root, &settings(root, [file].into_iter().chain(drop_ins.clone()))?)?;
    if !start.arguments.iter().any(|word| word.starts_with("waitsync")) {
        let program = start.program.unwrap_or_default();
        return Ok(Some(format!("{unit} runs {}, and not chronyc waitsync", program.display())));
    }
    let added = settings(root, drop_ins)?;
    let is_condition = |key: &str| key.starts_with("Condition") || key.starts_with("Assert");
    // The package's own drop-in has this one: cloud-timesync runs in no container.
    let is_ours = |key: &str, value: &str| (key, value) == ("ConditionVirtualization", "!container");
    let mut conditions = added.iter().filter(|(key, value)| is_condition(key) && !is_ours(key, value));
    let condition = conditions.find(|(_, value)| !value.is_empty());
    Ok(condition.map(|(key, value)| format!("a drop-in of {unit} has {key}={value}")))
}

/// The variables that the unit sets; those of its files override Environment=.
fn environment(root: &Root, settings: &Settings) -> Seen<Environment> {
    let mut environment = Environment::new();
    for value in in_force(settings, "Environment") {
        let pairs = plain_words(value)?;
        environment.extend(
            pairs.iter().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())),
        );
    }
    for file in in_force(settings, "EnvironmentFile") {
        let path = file.trim_start_matches('-');
        if path.contains(['%', '*', '?', '[', '\\']) || !path.starts_with('/') {
            return Err(format!("EnvironmentFile={file} has a specifier or a pattern"));
        }
        environment.extend(variables(&text(root, Path::new(path))?)?);
    }
    Ok(environment)
}
