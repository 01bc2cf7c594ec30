//! The file and the line that each setting in force comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Table, Value};

use super::cluster::Contradiction;
use crate::error::{Error, shown};

/// A setting in force, or a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Name with its table: "gate.timeout".
    pub name: String,
    /// None of a table.
    pub value: Option<Value>,
    /// The file that it comes from.
    pub file: PathBuf,
    #[serde(skip)]
    pub line: usize,
    /// The files whose value it overrides, in the order in which they were read.
    pub overrides: Vec<PathBuf>,
    /// The lines of a list's items.
    #[serde(skip)]
    pub items: Vec<usize>,
}

impl Setting {
    /// "/etc/cloud-timesync/config.toml, line 3"
    pub fn place_at(&self, line: usize) -> String {
        format!("{}, line {line}", shown(&self.file))
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}, from {}", self.name, serde_json::json!(self.value), self.file.display())?;
        let losers: Vec<String> = self.overrides.iter().map(|file| file.display().to_string()).collect();
        if losers.is_empty() { Ok(()) } else { write!(f, " (overrides {})", losers.join(", ")) }
    }
}

/// All of them, by their names.
pub type Settings = BTreeMap<String, Setting>;

/// Merges tables, and replaces everything else. `place` tells the file and the line of a byte.
pub fn merge(
    into: &mut Table,
    from: DeTable<'_>,
    prefix: &str,
    place: &dyn Fn(usize) -> (PathBuf, usize),
    settings: &mut Settings,
) -> Result<(), toml::de::Error> {
    for (key, value) in from {
        let name = format!("{prefix}{}", key.get_ref());
        let (file, line) = place(key.span().start);
        let mut setting =
            Setting { name: name.clone(), value: None, file, line, overrides: vec![], items: vec![] };
        if let Some(old) = settings.remove(&name) {
            setting.overrides = old.overrides;
            setting.overrides.push(old.file);
        }
        let key = key.into_inner().into_owned();
        let value = if let DeValue::Table(new) = value.get_ref() {
            let mut table = match into.remove(&key) {
                Some(Value::Table(old)) => old,
                _ => Table::new(),
            };
            merge(&mut table, new.clone(), &format!("{name}."), place, settings)?;
            Value::Table(table)
        } else {
            let items = value.get_ref().as_array().into_iter().flatten();
            setting.items = items.map(|item| place(item.span().start).1).collect();
            let value = Value::deserialize(ValueDeserializer::from(value))?;
            setting.value = Some(value.clone());
            value
        };
        settings.insert(name, setting);
        into.insert(key, value);
    }
    Ok(())
}

/// The error names the wrong setting's place, or else the table's; the settings that it contradicts may be in
/// another file.
pub fn contradiction(wrong: &Contradiction, settings: &Settings) -> Error {
    let place = |name: &&'static str| Some((*name, settings.get(&format!("cluster.{name}"))?));
    let mut set = wrong.settings.iter().filter_map(place);
    let Some((_, first)) = set.next().or_else(|| Some(("", settings.get("cluster")?))) else {
        return Error::new("reading the configuration", &wrong.why);
    };
    let others: String = set
        .filter(|(_, other)| other.file != first.file)
        .map(|(name, other)| format!("; `{name}` is in {}", other.place_at(other.line)))
        .collect();
    Error::path("reading", &first.file, format_args!("line {}: {}{others}", first.line, wrong.why))
}
