//! The file and the line that each setting in force comes from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Table, Value};

use super::cluster::Contradiction;
use crate::error::{Error, shown};

/// Where a setting or a table was read.
pub struct Origin {
    pub file: PathBuf,
    pub line: usize,
    /// None of a table.
    pub value: Option<Value>,
    /// The files whose value it overrides, in the order in which they were read.
    pub overrides: Vec<PathBuf>,
}

impl Origin {
    pub fn new(file: &Path, line: usize) -> Origin {
        Origin { file: file.to_owned(), line, value: None, overrides: Vec::new() }
    }
}

pub type Origins = BTreeMap<String, Origin>;

/// Merges tables, and replaces everything else.
pub fn merge(
    into: &mut Table,
    from: DeTable<'_>,
    prefix: &str,
    origin: &dyn Fn(usize) -> Origin,
    origins: &mut Origins,
) -> Result<(), toml::de::Error> {
    for (key, value) in from {
        let name = format!("{prefix}{}", key.get_ref());
        let mut setting = origin(key.span().start);
        if let Some(old) = origins.remove(&name) {
            setting.overrides = old.overrides;
            setting.overrides.push(old.file);
        }
        let key = key.into_inner().into_owned();
        let value = if let DeValue::Table(new) = value.get_ref() {
            let mut table = match into.remove(&key) {
                Some(Value::Table(old)) => old,
                _ => Table::new(),
            };
            merge(&mut table, new.clone(), &format!("{name}."), origin, origins)?;
            Value::Table(table)
        } else {
            let value = Value::deserialize(ValueDeserializer::from(value))?;
            setting.value = Some(value.clone());
            value
        };
        origins.insert(name, setting);
        into.insert(key, value);
    }
    Ok(())
}

/// The error names the wrong setting's place, or else the table's; the settings that it contradicts may be in
/// another file.
pub fn contradiction(wrong: &Contradiction, origins: &Origins) -> Error {
    let place = |name: &&'static str| Some((*name, origins.get(&format!("cluster.{name}"))?));
    let mut set = wrong.settings.iter().filter_map(place);
    let Some((_, first)) = set.next().or_else(|| Some(("", origins.get("cluster")?))) else {
        return Error::new("reading the configuration", &wrong.why);
    };
    let others: String = set
        .filter(|(_, other)| other.file != first.file)
        .map(|(name, other)| format!("; `{name}` is in {}, line {}", shown(&other.file), other.line))
        .collect();
    Error::path("reading", &first.file, format_args!("line {}: {}{others}", first.line, wrong.why))
}
