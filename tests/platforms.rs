//! The lists of platforms that people read, against the table in src/platform/table.rs.

// Tests read files.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;

use cloud_timesync::platform::{Directive, ROWS, Row, Source};

fn text(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&full).unwrap_or_else(|why| panic!("reading {path}: {why}"))
}

/// "aws, gce or unknown"
fn joined(words: &[&str], before_the_last: &str) -> String {
    let (last, others) = words.split_last().expect("a list");
    format!("{}{before_the_last}{last}", others.join(", "))
}

/// What is stale in the file where it does not say so, however its lines are broken.
fn missing(path: &str, before: &str, list: &str) -> Option<String> {
    let text = text(path);
    let words = text.lines().flat_map(|line| line.trim_start_matches('#').split_whitespace());
    let all = words.collect::<Vec<_>>().join(" ");
    if all.contains(&format!("{before} {list}")) {
        return None;
    }
    let first = list.split_inclusive(',').next().expect("a list");
    let at = text.lines().position(|line| line.contains(first)).map_or(1, |line| line + 1);
    Some(format!("{path}:{at}: after \"{before}\" there should be: {list}"))
}

/// A source as chrony.conf has it; None for what every platform can have.
fn directive(source: &Source) -> Option<String> {
    let place = match source.directive {
        Directive::Server(name) => format!("server {name}"),
        Directive::Pool(name) => format!("pool {name}"),
        Directive::Phc(clock) => format!("refclock PHC {}", clock.link),
        Directive::DistributionPool | Directive::Dhcp(_) => return None,
    };
    Some(format!("{place} {}", source.options))
}

/// What the table of docs/platforms.md should say of a platform and does not. Of servers with the same options the first is enough.
fn unsaid(row: &Row, table: &[&str]) -> Vec<String> {
    let name = format!("`{}`", row.name);
    let of_row = |line: &&&str| line.split('|').nth(2).is_some_and(|cell| cell.contains(&name));
    let Some(line) = table.iter().find(of_row) else {
        return vec![format!("docs/platforms.md: the table has no line for {} ({name})", row.title)];
    };
    let firsts = row.sources.chunk_by(|one, next| one.options == next.options).map(|alike| &alike[0]);
    let wanted = firsts.filter_map(directive).map(|line| format!("`{line}`")).chain([row.title.to_owned()]);
    wanted
        .filter(|wanted| !line.contains(wanted))
        .map(|wanted| format!("docs/platforms.md: no {wanted} in {line}"))
        .collect()
}

#[test]
fn lists_of_platforms_are_as_the_table_is() {
    let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    let own: Vec<&str> = ROWS.iter().filter(|row| row.has_own_sources()).map(|row| row.title).collect();
    let (setting, option) = (joined(&names, " or ") + ".", names.join(", ") + ".");
    let described = joined(&own, " and ") + ";";
    let mut stale: Vec<String> = [
        ("cloud-timesync.toml", "instead of detecting it:", &setting),
        ("man/cloud-timesync.toml.5", "instead of detecting it:", &setting),
        ("man/cloud-timesync.8", ".I PLATFORM is one of", &option),
        ("debian/control", "It knows the time service of", &described),
        ("rpm/cloud-timesync.spec", "It knows the time service of", &described),
    ]
    .into_iter()
    .filter_map(|(path, before, list)| missing(path, before, list))
    .collect();

    let page = text("docs/platforms.md");
    let table = page.lines().skip_while(|line| !line.starts_with("| platform | name |")).skip(2);
    let table: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    stale.extend(ROWS.iter().flat_map(|row| unsaid(row, &table)));
    assert_eq!(stale, [""; 0]);
}
