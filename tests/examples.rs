//! The files of examples/ on small trees. Those that need mmdebstrap or a guest are in tests/boot/examples.rs.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::{Tree, agent, copy, has, repository};

fn here(path: &str) -> PathBuf {
    repository().join(path)
}

fn plan(tree: &Tree, told: &[&str]) -> String {
    tree.run(&[&["plan"], told].concat()).1
}

#[test]
fn the_readme_has_every_example_and_no_other() {
    let readme = fs::read_to_string(here("examples/README.md")).expect("examples/README.md");
    let folders = fs::read_dir(here("examples")).expect("examples/").flatten();
    for folder in folders.filter(|entry| entry.path().is_dir()) {
        let name = folder.file_name().into_string().expect("UTF-8");
        assert!(readme.contains(&format!("]({name}/")), "{name} is not in examples/README.md");
    }
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links {
        assert!(here("examples").join(link).exists(), "examples/{link} is not there");
    }
}

/// In the builder's own words, on what it leaves in its images today: for all clouds, and for each.
#[test]
fn scylla_machine_images_script_corrects_what_that_builder_left() {
    if !has("python3") {
        return;
    }
    for (machine, wrong) in [("aws", "leapsectz"), ("gce", "leapsectz"), ("azure", "server 169.254.169.254")]
    {
        for told in [&[] as &[&str], &["--platform", machine]] {
            let tree = Tree::of(&format!("{machine}-ubuntu2404-smi"));
            // An image has no firmware.
            fs::remove_dir_all(tree.at("sys")).expect("the fixture's firmware");
            let conf = || tree.text("etc/chrony/chrony.conf").expect("it is there");
            assert!(conf().contains(wrong), "{machine}");
            let path = std::env::var("PATH").unwrap_or_default();
            let bin = Path::new(agent()).parent().expect("a directory").display();
            let status = Command::new("python3")
                .arg(here("examples/scylla-machine-image/configure_chrony.py"))
                .arg("--root")
                .arg(tree.path())
                .args(told)
                .env("PATH", format!("{bin}:{path}"))
                .status();
            assert!(status.expect("running python3").success(), "{machine} {told:?}");
            assert!(!conf().contains(wrong), "{machine}");
            assert!(plan(&tree, told).ends_with("Nothing to do.\n"), "{machine} {told:?}");
        }
    }
}

#[test]
fn mkosis_extra_tree_has_settings_that_the_agent_reads() {
    let tree = Tree::of("unknown-debian13-image");
    copy(&here("examples/mkosi/mkosi.extra"), tree.path());
    let plan = plan(&tree, &[]);
    let setting =
        "setting: gate.at_timeout = \"hold\", from /etc/cloud-timesync/config.toml.d/10-image.toml\n";
    assert!(plan.starts_with(setting), "{plan}");
    assert!(
        plan.contains("+Wants=time-sync.target chrony-wait.service cloud-timesync-wait.service"),
        "{plan}"
    );
}

#[test]
fn the_shells_of_the_examples_parse() {
    for script in ["mmdebstrap/build.sh", "mkosi/mkosi.finalize.chroot"] {
        let status = Command::new("sh").arg("-n").arg(here("examples").join(script)).status();
        assert!(status.expect("sh runs").success(), "{script}");
    }
}
