//! The installed chronyd as the judge of its configuration: `chronyd -p` only parses.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use crate::config::Config;
use crate::error::Result;
use crate::machine::Chrony;
use crate::printable::printable;
use crate::program::{self, confined};
use crate::root::Root;

/// Parsing takes chronyd milliseconds.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// The operator's lines that chronyd refuses: the line, and chronyd's words. Empty where no chronyd can be run: the lines
/// are then written as they are.
pub async fn refused_lines(
    root: &Root,
    chrony: Option<&Chrony>,
    config: &Config,
) -> BTreeMap<String, String> {
    let mut refused = BTreeMap::new();
    let Some(chronyd) = chrony.and_then(|chrony| chrony.chronyd.as_deref()) else { return refused };
    let sources = config.sources.iter().map(|source| &source.line);
    let lines: Vec<String> = sources.chain(&config.chrony.extra).map(ToString::to_string).collect();
    // Lines on its command line replace its file, and -p prints them.
    let judge = async |lines: &[String]| {
        let arguments: Vec<&OsStr> =
            ["-p"].into_iter().chain(lines.iter().map(String::as_str)).map(OsStr::new).collect();
        complaint(root, chronyd, &arguments).await
    };
    if lines.is_empty()
        || !matches!(judge(&lines).await, Ok(Some(_)))
        || cannot_be_run(root, chronyd).await.is_some()
    {
        return refused;
    }
    for line in lines {
        // One that did not end in time is not asked again: the boot waits.
        let Ok(complaint) = judge(std::slice::from_ref(&line)).await else { break };
        if let Some(why) = complaint {
            // "2026-11-30T14:01:31Z Fatal error : Could not parse server directive at line 1"
            let why = why.split_once(" : ").map_or(why.as_str(), |(_, why)| why);
            refused.insert(line, why.trim_end_matches(" at line 1").to_owned());
        }
    }
    refused
}

/// Finds why a tree's chronyd is no judge. chroot, the dynamic linker and an emulator of another architecture each fail in
/// their own way: a chronyd that does not print its version has not read the configuration either.
pub async fn cannot_be_run(root: &Root, chronyd: &Path) -> Option<String> {
    if root.is_host() {
        return None;
    }
    complaint(root, chronyd, &["-v".as_ref()]).await.unwrap_or_else(|why| Some(why.to_string()))
}

/// The last line of a chronyd that failed; None from one that did not. An error where it cannot be started, or does
/// not end in time.
pub async fn complaint(root: &Root, chronyd: &Path, arguments: &[&OsStr]) -> Result<Option<String>> {
    let output = if root.is_host() {
        let mut command = program::command(chronyd);
        program::output("running chronyd", command.args(arguments), DEADLINE).await?
    } else {
        confined::output(root, chronyd, arguments, DEADLINE).await?
    };
    if output.status.success() {
        return Ok(None);
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rfind(|line| !line.is_empty()).unwrap_or("it says nothing");
    // A stranger's words, perhaps.
    Ok(Some(printable(last, &[])))
}
