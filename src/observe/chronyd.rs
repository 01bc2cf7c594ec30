//! chronyd as this machine starts it: its unit, its program, and the configuration that it really reads.

pub mod configuration;
mod environment;
mod start;
mod words;

use std::path::{Component, Path, PathBuf};

use crate::machine::{Chrony, CommandLine, Seen};
use crate::names::FRAGMENT_DIRS;
use crate::root::Root;

use super::units;
use start::Start;

/// The names of chrony's unit: one of them is the unit, the other may be a link to it. With each the file that its
/// packagers build chronyd for.
const UNITS: [(&str, &str); 2] =
    [("chrony.service", "/etc/chrony/chrony.conf"), ("chronyd.service", "/etc/chrony.conf")];

const CHRONYD: &str = "/usr/sbin/chronyd";

/// Ubuntu's unit starts chronyd by this script, with the same arguments.
const WRAPPER: &str = "chronyd-starter.sh";

/// chronyd is a third of a megabyte.
const LARGEST_PROGRAM: u64 = 16 << 20;

/// None where chrony is not installed.
pub fn chrony(root: &Root) -> Option<Chrony> {
    let unit = unit(root)?;
    let start = start::start(root, unit);
    let chronyd = program(unit, &start);
    let conf = chronyd.clone().and_then(|chronyd| conf(root, unit, &chronyd, &start.arguments));
    Some(Chrony {
        conf,
        unit: unit.to_owned(),
        chronyd: chronyd.ok().filter(|chronyd| root.is_executable(chronyd)),
        options: start.arguments,
    })
}

/// The unit that is no link to the other one. Of two such units the first that is not masked.
fn unit(root: &Root) -> Option<&'static str> {
    let is_masked = |name: &str| {
        let link = units::fragment(root, name).and_then(|path| root.link(path));
        link.is_some_and(|target| target == Path::new("/dev/null"))
    };
    let own = || UNITS.into_iter().map(|(name, _)| name).filter(|name| units::is_its_own(root, name));
    own().find(|name| !is_masked(name)).or_else(|| own().next())
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
fn conf(root: &Root, unit: &str, chronyd: &Path, arguments: &[String]) -> Seen<PathBuf> {
    let command = CommandLine::parse(arguments);
    if let Some(directive) = command.directive {
        return Err(format!(
            "{unit} gives chronyd the directive {directive:?}, and with one it reads no file"
        ));
    }
    let (file, who) = match command.file {
        Some(file) => (PathBuf::from(file), unit.to_owned()),
        None => (built_for(root, unit, chronyd)?, chronyd.display().to_string()),
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
fn built_for(root: &Root, unit: &str, chronyd: &Path) -> Seen<PathBuf> {
    let program = root.bytes(chronyd, LARGEST_PROGRAM).unwrap_or_default();
    let is_conf = |text: &&[u8]| text.starts_with(b"/") && text.ends_with(b"/chrony.conf");
    let mut compiled: Vec<&[u8]> = program.split(|byte| *byte == 0).filter(is_conf).collect();
    compiled.dedup();
    if let [one] = compiled[..] {
        return Ok(PathBuf::from(String::from_utf8_lossy(one).into_owned()));
    }
    let there: Vec<&str> = UNITS.iter().map(|(_, conf)| *conf).filter(|conf| root.exists(conf)).collect();
    match there[..] {
        [one] => Ok(PathBuf::from(one)),
        // Nothing is there that could be lost.
        [] => Ok(UNITS.iter().find(|(name, _)| *name == unit).map_or(UNITS[0].1, |(_, conf)| conf).into()),
        _ => Err(format!(
            "{} are both there, and {} does not tell which of them it reads",
            there.join(" and "),
            chronyd.display()
        )),
    }
}

#[cfg(test)]
mod tests;
