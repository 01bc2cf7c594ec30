//! What is said of a mistake in a file: its line and what is allowed, in an operator's words and not in
//! those of the libraries.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::Config;
use crate::printable::printable;

/// The settings of one file, checked by themselves.
///
/// # Errors
/// "line 3: unknown field `platfrom`, expected one of …"
pub fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, String> {
    let mistake = |why: Error| {
        let said = printable(&in_words(text, &why), &[]);
        why.span().map_or(said.clone(), |span| format!("line {}: {said}", line(text, span.start)))
    };
    let table = DeTable::parse(text).map_err(mistake)?;
    tables(text, table.get_ref())?;
    Config::deserialize(toml::Deserializer::from(table.clone())).map_err(mistake)?;
    Ok(table)
}

/// The number of the line that has this byte.
pub fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// How a table is written, where it is not: serde would fill one from a list of values too.
fn tables(text: &str, table: &DeTable<'_>) -> Result<(), String> {
    let is_table = |value: &Spanned<DeValue<'_>>| matches!(value.get_ref(), DeValue::Table(_));
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let (is_right, written) = match (name, value.get_ref()) {
            ("makestep" | "gate" | "cockroach" | "cluster", _) => {
                (is_table(value), format!("a table, and is written so: [{name}]"))
            }
            ("source", sources) => (
                matches!(sources, DeValue::Array(sources) if sources.iter().all(is_table)),
                "a table that can be repeated, and is written so: [[source]]".to_owned(),
            ),
            _ => continue,
        };
        if !is_right {
            return Err(format!("line {}: `{name}` is {written}", line(text, key.span().start)));
        }
    }
    Ok(())
}

fn in_words(text: &str, why: &Error) -> String {
    let message = why.message();
    let kinds = message.strip_prefix("invalid type: ").and_then(|kinds| kinds.rsplit_once(", expected "));
    if let Some((found, expected)) = kinds {
        let found = match found {
            "map" => "table",
            "sequence" => "list",
            other => other.trim_end_matches(" as i128").trim_end_matches(" as u128"),
        };
        let expected = match expected {
            "a sequence" => "a list",
            "a boolean" => "true or false",
            other => other,
        };
        return format!("invalid value: {found}, expected {expected}");
    }
    match message.strip_prefix("unknown variant") {
        Some(rest) => format!("unknown value{rest}"),
        None if message.starts_with("wanted ") => {
            words(text, why).unwrap_or_else(|| "expected a word in quotes".to_owned())
        }
        None => message.to_owned(),
    }
}

/// One of a few words is expected, and toml does not say which; of a word in quotes it would.
fn words(text: &str, why: &Error) -> Option<String> {
    let span = why.span()?;
    let word = serde_json::Value::from(text.get(span.clone())?);
    let text = format!("{}{word}{}", text.get(..span.start)?, text.get(span.end..)?);
    let why = toml::from_str::<Config>(&text).err()?;
    why.message().starts_with("unknown variant").then(|| in_words(&text, &why))
}
