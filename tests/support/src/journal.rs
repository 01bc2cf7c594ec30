//! The journal of one boot.

use serde_json::{Map, Value};

/// An entry's fields, as journald exports them.
#[derive(Debug)]
pub struct Entry(Map<String, Value>);

impl Entry {
    /// A field's text. Empty where the entry has none; journald exports what is not text as numbers, which is no text.
    pub fn field(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.field("MESSAGE")
    }

    /// Seconds since the guest's kernel began.
    pub fn at(&self) -> f64 {
        self.field("__MONOTONIC_TIMESTAMP").parse::<f64>().map_or(f64::NAN, |microseconds| microseconds / 1e6)
    }

    /// A line of a story.
    pub fn line(&self) -> String {
        format!("{:>9.3}  {}\n", self.at(), self.message())
    }

    /// By syslog's numbers: 3 is an error, 4 a warning, 6 information.
    pub fn priority(&self) -> u8 {
        self.field("PRIORITY").parse().unwrap_or(u8::MAX)
    }

    pub fn says(&self, text: &str) -> bool {
        self.message().contains(text)
    }

    pub fn is_from(&self, identifier: &str) -> bool {
        self.field("SYSLOG_IDENTIFIER") == identifier
    }

    /// The unit that it is of, as `journalctl -u` finds it.
    pub fn unit(&self) -> &str {
        match self.field("_SYSTEMD_UNIT") {
            "" => self.field("OBJECT_SYSTEMD_UNIT"),
            unit => unit,
        }
    }

    /// PID 1's word on one unit.
    pub fn is_about(&self, unit: &str) -> bool {
        self.field("_PID") == "1" && self.field("UNIT") == unit
    }

    /// PID 1's word that a unit's start job has ended, however it ended.
    pub fn ends_start_of(&self, unit: &str) -> bool {
        self.is_about(unit) && self.field("JOB_TYPE") == "start" && !self.field("JOB_RESULT").is_empty()
    }
}

/// From `journalctl -o json`, an object a line: in journald's own order, which no step of the clock disturbs.
pub fn parse(text: &str) -> Vec<Entry> {
    let entries = text.lines().map(|line| match serde_json::from_str(line) {
        Ok(Value::Object(fields)) => Entry(fields),
        other => panic!("a line of the guest's journal is no object: {other:?}"),
    });
    entries.collect()
}
