//! A machine of which it is not known what its chronyd reads, or whose file is not the agent's to write.

use serde_json::json;
use test_support::Tree;

const DROP_IN: &str = "etc/systemd/system/chrony.service.d/site.conf";

/// By what the machine differs from others, and what is said of it.
const MACHINES: [(&str, &str, &str); 7] = [
    (
        "etc/default/chrony",
        "DAEMON_OPTS=\"'server 10.0.0.1'\"",
        "gives chronyd the directive \"server 10.0.0.1\"",
    ),
    ("etc/default/chrony", "DAEMON_OPTS=\"-F\n1\"", "has a backslash or an open quote"),
    ("etc/default/chrony", "DAEMON_OPTS=-f/opt/chrony.conf", "has chronyd read /opt/chrony.conf"),
    ("etc/default/chrony", "DAEMON_OPTS=-f/etc/shadow", "has chronyd read /etc/shadow"),
    (
        "etc/default/chrony",
        "DAEMON_OPTS=-f/etc/chrony/conf.d/site.conf",
        "has chronyd read /etc/chrony/conf.d",
    ),
    (DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/bin/docker run chrony", "starts /usr/bin/docker"),
    ("etc/chrony.conf", "pool 2.rhel.pool.ntp.org iburst\n", "are both there"),
];

#[test]
fn an_unknown_chrony_conf_is_left_alone_and_the_gate_set() {
    const FRAGMENT: &str = "etc/chrony/conf.d/site.conf";
    for (path, text, why) in MACHINES {
        let tree = Tree::of("aws-debian13");
        tree.put(path, text);
        tree.put(FRAGMENT, "server 10.0.0.2\n");
        let before = tree.machine();
        for _ in 1..=2 {
            let (code, _, log) = tree.run(&["apply"]);
            assert_eq!(code, 1, "{log}");
            assert!(log.contains("error: writing chrony.conf: ") && log.contains(why), "{log}");
        }
        for path in ["etc/chrony/chrony.conf", FRAGMENT, path].map(std::path::PathBuf::from) {
            assert_eq!(tree.machine().get(&path), before.get(&path), "{}", path.display());
        }
        let gate = tree.text("etc/systemd/system/scylla-server.service.d/10-time-sync.conf");
        assert!(gate.is_some_and(|text| text.contains("chrony-wait")), "{path}");
        let plan = tree.json(&["plan"]);
        assert!(plan["blocked"].as_str().is_some_and(|said| said.contains(why)), "{plan}");
        assert_eq!((tree.run(&["plan", "--exit-code"]).0, &plan["edits"]), (1, &json!([])));
        let report = tree.json(&["verify"]);
        let checks = report["checks"].as_array().expect("a list");
        let options = checks.iter().find(|check| check["name"] == "chronyd-options").expect("it is there");
        assert_eq!((&report["verdict"], &options["verdict"]), (&json!("wrong"), &json!("wrong")));
        tree.well(&["undo"], path);
        assert_eq!(tree.machine(), before, "{path}");
    }
}

#[test]
fn an_unknown_chrony_conf_that_is_kept_is_no_fault() {
    for (path, text, _) in MACHINES {
        let tree = Tree::of("aws-debian13");
        tree.put(path, text);
        tree.put("etc/cloud-timesync/config.toml", "chrony_conf = \"keep\"\n");
        tree.well(&["apply"], path);
    }
}

fn verdict(tree: &Tree, name: &str) -> serde_json::Value {
    let report = tree.json(&["verify"]);
    let checks = report["checks"].as_array().expect("a list");
    checks.iter().find(|check| check["name"] == name).expect("it is there")["verdict"].clone()
}

#[test]
fn a_configuration_of_which_a_part_is_not_known_is_not_right() {
    let tree = Tree::of("kvm-debian13");
    tree.put("etc/chrony/chrony.conf", "server ntp1.site.example\ninclude /etc/chrony/[ab].conf\n");
    assert_eq!(tree.run(&["apply"]).0, 1);
    assert_eq!(verdict(&tree, "chrony-conf"), json!("unknown"));
}

#[test]
fn a_unit_of_chronys_that_each_boot_makes_is_installed() {
    let tree = Tree::of("aws-rhel9");
    let text = tree.text("usr/lib/systemd/system/chronyd.service").expect("the base has it");
    tree.remove("usr/lib/systemd/system/chronyd.service");
    tree.remove("etc/systemd/system/multi-user.target.wants/chronyd.service");
    tree.put("run/systemd/system/chronyd.service", &text);
    tree.well(&["apply"], "a unit in /run");
    assert_eq!(verdict(&tree, "chrony-enabled"), json!("right"));
}
