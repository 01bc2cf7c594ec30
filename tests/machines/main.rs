//! The fixture machines: every folder of tests/machines is a machine, named
//! `<platform>-<distribution>[-<twist>]`. Its tree is that of the distribution in `bases/` with the
//! folder's `root/` over it. `plan.txt` is what `plan` prints, `expected/` what `apply` changes.
//!
//! `BLESS=1 cargo test --test machines` writes both anew; read the difference before you commit it.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod broken;
mod images;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const AGENT: &str = env!("CARGO_BIN_EXE_cloud-timesync");

struct Fixture {
    name: String,
    folder: PathBuf,
    tree: TempDir,
}

impl Fixture {
    fn all() -> Vec<Fixture> {
        let machines = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines");
        let mut names: Vec<String> = fs::read_dir(&machines)
            .expect("tests/machines is there")
            .map(|entry| entry.expect("it can be listed"))
            .filter(|entry| entry.path().is_dir() && entry.file_name() != "bases")
            .map(|entry| entry.file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names.into_iter().map(|name| Fixture::build(&machines, name)).collect()
    }

    fn build(machines: &Path, name: String) -> Fixture {
        let folder = machines.join(&name);
        let tree = tempfile::tempdir().expect("a temporary directory");
        let distribution = name.split('-').nth(1).expect("<platform>-<distribution>");
        for source in [machines.join("bases").join(distribution), folder.join("root")] {
            let copied = Command::new("cp").arg("-a").arg(source.join(".")).arg(tree.path()).status();
            assert!(copied.expect("cp runs").success(), "{name}: {}", source.display());
        }
        // git keeps no empty directory, and every distribution has these.
        for dir in ["var/lib/chrony", "etc/systemd/system"] {
            fs::create_dir_all(tree.path().join(dir)).expect("a directory in the tree");
        }
        Fixture { name, folder, tree }
    }

    fn run(&self, verb: &str, more: &[&str]) -> Output {
        let mut command = Command::new(AGENT);
        command.arg(verb).arg("--root").arg(self.tree.path()).args(more);
        command.output().expect("the agent runs")
    }

    /// Runs it, and expects `code`.
    fn expect(&self, verb: &str, more: &[&str], code: i32) -> String {
        let output = self.run(verb, more);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{} {verb}: {out}{err}", self.name);
        out
    }

    fn platform(&self) -> &str {
        self.name.split('-').next().unwrap_or_default()
    }

    /// Every file and link of the tree with its mode, but for what the agent keeps for itself.
    fn snapshot(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        walk(self.tree.path(), Path::new(""), &mut found);
        found.retain(|path, _| !path.starts_with("var/lib/cloud-timesync"));
        found
    }

    /// Inode and change time of everything: even a file that is written alike would show.
    fn stamps(&self) -> BTreeMap<PathBuf, (u64, i64, i64)> {
        let mut found = BTreeMap::new();
        walk(self.tree.path(), Path::new(""), &mut found);
        let stamp = |path: &PathBuf| {
            let meta = fs::symlink_metadata(self.tree.path().join(path)).expect("it was there");
            (meta.ino(), meta.ctime(), meta.ctime_nsec())
        };
        found.keys().map(|path| (path.clone(), stamp(path))).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn walk(root: &Path, below: &Path, found: &mut BTreeMap<PathBuf, String>) {
    let Ok(entries) = fs::read_dir(root.join(below)) else { return };
    for entry in entries {
        let path = below.join(entry.expect("it can be listed").file_name());
        let full = root.join(&path);
        let meta = fs::symlink_metadata(&full).expect("it is there");
        let mode = meta.permissions().mode() & 0o7777;
        let what = if meta.is_symlink() {
            format!("-> {}", fs::read_link(&full).expect("a link").display())
        } else if meta.is_dir() {
            walk(root, &path, found);
            format!("{mode:04o} directory")
        } else {
            format!("{mode:04o} {}", text(&fs::read(&full).expect("a file")))
        };
        found.insert(path, what);
    }
}

/// The files and links (no directories) that are new or different.
fn changes(
    before: &BTreeMap<PathBuf, String>,
    after: &BTreeMap<PathBuf, String>,
) -> BTreeMap<PathBuf, String> {
    let changed =
        |path: &PathBuf, what: &String| before.get(path) != Some(what) && !what.ends_with(" directory");
    after.iter().filter(|(path, what)| changed(path, what)).map(|(p, w)| (p.clone(), w.clone())).collect()
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

#[test]
fn every_machine_is_recognised() {
    for machine in Fixture::all() {
        let code = if machine.platform() == "unknown" { 3 } else { 0 };
        let out = machine.expect("detect", &["--json"], code);
        let found: serde_json::Value = serde_json::from_str(&out).expect("detect --json is JSON");
        assert_eq!(found["platform"], machine.platform(), "{}: {out}", machine.name);
        let strength = match machine.name.as_str() {
            "unknown-debian13-uuid" | "unknown-debian13-swapped" => "weak".into(),
            "unknown-debian13-image" => serde_json::Value::Null,
            _ => "strong".into(),
        };
        assert_eq!(found["strength"], strength, "{}: {out}", machine.name);
    }
}

#[test]
fn every_plan_is_the_one_that_was_read() {
    for machine in Fixture::all() {
        let plan = machine.expect("plan", &[], 0);
        let golden = machine.folder.join("plan.txt");
        if blessing() {
            fs::write(&golden, &plan).expect("plan.txt can be written");
        }
        let wanted = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(plan, wanted, "{}: plan.txt", machine.name);
    }
}

#[test]
fn apply_changes_exactly_what_is_expected() {
    for machine in Fixture::all() {
        let before = machine.snapshot();
        machine.expect("apply", &[], 0);
        let changed = changes(&before, &machine.snapshot());
        let expected = machine.folder.join("expected");
        if blessing() {
            bless(&machine, &expected, &changed);
        }
        let mut wanted = BTreeMap::new();
        walk(&expected, Path::new(""), &mut wanted);
        wanted.retain(|_, what| !what.ends_with(" directory"));
        assert_eq!(changed, wanted, "{}: expected/", machine.name);
    }
}

fn bless(machine: &Fixture, expected: &Path, changed: &BTreeMap<PathBuf, String>) {
    let _ = fs::remove_dir_all(expected);
    for path in changed.keys() {
        let to = expected.join(path);
        fs::create_dir_all(to.parent().expect("below expected/")).expect("a directory");
        let copied = Command::new("cp").arg("-a").arg(machine.tree.path().join(path)).arg(&to).status();
        assert!(copied.expect("cp runs").success());
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for machine in Fixture::all() {
        machine.expect("apply", &[], 0);
        let stamps = machine.stamps();
        let plan: serde_json::Value =
            serde_json::from_str(&machine.expect("plan", &["--json", "--exit-code"], 0)).expect("JSON");
        assert_eq!(plan["edits"], serde_json::json!([]), "{}", machine.name);
        machine.expect("apply", &[], 0);
        assert_eq!(machine.stamps(), stamps, "{}", machine.name);
    }
}

#[test]
fn undo_gives_the_tree_back_byte_for_byte() {
    for machine in Fixture::all() {
        let before = machine.snapshot();
        machine.expect("apply", &[], 0);
        machine.expect("undo", &[], 0);
        assert_eq!(machine.snapshot(), before, "{}", machine.name);
        let state = machine.tree.path().join("var/lib/cloud-timesync");
        assert!(!state.exists(), "{}: {} is left", machine.name, state.display());
        assert_eq!(machine.expect("undo", &[], 0), "Nothing to undo.\n", "{}", machine.name);
    }
}

#[test]
fn an_edited_file_stays_until_it_is_forced() {
    let machines = Fixture::all();
    let machine = machines.iter().find(|machine| machine.name == "aws-debian13").expect("a fixture");
    let original = machine.snapshot();
    machine.expect("apply", &[], 0);
    let ours = machine.snapshot();
    let conf = machine.tree.path().join("etc/chrony/chrony.conf");
    fs::write(&conf, "server 10.1.2.3 iburst\n").expect("an edit");
    machine.expect("apply", &[], 0);
    assert_eq!(fs::read_to_string(&conf).expect("it is there"), "server 10.1.2.3 iburst\n");
    let notes = machine.expect("plan", &[], 0);
    assert!(notes.contains("/etc/chrony/chrony.conf was edited after cloud-timesync wrote it"), "{notes}");
    machine.expect("apply", &["--force"], 0);
    assert_eq!(machine.snapshot(), ours);
    let aside = machine.tree.path().join("var/lib/cloud-timesync/set-aside/etc/chrony/chrony.conf.2");
    assert_eq!(fs::read_to_string(aside).expect("the edit is set aside"), "server 10.1.2.3 iburst\n");
    machine.expect("undo", &[], 0);
    assert_eq!(machine.snapshot(), original);
}
