//! What cloud-init does with chrony.conf, and what tells it to.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use test_support::Tree;

const CONF: &str = "etc/chrony/chrony.conf";
const COPY: &str = "var/lib/cloud-timesync/set-aside/etc/chrony/chrony.conf.edited";
const SEMAPHORE: &str = "var/lib/cloud/instances/i-1/sem/config_ntp";

/// cloud-init's templates/chrony.conf.debian.tmpl, shortened, and what cc_ntp makes of it.
const TEMPLATE: &str = "## template:jinja\n# Welcome to the chrony configuration file. See chrony.conf(5).\n\
                        {% if pools %}# pools\n{% endif %}\n{% for pool in pools -%}\npool {{pool}} iburst\n{% endfor %}\n\
                        {%- if servers %}# servers\n{% endif %}\n{% for server in servers -%}\nserver {{server}} iburst\n\
                        {% endfor %}\nkeyfile /etc/chrony/chrony.keys\n";
const RENDERED: &str = "# Welcome to the chrony configuration file. See chrony.conf(5).\n# servers\n\
                        server ntp.tenant.example iburst\n\nkeyfile /etc/chrony/chrony.keys\n";

fn with_cloud_init() -> Tree {
    let tree = Tree::of("aws-debian13");
    tree.put("etc/cloud/cloud.cfg.d/05_logging.cfg", "ntp: {enabled: true, servers: [a]}\n");
    tree.put("etc/cloud/templates/chrony.conf.debian.tmpl", TEMPLATE);
    tree.link("/var/lib/cloud/instances/i-1", "var/lib/cloud/instance");
    tree
}

/// What cc_ntp does: it moves what is there away, and writes its own.
fn replace_by(tree: &Tree, text: &str) {
    fs::rename(tree.at(CONF), tree.at(&format!("{CONF}.dist"))).expect("moving it");
    tree.put(CONF, text);
}

/// Makes a file one that was written so many seconds from now.
fn is_written(tree: &Tree, path: &str, seconds: i64) {
    let file = File::options().append(true).open(tree.at(path)).expect("it is there");
    let span = Duration::from_secs(seconds.unsigned_abs());
    let now = SystemTime::now();
    file.set_modified(if seconds < 0 { now - span } else { now + span }).expect("its time");
}

fn finding(tree: &Tree) -> Value {
    let (_, said, _) = tree.run(&["verify", "--json", "--only", "cloud-init-leaves-ntp"]);
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"));
    report["checks"][0].clone()
}

#[test]
fn what_cloud_init_wrote_is_nobodys_edit() {
    let tree = with_cloud_init();
    let original = tree.text(CONF);
    tree.expect(&["apply"], 0);
    let ours = tree.text(CONF);
    tree.put(CONF, RENDERED);
    tree.expect(&["apply"], 0);
    assert_eq!(tree.text(CONF).as_deref(), Some(RENDERED), "cc_ntp has not run: an operator wrote this");
    tree.put(SEMAPHORE, "412: 1764500000.1\n");
    tree.expect(&["apply"], 0);
    assert_eq!(tree.text(CONF).as_deref(), Some(RENDERED), "cc_ntp did not move the agent's away");
    tree.put(CONF, ours.as_deref().unwrap());
    replace_by(&tree, RENDERED);
    is_written(&tree, CONF, 3600);
    tree.expect(&["apply"], 0);
    assert_eq!(tree.text(CONF).as_deref(), Some(RENDERED), "an operator wrote it later");
    is_written(&tree, SEMAPHORE, 3600);
    tree.expect(&["apply"], 0);
    assert_eq!(
        tree.text(CONF).as_deref(),
        Some(RENDERED),
        "an earlier instance's cc_ntp moved the agent's away"
    );
    is_written(&tree, CONF, 0);
    // cc_ntp makes its semaphore first.
    is_written(&tree, SEMAPHORE, -5);
    let (code, _, said) = tree.run(&["apply"]);
    assert_eq!(tree.text(COPY).as_deref(), Some(RENDERED), "{said}");
    assert_eq!((code, tree.text(CONF)), (0, ours.clone()), "{said}");
    assert!(said.contains("and that is replaced: server ntp.tenant.example iburst"), "{said}");
    tree.put(CONF, &format!("{RENDERED}makestep 1 3\n"));
    tree.expect(&["apply"], 0);
    assert_ne!(tree.text(CONF), ours, "an operator's edit of it stays");
    tree.put(CONF, RENDERED);
    tree.expect(&["undo"], 0);
    assert_eq!(tree.text(CONF), original);
}

#[test]
fn the_ntp_that_outranks_the_agents_is_named() {
    const LATER: &str = "etc/cloud/cloud.cfg.d/99-custom.cfg";
    let tree = with_cloud_init();
    tree.expect(&["apply"], 0);
    assert_eq!(finding(&tree)["verdict"], "right", "an earlier file loses");
    tree.put(LATER, "ntp:\n  servers: [a]\n");
    assert_eq!(finding(&tree)["verdict"], "right", "without `enabled:` the agent's word stays");
    tree.put(LATER, "ntp: &ours\n  enabled: true\n");
    assert_eq!(finding(&tree)["verdict"], "unknown", "an anchor is not read");
    tree.put(LATER, "ntp:\n  enabled: true\n  servers: [a]\n");
    let named = finding(&tree);
    assert_eq!(named["verdict"], "wrong");
    assert!(
        named["found"]
            .as_str()
            .is_some_and(|found| found.starts_with("/etc/cloud/cloud.cfg.d/99-custom.cfg")),
        "{named}"
    );
    tree.put("var/lib/cloud/instances/i-1/cloud-config.txt", "#cloud-config\nntp:\n    enabled: false\n");
    assert_eq!(finding(&tree)["verdict"], "right", "user data comes last");
    tree.put("var/lib/cloud/instances/i-1/cloud-config.txt", "#cloud-config\nntp:\n    enabled: true\n");
    let named = finding(&tree);
    assert!(
        named["found"].as_str().is_some_and(|found| found.starts_with("`ntp:` comes from user data")),
        "{named}"
    );
}
