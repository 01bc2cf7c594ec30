//! chronyd as this machine starts it: its unit, its program, and the configuration that it really reads.

pub mod configuration;
pub mod settings;
pub mod start;
pub mod words;

use std::path::{Component, Path, PathBuf};

use crate::machine::{Chrony, CommandLine, Seen};
use crate::names::FRAGMENT_DIRS;
use crate::root::Root;

use super::units::{self, Entry};
use start::Start;

/// The names of chrony's unit: each is the unit, or may be a link to it. With each the file that its packagers build
/// chronyd for.
pub const UNITS: [(&str, &str); 2] =
    [("chrony.service", "/etc/chrony/chrony.conf"), ("chronyd.service", "/etc/chrony.conf")];

const CHRONYD: &str = "/usr/sbin/chronyd";

/// Ubuntu's unit starts chronyd by this script, with the same arguments.
const WRAPPER: &str = "chronyd-starter.sh";

/// chronyd is a third of a megabyte.
const LARGEST_PROGRAM: u64 = 16 << 20;

/// chrony's unit.
struct Unit {
    /// Name of the unit itself, where it has more.
    name: String,
    /// None where it is masked.
    file: Option<PathBuf>,
    /// Path that its packagers build chronyd for.
    usual_conf: &'static str,
}

/// None where chrony is not installed.
pub fn chrony(root: &Root) -> Option<Chrony> {
    let unit = unit(root)?;
    let start = start::start(root, &unit.name, unit.file.as_deref())
        .map_err(|why| format!("{why}, and which file {} has chronyd read is not known", unit.name));
    let chronyd = start.as_ref().map_err(Clone::clone).and_then(|start| program(&unit.name, start));
    let options = start.map(|start| start.arguments).unwrap_or_default();
    let conf = chronyd.clone().and_then(|chronyd| conf(root, &unit, &chronyd, &options));
    let chronyd = chronyd.ok().filter(|chronyd| root.is_executable(chronyd));
    Some(Chrony { conf, unit: unit.name, chronyd, options })
}

/// The first that is not masked, else one that is.
fn unit(root: &Root) -> Option<Unit> {
    let mut masked = None;
    for (alias, conf) in UNITS {
        let Some((name, entry)) = units::followed(root, alias) else { continue };
        let usual_conf = UNITS.iter().find(|(own, _)| *own == name).map_or(conf, |(_, conf)| conf);
        let unit = |file| Unit { name, file, usual_conf };
        match entry {
            Entry::File(file) => return Some(unit(Some(file))),
            _ => masked = masked.or_else(|| Some(unit(None))),
        }
    }
    masked
}

/// The chronyd that the unit starts.
fn program(unit: &str, start: &Start) -> Seen<PathBuf> {
    let Some(program) = &start.program else { return Ok(PathBuf::from(CHRONYD)) };
    match program.file_name().and_then(|name| name.to_str()) {
        Some("chronyd") if program.is_absolute() => Ok(program.clone()),
        Some("chronyd" | WRAPPER) => Ok(PathBuf::from(CHRONYD)),
        _ => Err(format!(
            "{unit} starts {}, and which configuration that gives to chronyd is not known",
            program.display()
        )),
    }
}

/// The file that chronyd reads, or why it is not known or not the agent's to write.
fn conf(root: &Root, unit: &Unit, chronyd: &Path, arguments: &[String]) -> Seen<PathBuf> {
    let command = CommandLine::parse(arguments);
    let name = &unit.name;
    if let Some(directive) = command.directive {
        return Err(format!(
            "{name} gives chronyd the directive {directive:?}, and with one it reads no file"
        ));
    }
    let (file, who) = match command.file {
        Some(file) if file.is_empty() => return Err(format!("{name} gives chronyd -f without a file")),
        Some(file) => (PathBuf::from(file), name.to_owned()),
        None => (built_for(root, unit.usual_conf, chronyd)?, chronyd.display().to_string()),
    };
    if is_chrony_conf(&file) {
        Ok(file)
    } else {
        let file = file.display();
        Err(format!(
            "{who} has chronyd read {file}: cloud-timesync writes a chrony .conf file below /etc only"
        ))
    }
}

/// Directories below /etc in which a file is a fragment, or another program's.
const OTHERS_DIRS: [&str; 3] = ["/etc/systemd", "/etc/cloud", "/etc/cloud-timesync"];

/// The path is one that only chronyd reads, and that can be written as it stands.
fn is_chrony_conf(file: &Path) -> bool {
    let is_plain = file.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let is_others = FRAGMENT_DIRS.iter().chain(&OTHERS_DIRS).any(|dir| file.starts_with(dir));
    is_plain
        && file.starts_with("/etc")
        && file.extension().is_some_and(|end| end == "conf")
        && !is_others
        && !file.to_string_lossy().contains(['$', '%'])
}

/// The file that is compiled into chronyd; where its program does not tell, the one that is there.
fn built_for(root: &Root, usual: &str, chronyd: &Path) -> Seen<PathBuf> {
    let program = root.bytes(chronyd, LARGEST_PROGRAM).unwrap_or_default();
    let is_conf = |text: &&[u8]| text.starts_with(b"/") && text.ends_with(b"/chrony.conf");
    let mut compiled: Vec<&[u8]> = program.split(|byte| *byte == 0).filter(is_conf).collect();
    compiled.dedup();
    if let [one] = compiled[..] {
        return Ok(PathBuf::from(String::from_utf8_lossy(one).into_owned()));
    }
    let is_other = |conf: &&str| {
        root.link_target(conf).is_some_and(|to| UNITS.iter().any(|(_, conf)| to == Path::new(conf)))
    };
    let there = UNITS.iter().map(|(_, conf)| *conf).filter(|conf| root.exists(conf) && !is_other(conf));
    let there: Vec<&str> = there.collect();
    match there[..] {
        [one] => Ok(PathBuf::from(one)),
        // Nothing is there that could be lost.
        [] => Ok(PathBuf::from(usual)),
        _ => Err(format!(
            "{} are both there, and {} does not tell which of them it reads",
            there.join(" and "),
            chronyd.display()
        )),
    }
}

#[cfg(test)]
mod tests;
