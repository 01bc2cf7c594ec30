//! config.toml: what it asks for, and what is kept when it breaks.

use super::*;

const CONFIG: &str = "etc/cloud-timesync/config.toml";
const SCYLLAS_GATE: &str = "etc/systemd/system/scylla-server.service.d/10-time-sync.conf";
const INFLUXDBS_GATE: &str = "etc/systemd/system/influxdb.service.d/10-time-sync.conf";

fn read(tree: &Tree, path: &str) -> String {
    tree.text(path).unwrap_or_else(|| panic!("there is no {path}"))
}

#[test]
fn plan_names_the_file_of_each_setting() {
    let tree = tree(Some("Amazon EC2"));
    let [loser, file] = ["a", "x"].map(|name| format!("etc/cloud-timesync/config.toml.d/{name}.toml"));
    tree.put(&loser, "platform = \"aws\"\n");
    tree.put(&file, "platform = \"oci\"\n");
    let (_, out, _) = tree.run(&["plan"]);
    let setting = format!("setting: platform = \"oci\", from /{file} (overrides /{loser})\n");
    assert!(out.starts_with(&setting), "{out}");
    let (_, out, _) = tree.run(&["plan", "--json"]);
    let plan: Value = serde_json::from_str(&out).expect("JSON");
    let [loser, file] = [loser, file].map(|path| format!("/{path}"));
    let setting =
        serde_json::json!({ "name": "platform", "value": "oci", "file": file, "overrides": [loser] });
    assert_eq!(plan["settings"], serde_json::json!([setting]));
}

#[test]
fn one_that_keeps_chrony_conf_still_gates() {
    let tree = tree(Some("Amazon EC2"));
    tree.put(CONFIG, "chrony_conf = \"keep\"\n");
    assert_eq!(tree.run(&["apply"]).0, 0);
    assert_eq!(read(&tree, "etc/chrony/chrony.conf"), "pool 2.debian.pool.ntp.org iburst\n");
    assert!(tree.at(SCYLLAS_GATE).exists());
}

#[test]
fn a_broken_one_costs_no_gate_and_exits_with_2() {
    let tree = tree(Some("Amazon EC2"));
    tree.put(CONFIG, "platfrom = \"aws\"\n");
    let (code, _, err) = tree.run(&["apply"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("error: reading /etc/cloud-timesync/config.toml: ")
            && err.contains("unknown field `platfrom`"),
        "{err}"
    );
    assert!(tree.at(SCYLLAS_GATE).exists());
    assert_eq!(tree.run(&["plan"]).0, 2);
}

#[test]
fn one_that_breaks_later_costs_no_gate_that_is_set() {
    let tree = tree(Some("Amazon EC2"));
    tree.put("usr/lib/systemd/system/influxdb.service", "[Service]\nExecStart=/bin/true\n");
    tree.put(CONFIG, "[gate]\nunits = [\"influxdb.service\"]\nat_timeout = \"hold\"\nmax_error = 0.25\n");
    assert_eq!(tree.run(&["apply"]).0, 0);
    let before = read(&tree, INFLUXDBS_GATE);
    assert!(
        before.contains("cloud-timesync-wait.service") && before.contains("(max_error = 0.25)"),
        "{before}"
    );
    tree.put(CONFIG, "[gate]\nunit = []\n");
    assert_eq!(tree.run(&["apply"]).0, 2);
    assert_eq!(read(&tree, INFLUXDBS_GATE), before);
}

/// The receipt does not tell then that there were passes, which chose not to have our sources.
#[test]
fn one_that_breaks_after_all_was_taken_back_changes_nothing() {
    let tree = tree(Some("Amazon EC2"));
    for unit in ["chrony.service", "chrony-wait.service"] {
        let wants = format!("etc/systemd/system/multi-user.target.wants/{unit}");
        tree.link(&format!("/usr/lib/systemd/system/{unit}"), &wants);
    }
    tree.put(CONFIG, "chrony_conf = \"keep\"\n");
    assert_eq!(tree.run(&["apply"]).0, 0);
    tree.remove("usr/lib/systemd/system/scylla-server.service");
    assert_eq!(tree.run(&["apply"]).0, 0);
    let receipt = read(&tree, "var/lib/cloud-timesync/receipt.json");
    assert!(receipt.contains("\"entries\": []"), "{receipt}");
    let before = read(&tree, "etc/chrony/chrony.conf");
    tree.put(CONFIG, "chrony_conf = keep\n");
    assert_eq!(tree.run(&["apply"]).0, 2);
    assert_eq!(read(&tree, "etc/chrony/chrony.conf"), before);
}
