//! A mistake in a configuration file, in one line: the number of its line, its key, and what may be there.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::Config;
use crate::printable::printable;

/// Length at which a line that is not TOML is cut off, in characters.
const SHOWN: usize = 60;

/// The settings of one file, checked by themselves.
///
/// # Errors
/// "line 3: gate.timeout: -5 is not a whole number of seconds from 5 to 86400"
pub fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, String> {
    let table = DeTable::parse(text).map_err(|why| {
        let byte = why.span().map_or(0, |span| span.start);
        let words = text.lines().nth(line(text, byte) - 1).unwrap_or_default();
        let key: String = words.split('=').next().unwrap_or_default().trim().chars().take(SHOWN).collect();
        sentence(text, byte, &key, why.message())
    })?;
    for (key, value) in table.get_ref() {
        if let Some(heading) = missing_heading(key.get_ref(), value.get_ref()) {
            return Err(sentence(text, key.span().start, key.get_ref(), &format!("is written as {heading}")));
        }
    }
    Config::deserialize(toml::Deserializer::from(table.clone())).map_err(|why| {
        let byte = why.span().map_or(0, |span| span.start);
        let key = key_at(table.get_ref(), byte).unwrap_or_default();
        sentence(text, byte, &key, &explained(text, &why))
    })?;
    Ok(table)
}

/// The number of the line that has this byte.
pub fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// Says how this table is written, where it is not: serde would fill one from a list, too.
fn missing_heading(name: &str, value: &DeValue<'_>) -> Option<String> {
    match (name, value) {
        ("makestep" | "chrony" | "gate" | "cockroach" | "cluster", DeValue::Table(_)) => None,
        ("makestep" | "chrony" | "gate" | "cockroach" | "cluster", _) => Some(format!("[{name}]")),
        ("source", DeValue::Array(items)) if items.iter().all(|item| item.get_ref().is_table()) => None,
        ("source", _) => Some("[[source]]".to_owned()),
        _ => None,
    }
}

fn sentence(text: &str, byte: usize, key: &str, message: &str) -> String {
    printable(&format!("line {}: {key}: {message}", line(text, byte)), &[])
}

/// The key of the setting or the table that has this byte, with the tables it is in: "gate.timeout".
fn key_at(table: &DeTable<'_>, byte: usize) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let inner = match value.get_ref() {
            DeValue::Table(inner) => key_at(inner, byte),
            DeValue::Array(items) => items.iter().find_map(|item| key_at(item.get_ref().as_table()?, byte)),
            _ => None,
        };
        let name = key.get_ref();
        let is_here = || key.span().contains(&byte) || value.span().contains(&byte);
        inner.map(|inner| format!("{name}.{inner}")).or_else(|| is_here().then(|| name.to_string()))
    })
}

/// The library's message. A check of a number begins with "is not", and its subject is what the file has there.
fn explained(text: &str, why: &Error) -> String {
    let message = why.message();
    let subject = why.span().and_then(|span| text.get(span)).filter(|_| message.starts_with("is not "));
    subject.map_or(message.to_owned(), |subject| format!("{subject} {message}"))
}
