//! The option of a daemon's command line that names its configuration.

use std::path::{Path, PathBuf};

use crate::machine::Seen;
use crate::observe::chronyd::{start, words};
use crate::observe::units::{self, Entry};
use crate::rival::{Rival, Syntax};
use crate::root::Root;

/// The arguments of the daemon's unit; with those that the scripts of Debian's ntp and ntpsec read of /etc/default.
pub fn arguments(root: &Root, rival: &Rival) -> Seen<Vec<String>> {
    let Some((unit, Entry::File(file))) = units::followed(root, rival.units[0]) else {
        return Ok(Vec::new());
    };
    let mut arguments = start::start(root, &unit, Some(&file))?.arguments;
    let defaults = root.text(Path::new("/etc/default").join(rival.name)).unwrap_or_default();
    arguments.extend(words::variables(&defaults)?.values().flat_map(|value| words::words(value)));
    Ok(arguments)
}

/// The file that the arguments name: `-c FILE`, and OpenNTPD's `-f FILE`, after options that have no value.
pub fn file(arguments: &[String], syntax: Syntax) -> Option<PathBuf> {
    let (option, flags) = match syntax {
        Syntax::OpenNtpd => ('f', "dnsSv"),
        _ => ('c', "46AabdgGLmnNqQxz"),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let long = word.strip_prefix("--config").map(|rest| rest.strip_prefix("file").unwrap_or(rest));
        let short = word.strip_prefix('-').and_then(|letters| letters.split_once(option));
        let joined = match (long, short) {
            (Some(""), _) => "",
            (Some(rest), _) => rest.strip_prefix('=').unwrap_or_default(),
            (None, Some((before, rest))) if before.chars().all(|flag| flags.contains(flag)) => rest,
            _ => continue,
        };
        return if joined.is_empty() { words.next().map(PathBuf::from) } else { Some(PathBuf::from(joined)) };
    }
    None
}
