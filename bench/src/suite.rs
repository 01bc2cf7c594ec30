//! The project's own tests, where they measure: they boot the machines, and leave what they saw in target/bench/.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;

/// Runs a test that is ignored otherwise, and reads what it leaves in target/bench/.
pub fn run<T: DeserializeOwned>(suite: &str, test: &str, left: &str) -> Result<T> {
    let path = Path::new("target/bench").join(left);
    let _ = fs::remove_file(&path);
    measure(suite, test)?;
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not what it should be", path.display()))
}

/// Runs the tests of this name, one after the other: beside each other they would measure each other.
pub fn measure(suite: &str, test: &str) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--locked", "--test", suite, "--", test]);
    cargo.args(["--ignored", "--nocapture", "--test-threads=1"]);
    ensure!(cargo.status().context("running cargo")?.success(), "{cargo:?} failed");
    Ok(())
}
