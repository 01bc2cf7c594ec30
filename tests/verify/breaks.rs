//! The tables: one thing in a tree is broken, and these checks change.

mod aws;
mod elsewhere;

use test_support::Tree;

use super::{CONF, DROP_IN, Verify};
use aws::BREAKS;
use elsewhere::ELSEWHERE;

/// What is broken, how, and which checks change: "?" marks one that could not be made.
type Break = (&'static str, fn(&Tree), &'static [&'static str]);

/// "?" marks a check that could not be made.
fn assert_changes(machine: &str, (what, breaks, wanted): &Break) {
    let tree = Tree::applied(machine);
    breaks(&tree);
    let mark = |(name, verdict): (String, String)| if verdict == "wrong" { name } else { name + "?" };
    let found: Vec<String> = tree.complaints().into_iter().map(mark).collect();
    assert_eq!(found, *wanted, "{machine}: {what}");
    let code = tree.verify(&[]).0;
    let exit = match wanted {
        [] => 0,
        _ if wanted.contains(&"configuration") => 2,
        _ if wanted.iter().any(|name| !name.ends_with('?')) => 1,
        _ => 3,
    };
    assert_eq!(code, exit, "{machine}: {what}");
}

#[test]
fn every_check_of_an_image_has_been_seen_to_go_wrong() {
    let (_, report) = Tree::applied("aws-debian13").verify(&[]);
    let elsewhere = ELSEWHERE.iter().map(|(_, broken)| broken);
    let names: Vec<&str> = BREAKS.iter().chain(elsewhere).flat_map(|(_, _, names)| *names).copied().collect();
    for check in report["checks"].as_array().expect("a list") {
        let name = check["name"].as_str().expect("a name");
        let seen = names.iter().any(|wrong| wrong.trim_end_matches('?') == name);
        // An image's platform is decided by its first boot.
        assert!(seen || name == "platform-known", "{name} was never seen to go wrong");
    }
}
