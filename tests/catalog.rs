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
