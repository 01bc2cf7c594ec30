//! What holds of every machine, whatever its platform and twist.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use test_support::{STATE, Snapshot, Tree, difference, run, walk};

use crate::{broken, folder, images};

pub fn hold(machine: &str) {
    let image = Tree::of(machine);
    it_is_recognised(machine, &image);
    its_plan_is_the_one_that_was_read(machine, &image);
    let applied = image.copy();
    apply_changes_exactly_what_is_expected(machine, &applied);
    a_second_run_changes_nothing(&applied);
    every_check_is_right(machine, &applied.copy());
    broken::a_configuration_that_breaks_later_changes_nothing(&applied.copy());
    undo_gives_the_tree_back_byte_for_byte(&applied.copy(), &image);
    images::an_image_that_is_prepared_becomes_the_same_machine_by_one_file(
        platform(machine),
        &image,
        &applied,
    );
    images::an_image_that_is_prepared_for_its_platform_is_right_already(platform(machine), &image);
}

fn platform(machine: &str) -> &str {
    machine.split('-').next().unwrap_or_default()
}

fn it_is_recognised(machine: &str, image: &Tree) {
    let platform = platform(machine);
    let found = image.expect(&["detect", "--json"], if platform == "unknown" { 3 } else { 0 });
    let found: Value = serde_json::from_str(&found).expect("detect --json is JSON");
    let strength = match machine {
        "unknown-debian13-uuid" | "unknown-debian13-swapped" => json!("weak"),
        "unknown-debian13-image" => Value::Null,
        "ovh-debian13" => json!("told"),
        _ => json!("strong"),
    };
    assert_eq!((&found["platform"], &found["strength"]), (&json!(platform), &strength), "{found}");
}

fn its_plan_is_the_one_that_was_read(machine: &str, image: &Tree) {
    let plan = image.expect(&["plan"], 0);
    let golden = folder(machine).join("plan.txt");
    if is_blessed() {
        fs::write(&golden, &plan).expect("plan.txt can be written");
    }
    assert_eq!(plan, fs::read_to_string(&golden).unwrap_or_default(), "plan.txt");
}

fn apply_changes_exactly_what_is_expected(machine: &str, tree: &Tree) {
    let before = tree.machine();
    tree.expect(&["apply"], 0);
    let changed = files(changes(&before, &tree.machine()));
    let expected = folder(machine).join("expected");
    if is_blessed() {
        bless(tree, &expected, &changed);
    }
    let mut wanted = Snapshot::new();
    if expected.exists() {
        walk(&expected, Path::new(""), &mut wanted);
    }
    assert_eq!(difference(&changed, &files(wanted)), [""; 0], "expected/");
}

fn is_blessed() -> bool {
    std::env::var_os("BLESS").is_some()
}

fn bless(tree: &Tree, expected: &Path, changed: &Snapshot) {
    let _ = fs::remove_dir_all(expected);
    for path in changed.keys() {
        let to = expected.join(path);
        fs::create_dir_all(to.parent().expect("below expected/")).expect("a directory");
        run(Command::new("cp").arg("-a").args([&tree.path().join(path), &to]));
    }
}

/// What is new or different.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Snapshot {
    let changed = after.iter().filter(|(path, what)| before.get(*path) != Some(*what));
    changed.map(|(path, what)| (path.clone(), what.clone())).collect()
}

/// Files and links alone, as a checkout has them.
fn files(all: Snapshot) -> Snapshot {
    let files = all.into_iter().filter(|(_, what)| !what.ends_with(" directory"));
    files.map(|(path, what)| (path, without_owner(&what))).collect()
}

/// Without owner and group, which a checkout does not keep.
fn without_owner(what: &str) -> String {
    let mut words = what.splitn(4, ' ');
    let (mode, what) = (words.next().unwrap_or_default(), words.nth(2).unwrap_or_default());
    format!("{mode} {what}")
}

fn a_second_run_changes_nothing(applied: &Tree) {
    let stamps = stamps(applied);
    let plan = applied.expect(&["plan", "--json", "--exit-code"], 0);
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(plan["edits"], json!([]), "a second plan");
    applied.expect(&["apply"], 0);
    assert_eq!(self::stamps(applied), stamps, "a second run");
}

/// Inode and change time of everything: even a file that is written alike would show.
fn stamps(tree: &Tree) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    let stamp = |path: &PathBuf| {
        let meta = fs::symlink_metadata(tree.path().join(path)).expect("it was there");
        (meta.ino(), meta.ctime(), meta.ctime_nsec())
    };
    tree.machine().into_keys().map(|path| (path.clone(), stamp(&path))).collect()
}

fn every_check_is_right(machine: &str, tree: &Tree) {
    // chronyd's user comes in by the group: who runs the test can give a directory to no one else.
    let meta = fs::metadata(tree.at("var/lib/chrony")).expect("it is there");
    tree.put("etc/passwd", &format!("_chrony:x:{}:{}::/:/bin/false\n", meta.uid() + 1000, meta.gid()));
    tree.mode("var/lib/chrony", 0o770);
    let report = tree.json(&["verify"]);
    let checks = report["checks"].as_array().expect("a list of checks").iter();
    let complaints: Vec<&Value> = checks.filter(|check| check["verdict"] != "right").collect();
    let names: Vec<&Value> = complaints.iter().map(|check| &check["name"]).collect();
    // What the operator asked for and cannot have.
    let wanted: &[&str] = match machine {
        "aws-debian13-units" => &["named-units-installed"],
        _ => &[],
    };
    assert_eq!(names, wanted, "{complaints:#?}");
}

fn undo_gives_the_tree_back_byte_for_byte(applied: &Tree, image: &Tree) {
    let told = applied.expect(&["undo"], 0);
    assert!(told.lines().all(|line| line.contains('/') || line.contains(".service")), "{told}");
    assert_eq!(difference(&applied.machine(), &image.machine()), [""; 0], "undone");
    assert!(!applied.at(STATE).exists(), "/{STATE} is left");
    assert_eq!(applied.expect(&["undo"], 0), "Nothing to undo.\n");
}

#[test]
fn an_edited_file_stays_until_it_is_forced() {
    const CONF: &str = "etc/chrony/chrony.conf";
    const EDITED: &str = "server 10.1.2.3 iburst\n";
    let tree = Tree::of("aws-debian13");
    let original = tree.machine();
    tree.expect(&["apply"], 0);
    let ours = tree.machine();
    tree.put(CONF, EDITED);
    tree.expect(&["apply"], 0);
    assert_eq!(tree.text(CONF).as_deref(), Some(EDITED));
    let notes = tree.expect(&["plan"], 0);
    assert!(notes.contains("/etc/chrony/chrony.conf was edited after cloud-timesync wrote it"), "{notes}");
    tree.expect(&["apply", "--force"], 0);
    assert_eq!(difference(&tree.machine(), &ours), [""; 0], "forced");
    assert_eq!(tree.text(&format!("{STATE}/set-aside/{CONF}.2")).as_deref(), Some(EDITED), "it is set aside");
    tree.expect(&["undo"], 0);
    assert_eq!(difference(&tree.machine(), &original), [""; 0], "undone");
}
