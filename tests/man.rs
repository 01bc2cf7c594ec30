//! The manual pages: what man says of them, and whether cloud-timesync(8) has what the program has.

// Tests run programs.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use cloud_timesync::database::DATABASES;
use test_support::{agent, has, repository};

fn page(name: &str) -> String {
    let path = repository().join("man").join(name);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("reading {}: {why}", path.display()))
}

/// All that man and groff complain of.
fn complaints(page: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("page.8");
    fs::write(&path, page).expect("writing the page");
    // -Z: what groff would draw goes nowhere, what it says is all that counts.
    let output = Command::new("man")
        .args(["--warnings=w", "--encoding=UTF-8", "--troff-device=utf8", "--ditroff", "--local-file"])
        .arg(&path)
        .envs([("LC_ALL", "C.UTF-8"), ("MANWIDTH", "80"), ("MANROFFSEQ", "")])
        .output()
        .expect("running man (package man-db)");
    assert!(output.status.success(), "man fails: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn man_has_nothing_to_say_about_the_pages() {
    if !has("man") {
        return;
    }
    for page in ["cloud-timesync.8", "cloud-timesync.toml.5"].map(page) {
        assert_eq!(complaints(&page), "");
        // Otherwise its silence says nothing.
        assert!(complaints(&format!("{page}.NOSUCHMACRO\n")).contains("NOSUCHMACRO"));
    }
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(agent()).args(arguments).output();
    String::from_utf8(output.expect("the agent runs").stdout).expect("UTF-8")
}

fn verbs() -> Vec<String> {
    let help = printed(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = listed.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    verbs.filter(|verb| *verb != "help").map(str::to_owned).collect()
}

/// The long options that a help text lists.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    lines.filter_map(long_option).collect()
}

/// "--root" of "--root <DIR>  Work on the image" and of "[--root DIR]".
fn long_option(line: &str) -> Option<String> {
    let start = line.find("--")?;
    let is_of_it = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    Some(line[start..].chars().take_while(|letter| is_of_it(*letter)).collect())
}

/// The page without roff's own letters.
fn plain(page: &str) -> String {
    ["\\fB", "\\fI", "\\fR"].iter().fold(page.replace("\\-", "-"), |text, font| text.replace(font, ""))
}

/// The lines between two, without them.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().skip_while(move |line| *line != begin).skip(1);
    lines.take_while(move |line| !line.starts_with(end))
}

fn assert_same(what: &str, of_the_program: &BTreeSet<String>, of_the_page: &BTreeSet<String>) {
    assert!(of_the_program.len() > 5, "{of_the_program:?}");
    let missing: Vec<_> = of_the_program.difference(of_the_page).collect();
    let stale: Vec<_> = of_the_page.difference(of_the_program).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "{what} of man/cloud-timesync.8: missing {missing:?}, stale {stale:?}"
    );
}

#[test]
fn the_page_names_every_verb_with_its_options() {
    let page = plain(&page("cloud-timesync.8"));
    let everywhere = options(&printed(&["--help"]));
    let (mut wanted, mut named) = (BTreeSet::new(), BTreeSet::new());
    for verb in verbs() {
        let own = options(&printed(&[&verb, "--help"])).into_iter().filter(|it| !everywhere.contains(it));
        wanted.extend(own.map(|option| format!("{verb} {option}")));
        wanted.insert(verb);
    }
    for verb in page.lines().filter_map(|line| line.strip_prefix(".SS ")) {
        let begin = format!(".SY \"cloud-timesync {verb}\"");
        let synopsis = between(&page, &begin, ".YS");
        named.extend(synopsis.filter_map(long_option).map(|option| format!("{verb} {option}")));
        named.insert(verb.to_owned());
    }
    assert_same("verbs and SYNOPSIS", &wanted, &named);
}

#[test]
fn the_page_explains_every_option() {
    let page = plain(&page("cloud-timesync.8"));
    let mut wanted = options(&printed(&["--help"]));
    wanted.extend(verbs().iter().flat_map(|verb| options(&printed(&[verb, "--help"]))));
    let lines: Vec<&str> = between(&page, ".SH COMMANDS", ".SH EXIT STATUS").collect();
    let headings = lines.windows(2).filter(|pair| pair[0] == ".TP").filter_map(|pair| long_option(pair[1]));
    assert_same("options", &wanted, &headings.collect());
}

#[test]
fn the_page_lists_the_checks_that_verify_makes() {
    let first_word = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let page = plain(&page("cloud-timesync.8"));
    let named = between(&page, ".SH CHECKS", ".SH").filter_map(|line| line.strip_prefix(".BR "));
    let listed = printed(&["verify", "--list"]);
    assert_same(
        "CHECKS",
        &listed.lines().map(|line| first_word(line.trim_start())).collect(),
        &named.map(first_word).collect(),
    );
}

#[test]
fn the_page_says_of_each_check_what_verify_says() {
    let page = plain(&page("cloud-timesync.8"));
    for line in printed(&["verify", "--list"]).lines() {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let live = if words.next() == Some("live") { " \" (live)\"" } else { "" };
        let says = words.collect::<Vec<_>>().join(" ");
        let entry = between(&page, &format!(".BR {name}{live}"), ".TP").next();
        assert_eq!(entry, Some(format!("{says}.").as_str()), "{name}");
    }
}

#[test]
fn the_page_is_of_the_programs_version() {
    let page = page("cloud-timesync.8");
    let title = page.lines().find(|line| line.starts_with(".TH")).unwrap_or_default();
    assert!(title.contains(concat!("\"cloud-timesync ", env!("CARGO_PKG_VERSION"), "\"")), "{title}");
}

#[test]
fn every_database_is_named_where_an_operator_looks() {
    let databases = fs::read_to_string(repository().join("docs/databases.md")).expect("it is there");
    let page = page("cloud-timesync.8").replace("\\-", "-");
    for unit in DATABASES.iter().map(|database| database.unit) {
        assert!(databases.contains(&format!("`{unit}`")), "docs/databases.md lacks {unit}");
        assert!(page.contains(unit), "cloud-timesync.8 lacks {unit}");
    }
}
