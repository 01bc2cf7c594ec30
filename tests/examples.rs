//! The files of examples/ on small trees. Those that need mmdebstrap or a guest are in tests/boot/examples.rs.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const AGENT: &str = env!("CARGO_BIN_EXE_cloud-timesync");

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The tree of a folder of tests/machines: that of its distribution with its own over it.
fn tree(base: &str, machine: &str) -> TempDir {
    let tree = tempfile::tempdir().expect("a temporary directory");
    for source in [format!("bases/{base}"), format!("{machine}/root")] {
        over(&here("tests/machines").join(source), tree.path());
    }
    tree
}

fn over(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(copied.expect("cp runs").success(), "{}", from.display());
}

fn plan(tree: &Path, told: &[&str]) -> String {
    let output = Command::new(AGENT).args(["plan", "--root"]).arg(tree).args(told).output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
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
    for (machine, wrong) in [("aws", "leapsectz"), ("gce", "leapsectz"), ("azure", "server 169.254.169.254")]
    {
        for told in [&[] as &[&str], &["--platform", machine]] {
            let tree = tree("ubuntu2404", &format!("{machine}-ubuntu2404-smi"));
            // An image has no firmware.
            fs::remove_dir_all(tree.path().join("sys")).expect("the fixture's firmware");
            let conf = tree.path().join("etc/chrony/chrony.conf");
            assert!(fs::read_to_string(&conf).is_ok_and(|text| text.contains(wrong)), "{machine}");
            let path = std::env::var("PATH").unwrap_or_default();
            let bin = Path::new(AGENT).parent().expect("a directory").display();
            let status = Command::new("python3")
                .arg(here("examples/scylla-machine-image/configure_chrony.py"))
                .arg("--root")
                .arg(tree.path())
                .args(told)
                .env("PATH", format!("{bin}:{path}"))
                .status();
            assert!(status.expect("running python3").success(), "{machine} {told:?}");
            assert!(fs::read_to_string(&conf).is_ok_and(|text| !text.contains(wrong)), "{machine}");
            assert!(plan(tree.path(), told).ends_with("Nothing to do.\n"), "{machine} {told:?}");
        }
    }
}

#[test]
fn mkosis_extra_tree_has_settings_that_the_agent_reads() {
    let tree = tree("debian13", "unknown-debian13-image");
    over(&here("examples/mkosi/mkosi.extra"), tree.path());
    let plan = plan(tree.path(), &[]);
    let setting =
        "setting: gate.at_timeout = \"hold\", from /etc/cloud-timesync/config.toml.d/10-image.toml\n";
    assert!(plan.starts_with(setting), "{plan}");
    assert!(
        plan.contains("+Wants=time-sync.target chrony-wait.service cloud-timesync-hold.service"),
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
