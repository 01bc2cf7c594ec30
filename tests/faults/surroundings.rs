//! What a run meets around it: limits, masks, other runs, and a machine without chrony.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::namespaces::{in_namespaces, live};
use test_support::{Tree, agent, difference, has_namespaces, said};

const CONF: &str = "/etc/chrony/chrony.conf";

/// Row 6.
#[test]
fn runs_at_once_take_turns_and_come_to_the_same() {
    let (tree, alone) = (Tree::of("aws-debian13"), Tree::of("aws-debian13"));
    let original = tree.machine();
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let mut agent = Command::new(agent());
            agent.arg("apply").arg("--root").arg(tree.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
            agent.spawn().expect("the agent runs")
        })
        .collect();
    for run in runs {
        let output = run.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    alone.well(&["apply"], "alone");
    assert_eq!(difference(&tree.machine(), &alone.machine()), [""; 0]);
    tree.well(&["undo"], "eight runs");
    assert_eq!(difference(&tree.all(), &original), [""; 0]);
}

/// Row 6: the wait has an end.
#[test]
fn a_lock_that_is_never_given_back_is_waited_for_half_a_minute() {
    let tree = Tree::of("aws-debian13");
    let before = tree.machine();
    tree.put("var/lib/cloud-timesync/lock", "");
    let mut held = held(&tree.at("var/lib/cloud-timesync/lock"));
    let started = Instant::now();
    let output = tree.agent(&["apply"]);
    let (took, said) = (started.elapsed(), said(&output));
    held.kill().expect("it still holds the lock");
    held.wait().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("locking /var/lib/cloud-timesync/lock: another run holds it for more than 30 s"),
        "{said}"
    );
    assert!(took < Duration::from_secs(45), "{took:?}");
    assert_eq!(difference(&tree.machine(), &before), [""; 0]);
}

/// Another process holds the lock of this file or directory.
fn held(path: &Path) -> Child {
    let held = Command::new("flock").arg("--no-fork").arg(path).args(["sleep", "300"]).spawn();
    std::thread::sleep(Duration::from_millis(300));
    held.expect("flock runs")
}

/// Row 6: whoever can list a directory can hold its lock.
#[test]
fn who_may_read_the_tree_keeps_no_run_from_its_work() {
    let tree = Tree::of("aws-debian13");
    let mut held = held(tree.path());
    let started = Instant::now();
    let output = tree.agent(&["apply"]);
    held.kill().expect("it still holds the directory");
    held.wait().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// Row 6: a user who could read the lock could hold it.
#[test]
fn the_lock_is_for_root_alone() {
    if !has_namespaces() {
        return;
    }
    let output =
        live(&Tree::of("aws-debian13"), "live apply >&2 || true; stat -c %a run/cloud-timesync/lock");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "600\n", "{}", said(&output));
}

/// Row 11. Who may write into /etc/chrony decides what chronyd does, agent or no agent: the run does its
/// work, and what was planted is not written through.
#[test]
fn a_directory_that_everybody_may_write_is_no_way_out() {
    let (tree, wanted) = (Tree::of("aws-debian13"), Tree::of("aws-debian13"));
    wanted.well(&["apply"], "as usual");
    let outside = test_support::temporary();
    let secret = outside.path().join("secret");
    fs::write(&secret, "secret").expect("a file");
    for dir in ["etc/chrony", "etc/chrony/conf.d", "etc/systemd/system"] {
        fs::set_permissions(tree.at(dir), fs::Permissions::from_mode(0o777)).expect("chmod");
    }
    for name in ["chrony.conf", ".chrony.conf.cloud-timesync", "conf.d/x.conf"] {
        let name = tree.at("etc/chrony").join(name);
        let _ = fs::remove_file(&name);
        std::os::unix::fs::symlink(&secret, &name).expect("a link");
    }
    tree.well(&["apply"], "planted links");
    assert_eq!(tree.text(CONF), wanted.text(CONF));
    assert_eq!(fs::read_to_string(&secret).ok().as_deref(), Some("secret"));
}

/// Row 24.
#[test]
fn a_machine_without_chrony_is_left_as_it_is() {
    let tree = Tree::of("aws-debian13");
    for unit in ["chrony.service", "chronyd-restricted.service", "chrony-wait.service"] {
        fs::remove_file(tree.at("usr/lib/systemd/system").join(unit)).expect("the base has it");
    }
    fs::remove_file(tree.at("etc/systemd/system/chronyd.service")).expect("the base has it");
    let before = tree.all();
    let output = tree.agent(&["apply"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("chrony is not installed"), "{}", said(&output));
    assert_eq!(difference(&tree.all(), &before), [""; 0]);
}

/// Row 53.
#[test]
fn masks_and_closed_streams_change_nothing() {
    if !has_namespaces() {
        return;
    }
    let wanted = Tree::of("aws-debian13");
    wanted.well(&["apply"], "as usual");
    for how in [
        "umask 077; $AGENT apply --root .",
        "$AGENT apply --root . 2>&-",
        "$AGENT apply --root . >&- 2>&- <&-",
        "$AGENT apply --json --root . >/dev/full 2>/dev/full",
        "env -i $AGENT apply --root .",
        "LC_ALL=xx_YY.broken $AGENT apply --root .",
        "ulimit -n 40; $AGENT apply --root .",
    ] {
        let tree = Tree::of("aws-debian13");
        let output = in_namespaces(&tree, how);
        assert_eq!(output.status.code(), Some(0), "{how}: {}", said(&output));
        assert_eq!(difference(&tree.machine(), &wanted.machine()), [""; 0], "{how}");
        let receipt = fs::metadata(tree.at("var/lib/cloud-timesync/receipt.json")).expect("it is there");
        assert_eq!(receipt.permissions().mode() & 0o7777, 0o644, "{how}");
    }
}

/// Row 53: SIGXFSZ ends the process in the middle of a write, with half of it on the disk.
#[test]
fn a_limit_on_the_size_of_files_is_survived() {
    if !has_namespaces() {
        return;
    }
    let (image, wanted) = (Tree::of("aws-debian13"), Tree::of("aws-debian13"));
    wanted.well(&["apply"], "without a limit");
    for limit in (1..4000).step_by(150) {
        let tree = image.copy();
        let output = in_namespaces(&tree, &format!("prlimit --fsize={limit} $AGENT apply --root ."));
        let conf = tree.text(CONF).expect("it is there");
        assert!(
            Some(&conf) == image.text(CONF).as_ref() || Some(&conf) == wanted.text(CONF).as_ref(),
            "{conf}"
        );
        tree.well(&["apply"], &format!("after a limit of {limit}: {}", said(&output)));
        assert_eq!(difference(&tree.machine(), &wanted.machine()), [""; 0], "{limit}");
        tree.well(&["undo"], "a limit");
        assert_eq!(difference(&tree.all(), &image.all()), [""; 0], "{limit}");
    }
}

/// Row 54.
#[test]
fn a_report_that_cannot_be_written_changes_no_verdict() {
    if !has_namespaces() {
        return;
    }
    let verdict = |prepare: &str| {
        let tree = Tree::of("aws-debian13");
        tree.well(&["apply"], "before the checks");
        live(&tree, &format!("{prepare}; live verify --boot"))
    };
    let (well, not) = (verdict("true"), verdict("mkdir -p run/cloud-timesync/report.json/in"));
    assert_eq!(not.status.code(), well.status.code(), "{}", said(&not));
    assert!(said(&not).contains("error: writing /run/cloud-timesync/report.json: "), "{}", said(&not));
    assert!(!said(&well).contains("report.json"), "{}", said(&well));
}

/// What a broken configuration leaves in force is what `status` shows, as `apply` does.
#[test]
fn status_shows_the_set_gates_with_a_broken_configuration() {
    if !has_namespaces() {
        return;
    }
    let tree = Tree::of("aws-debian13-rivals");
    tree.put("etc/systemd/system/own.service", "[Service]\nExecStart=/bin/true\n");
    let status = |text: &str| {
        tree.put("etc/cloud-timesync/config.toml", text);
        let output = live(&tree, "live status --json");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let status: serde_json::Value =
            serde_json::from_str(&told).unwrap_or_else(|why| panic!("{why}: {}", said(&output)));
        assert_eq!(output.status.code() == Some(2), status["error"].is_string(), "{}", said(&output));
        let list = |name: &str, key: &str| -> Vec<String> {
            let entries = status[name].as_array().expect("a list").iter();
            entries.map(|entry| entry[key].as_str().expect("a name").to_owned()).collect()
        };
        (list("gates", "unit"), list("foreign_servers", "name"), status["error"].is_string())
    };
    const GATED: &str = "[gate]\nunits = [\"own.service\"]\n";
    tree.put("etc/cloud-timesync/config.toml", GATED);
    tree.well(&["apply"], "a unit of the operator's own");
    let (gates, servers, broken) = status(GATED);
    assert!(
        gates.contains(&"own.service".to_owned()) && !servers.is_empty() && !broken,
        "{gates:?} {servers:?}"
    );
    assert_eq!(status("frobnicate ="), (gates.clone(), servers.clone(), true), "a broken file");
    let keep = format!("rivals = \"keep\"\n{GATED}");
    assert_eq!(status(&keep), (gates.clone(), servers, false), "rivals that are off and are kept so");
    tree.well(&["undo"], "rivals are back");
    assert_eq!(status(&keep), (gates, vec![], false), "rivals that are kept");
}
