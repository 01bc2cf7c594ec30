//! Names of tests: they are promises that can be typed, and documents that name one name one that is there.

// Reads the sources.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};

use test_support::repository;

const LONGEST: usize = 60;

/// Every file below a folder whose name ends so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}

/// A module's name with those of all that it is in: "boot::images", "src::plan::tests".
fn module(path: &Path) -> String {
    let path = path.strip_prefix(repository()).expect("it is below").with_extension("");
    let path = path.strip_prefix("tests").unwrap_or(&path).to_string_lossy().replace('/', "::");
    path.trim_end_matches("::main").trim_end_matches("::mod").to_owned()
}

/// The functions of a source.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    let starts = source.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")
    });
    starts.filter_map(|rest| rest.split(['(', '<']).next())
}

/// Modules and functions of the sources and of the suites, by their whole names.
fn known() -> Vec<String> {
    let mut known = Vec::new();
    for path in ["src", "tests"].iter().flat_map(|folder| files(folder, ".rs")) {
        let module = module(&path);
        let source = fs::read_to_string(&path).expect("a source");
        known.extend(functions(&source).map(|function| format!("{module}::{function}")));
        known.push(module);
    }
    known
}

/// What a document has between backticks and looks like a test's name: `suite::module::test`, its end, or with a `*` in it.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2).filter(|name| name.contains("::"));
    let is_letter =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_*".contains(letter);
    let is_word = move |word: &str| !word.is_empty() && word.chars().all(is_letter);
    quoted.map(|name| name.trim_start_matches("…::")).filter(move |name| name.split("::").all(is_word))
}

fn is_known(name: &str, known: &[String]) -> bool {
    let parts: Vec<&str> = name.split('*').collect();
    let fits = |end: &str| match parts[..] {
        [whole] => end == whole,
        [first, last] => end.starts_with(first) && end.ends_with(last),
        _ => false,
    };
    // The last words of the whole name.
    let depth = name.split("::").count();
    known.iter().any(|whole| {
        let words: Vec<&str> = whole.split("::").collect();
        words.len() >= depth && fits(&words[words.len() - depth..].join("::"))
    })
}

#[test]
fn no_test_has_a_name_of_more_than_60_characters() {
    let mut long = Vec::new();
    for path in ["src", "tests"].iter().flat_map(|folder| files(folder, ".rs")) {
        let source = fs::read_to_string(&path).expect("a source");
        for marked in source.split("test]\n").skip(1) {
            long.extend(functions(marked).take(1).filter(|name| name.len() > LONGEST).map(str::to_owned));
        }
    }
    assert_eq!(long, [""; 0]);
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let known = known();
    let (mut seen, mut lost) = (0, Vec::new());
    let documents = files("docs", ".md").into_iter();
    for path in
        documents.chain(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| repository().join(name)))
    {
        let text = fs::read_to_string(&path).expect("a document");
        for name in named(&text) {
            seen += 1;
            if !is_known(name, &known) {
                lost.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(seen > 50, "only {seen} names were found");
    assert_eq!(lost, [""; 0]);
}
