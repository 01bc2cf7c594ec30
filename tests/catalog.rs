//! The journal catalogue, as journalctl itself reads it.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::process::Command;

use test_support::{Tree, has, repository, run};

/// The ids of src/journal.rs with their names.
fn messages() -> Vec<(String, String)> {
    let source = fs::read_to_string(repository().join("src/journal.rs"));
    let source = source.expect("src/journal.rs is there");
    let constant = |line: &str| {
        let (name, rest) = line.strip_prefix("pub const ")?.split_once(": &str = \"")?;
        let id = rest.strip_suffix("\";")?;
        id.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| (name.to_owned(), id.to_owned()))
    };
    source.lines().filter_map(constant).collect()
}

#[test]
fn journalctl_knows_every_message_and_no_other() {
    if !has("journalctl") {
        return;
    }
    let (tree, name) = (Tree::empty(), "cloud-timesync.catalog");
    let catalog = fs::read_to_string(repository().join("systemd").join(name)).expect("the catalogue");
    tree.put(&format!("usr/lib/systemd/catalog/{name}"), &catalog);
    fs::create_dir_all(tree.at("var/lib/systemd/catalog")).expect("a directory");
    let journalctl = |verb: &str| run(Command::new("journalctl").arg("--root").arg(tree.path()).arg(verb));
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
    let root = repository();
    let catalog = fs::read_to_string(root.join("systemd/cloud-timesync.catalog")).expect("the catalogue");
    let listed = run(Command::new("grep").args(["-rl", "MESSAGE_ID = "]).arg(root.join("src")));
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
