//! The journal catalogue, as journalctl itself reads it.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// The ids of src/journal.rs with their names.
fn messages() -> Vec<(String, String)> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/journal.rs"));
    let source = source.expect("src/journal.rs is there");
    let constant = |line: &str| {
        let (name, rest) = line.strip_prefix("pub const ")?.split_once(": &str = \"")?;
        Some((name.to_owned(), rest.strip_suffix("\";")?.to_owned()))
    };
    source.lines().filter_map(constant).collect()
}

#[test]
fn journalctl_knows_every_message_and_no_other() {
    let tree = tempfile::tempdir().expect("a temporary directory");
    let at = |path: &str| tree.path().join(path);
    for directory in ["usr/lib/systemd/catalog", "var/lib/systemd/catalog"] {
        fs::create_dir_all(at(directory)).expect("a directory");
    }
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/cloud-timesync.catalog");
    fs::copy(catalog, at("usr/lib/systemd/catalog/cloud-timesync.catalog")).expect("the catalogue");
    let journalctl = |verb: &str| {
        let output = Command::new("journalctl").arg("--root").arg(tree.path()).arg(verb).output();
        let output = output.expect("journalctl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    journalctl("--update-catalog");
    let listed = journalctl("--list-catalog");
    let mut known: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let messages = messages();
    let mut wanted: Vec<&str> = messages.iter().map(|(_, id)| id.as_str()).collect();
    known.sort_unstable();
    wanted.sort_unstable();
    assert!(wanted.len() > 10, "{messages:?}");
    assert_eq!(known, wanted, "{listed}");
}

/// What `journalctl -x` puts into a text comes from the message: each that has the text must have the field.
#[test]
fn every_message_has_the_fields_that_its_text_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalog = fs::read_to_string(root.join("systemd/cloud-timesync.catalog")).expect("the catalogue");
    let listed = Command::new("grep").args(["-rl", "MESSAGE_ID = "]).arg(root.join("src")).output();
    let listed = String::from_utf8(listed.expect("grep runs").stdout).expect("UTF-8");
    let sources: Vec<String> =
        listed.lines().map(|path| fs::read_to_string(path).expect("a source")).collect();
    let mut seen = 0;
    for (name, id) in messages() {
        let text = catalog.split("\n-- ").find_map(|entry| entry.strip_prefix(&id));
        let fields = text.expect("every message has a text").split('@').skip(1).step_by(2);
        let fields: Vec<&str> = fields.collect();
        for message in sources.iter().flat_map(|source| events(source, &name)) {
            seen += 1;
            for field in &fields {
                assert!(message.contains(&format!("{field} = ")), "{name} lacks {field}: {message}");
            }
        }
    }
    assert!(seen > 25, "{seen} messages");
}

/// The arguments of every event that has this id.
fn events<'s>(source: &'s str, name: &str) -> Vec<&'s str> {
    let id = format!("MESSAGE_ID = journal::{name},");
    let rest = source.match_indices(&id).map(|(at, _)| &source[at..]);
    let whole = |text: &'s str| {
        let mut open = 1;
        let end = text.find(|letter: char| {
            open += i32::from(letter == '(') - i32::from(letter == ')');
            open == 0
        });
        &text[..end.unwrap_or(text.len())]
    };
    rest.map(whole).collect()
}
