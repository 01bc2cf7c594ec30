//! Mistakes that no line of a single file shows.

use std::fs;
use std::os::unix::fs::symlink;

use super::{load, read};
use crate::config::ChronyConf;
use crate::root::Root;

/// Reads a `[cluster]` in a main file and in a drop-in, and returns what is said of it.
fn together(main: &str, drop_in: &str) -> String {
    let [main, drop_in] = [main, drop_in].map(|text| format!("[cluster]\n{text}"));
    let files = [
        ("etc/cloud-timesync/config.toml", main.as_str()),
        ("etc/cloud-timesync/config.toml.d/x.toml", drop_in.as_str()),
    ];
    read(&files).unwrap_err().to_string()
}

#[test]
fn settings_of_two_files_that_contradict_are_named_with_files() {
    const MAIN: &str = "reading /etc/cloud-timesync/config.toml: ";
    const DROP_IN: &str = "reading /etc/cloud-timesync/config.toml.d/x.toml: ";
    for (main, drop_in, file, said) in [
        (
            "servers = [\"a\"]",
            "members = [\"a\", \"b\"]",
            DROP_IN,
            "line 2: [cluster]: `members` is for the role \"mesh\"",
        ),
        (
            "allow = [\"10.0.0.0/8\"]\nservers = [\"a\"]",
            "members = [\"a\", \"b\"]\n\nrole = \"mesh\"",
            MAIN,
            "line 3: [cluster]: `servers` is for the roles \"client\" and \"core\"; \
             `role` is in /etc/cloud-timesync/config.toml.d/x.toml, line 4",
        ),
        (
            "role = \"client\"\nservers = [\"a\"]",
            "role = \"mesh\"",
            DROP_IN,
            "line 2: [cluster]: `members` must name the machines of the mesh, two or more",
        ),
        (
            "role = \"client\"\nservers = [\"a\"]",
            "allow = [\"10.0.0.0/8\"]\nprefer = \"b\"",
            DROP_IN,
            "line 3: [cluster]: `prefer` must be one of `servers`; \
             `servers` is in /etc/cloud-timesync/config.toml, line 3",
        ),
        (
            "role = \"client\"",
            "orphan_stratum = 9",
            MAIN,
            "line 2: [cluster]: `servers` must name the core servers",
        ),
        ("orphan_stratum = 9", "", DROP_IN, "line 1: [cluster]: `servers` must name the core servers"),
    ] {
        assert_eq!(together(main, drop_in), format!("{file}{said}"), "{main}, {drop_in}");
    }
}

#[test]
fn what_is_no_text_is_named_with_its_path() {
    let tree = tempfile::tempdir().unwrap();
    let folder = tree.path().join("etc/cloud-timesync/config.toml.d");
    let said = || load(&Root::open(tree.path()).unwrap()).unwrap_err().to_string();
    const PATH: &str = "reading /etc/cloud-timesync/config.toml.d";
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(&folder, "ptp_wait = 1").unwrap();
    assert_eq!(said(), format!("{PATH}: it is no directory, which drop-ins need"));
    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.toml"), b"# caf\xe9\n").unwrap();
    assert_eq!(said(), format!("{PATH}/a.toml: it is a file that is not UTF-8"));
    fs::remove_file(folder.join("a.toml")).unwrap();
    symlink("/nowhere", folder.join("a.toml")).unwrap();
    assert_eq!(said(), format!("{PATH}/a.toml: it is a link that leads nowhere"));
}

#[test]
fn the_packages_text_hides_no_images_configuration() {
    const PACKAGED: &str = include_str!("../../../cloud-timesync.toml");
    let keeps = |etc: &str| {
        let image = ("usr/lib/cloud-timesync/config.toml", "chrony_conf = \"keep\"\n");
        read(&[("etc/cloud-timesync/config.toml", etc), image])
            .map(|found| found.config.chrony_conf == ChronyConf::Keep)
    };
    assert_eq!(keeps(PACKAGED), Ok(true));
    assert_eq!(keeps(""), Ok(false), "an operator's empty file means the defaults");
    assert_eq!(keeps("# Ours.\nfast_start = true\n"), Ok(false));
}
