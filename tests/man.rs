//! The manual pages, as man formats them.

// Tests run programs.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// All that man and groff complain of.
fn complaints(page: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("page.8");
    fs::write(&path, page).expect("writing the page");
    // -Z: what groff would draw goes nowhere, what it says is all that counts.
    let output = Command::new("man")
        .args(["--warnings=w", "--encoding=UTF-8", "--troff-device=utf8", "--ditroff", "--local-file"])
        .arg(&path)
        .envs([("LC_ALL", "C.UTF-8"), ("MANWIDTH", "80"), ("MANROFFSEQ", "")])
        .output()
        .expect("running man (package man-db)");
    assert!(output.status.success(), "man fails: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed() -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_cloud-timesync")).arg("man").output().expect("the agent runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn man_has_nothing_to_say_about_the_pages() {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("man/cloud-timesync.toml.5");
    let settings = fs::read_to_string(settings).expect("reading the settings' page");
    for page in [printed(), settings] {
        assert_eq!(complaints(&page), "");
        // Otherwise its silence says nothing.
        assert!(complaints(&format!("{page}.NOSUCHMACRO\n")).contains("NOSUCHMACRO"));
    }
}

#[test]
fn the_page_has_every_check_that_verify_lists() {
    let list = Command::new(env!("CARGO_BIN_EXE_cloud-timesync")).args(["verify", "--list"]).output();
    let list = String::from_utf8(list.expect("the agent runs").stdout).expect("UTF-8");
    let page = printed();
    let listed: Vec<String> =
        list.lines().map(|line| line.split(' ').next().unwrap_or_default().replace('-', "\\-")).collect();
    assert!(listed.len() > 30, "{list}");
    for name in listed {
        assert!(page.contains(&format!(".TP\n.BR {name}")), "{name} is not in the page");
    }
}
