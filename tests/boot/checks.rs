//! `verify` on a machine that runs: right, and each check wrong for its own reason.

mod aws;
mod oci;

use std::collections::BTreeSet;

use serde_json::Value;

/// What is broken, how, how it is repaired, and which checks change: "?" marks one that could not be made.
type Break = (&'static str, &'static str, &'static str, &'static [&'static str]);

const TOOLS: &str = include_str!("checks.sh");

/// Breaks one thing after the other, and lets `verify` say what it finds.
fn script(breaks: &[Break]) -> String {
    let quoted = |script: &str| format!("'{}'", script.replace('\'', r"'\''"));
    let tries =
        breaks.iter().map(|(_, breaks, repairs, _)| format!("try {} {}\n", quoted(breaks), quoted(repairs)));
    format!("{TOOLS}{}cat /tmp/complaints\n", tries.collect::<String>())
}

/// Exactly the checks that belong to a break are not right, and those that never are.
fn assert_each_changes(breaks: &[Break], never_right: &[&str], told: &str) {
    let mut lines = told.lines();
    let mut stepped = false;
    for (what, _, _, changed) in breaks {
        let line = lines.next().unwrap_or_else(|| panic!("{what}: the script ended early\n{told}"));
        let (code, rest) = line.split_once(' ').expect("an exit code");
        let (_, report) = rest.split_once(' ').expect("a time");
        // The repair of a clock that was set is a step, and the database runs: that stays so for the rest of the boot.
        let is_hidden = changed.contains(&"no-step-under-database?");
        let step = Some("no-step-under-database").filter(|_| stepped && !is_hidden);
        stepped |= what.starts_with("the clock set");
        let wanted: BTreeSet<String> = changed
            .iter()
            .copied()
            .chain(never_right.iter().copied())
            .chain(step)
            .map(str::to_owned)
            .collect();
        assert_eq!(complaints(report), wanted, "{what}: {report}");
        let exit = match (wanted.is_empty(), wanted.iter().all(|name| name.ends_with('?'))) {
            (true, _) => "0",
            (false, true) => "3",
            (false, false) => "1",
        };
        assert_eq!(code, exit, "{what}");
    }
}

/// The checks of a report that are not right.
pub fn complaints(report: &str) -> BTreeSet<String> {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|why| panic!("{why}: {report}"));
    let checks = report["checks"].as_array().expect("a list of checks").iter();
    let name = |check: &Value| {
        let mark = if check["verdict"] == "unknown" { "?" } else { "" };
        format!("{}{mark}", check["name"].as_str().expect("a name"))
    };
    checks.filter(|check| check["verdict"] != "right").map(name).collect()
}
