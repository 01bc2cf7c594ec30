//! Servers that displaced daemons were told to ask. Their files anybody may have written: what is no host's name and no
//! address is no server.

mod ntp;
mod option;
mod timesyncd;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::chronyd::configuration::is_closed;
use super::units::{self, Places};
use crate::config::{Host, Rivals, is_same_name};
use crate::error::{Result, shown};
use crate::machine::{ForeignLine, ForeignServer};
use crate::printable::printable;
use crate::receipt::{Entry, Receipt};
use crate::rival::{RIVALS, Rival, ServerFile, Syntax};
use crate::root::Root;

/// Length at which a line is cut off, in characters.
const SHOWN: usize = 200;

/// The servers of displaced daemons, and what else these were told of time sources.
#[derive(Debug, Default)]
pub struct Foreign {
    pub servers: Vec<ForeignServer>,
    pub lines: Vec<ForeignLine>,
}

/// The rivals that are displaced, or are going to be; each server once. Those that are kept and start ask theirs themselves.
///
/// # Errors
/// When a directory of drop-ins or of units cannot be listed.
pub fn foreign(root: &Root, places: &Places, rivals: Rivals, receipt: &Receipt) -> Result<Foreign> {
    let mut found = Foreign::default();
    for rival in RIVALS {
        let Some(file) = rival.servers.as_ref() else { continue };
        if is_displaced(root, places, rival, rivals, receipt)? {
            read(root, rival, file, &mut found)?;
        }
    }
    Ok(Foreign { servers: each_once(found.servers), ..found })
}

/// Each server once: as the daemon did that knew it best.
fn each_once(servers: Vec<ForeignServer>) -> Vec<ForeignServer> {
    let mut once: Vec<ForeignServer> = Vec::new();
    for server in servers {
        match once.iter_mut().find(|known| is_same_name(&known.name, &server.name)) {
            Some(known) if server.is_authenticated() && !known.is_authenticated() => *known = server,
            Some(_) => {}
            None => once.push(server),
        }
    }
    once
}

/// Tells whether it would start in a boot and is not kept, or does not start because of the agent.
fn is_displaced(
    root: &Root,
    places: &Places,
    rival: &Rival,
    rivals: Rivals,
    receipt: &Receipt,
) -> Result<bool> {
    let ours = receipt.entries.iter().any(|entry| match entry {
        Entry::Disabled { unit, .. } | Entry::Masked { unit } => rival.units.contains(&unit.as_str()),
        _ => false,
    });
    let mut names = rival.units.iter().filter(|name| units::is_its_own(root, name));
    let mut enabled = || names.try_fold(false, |any, name| Ok(any || is_enabled(root, places, name)?));
    Ok(match rivals {
        Rivals::Displace => ours || enabled()?,
        Rivals::Keep => ours && !enabled()?,
    })
}

fn is_enabled(root: &Root, places: &Places, name: &str) -> Result<bool> {
    Ok(units::unit(root, places, name)?.is_some_and(|unit| unit.is_enabled()))
}

fn read(root: &Root, rival: &Rival, file: &ServerFile, found: &mut Foreign) -> Result<()> {
    let mut told = Told { root, daemon: rival.name, files: 0, found: Foreign::default() };
    let there = file.paths.iter().map(Path::new).find(|path| root.exists(path));
    if file.syntax == Syntax::Timesyncd {
        timesyncd::read(&mut told, there)?;
    } else if let Some(path) = told.named_file(rival, file).or(there.map(Path::to_owned)) {
        match file.syntax {
            Syntax::Ntp | Syntax::OpenNtpd if root.bytes(&path, 1).is_some() => ntp::read(&mut told, &path),
            _ => told.leave(ITS_SOURCES, &shown(&path)),
        }
    } else if units::fragment(root, rival.units[0]).is_some() {
        told.leave(ITS_SOURCES, &format!("{} is not there", file.paths.join(", ")));
    }
    found.servers.extend(told.found.servers);
    found.lines.extend(told.found.lines);
    Ok(())
}

/// Name of the servers of a daemon that are not known.
const ITS_SOURCES: &str = "its time sources";

/// Configuration of one daemon.
struct Told<'r> {
    root: &'r Root,
    daemon: &'static str,
    /// Number of files included so far.
    files: usize,
    found: Foreign,
}

impl Told<'_> {
    /// The file that the daemon's command line names. Where that cannot be read, this is named.
    fn named_file(&mut self, rival: &Rival, file: &ServerFile) -> Option<PathBuf> {
        let start = option::arguments(self.root, rival);
        let arguments = start.map_err(|why| self.leave(ITS_SOURCES, &why)).ok()?;
        option::file(&arguments, file.syntax)
    }

    /// Takes a server, with chronyd's options for it. What is no host, or chronyd cannot ask, is named.
    fn ask(
        &mut self,
        name: &str,
        pool: bool,
        options: Option<String>,
        line: &str,
        place: String,
        file: &Path,
    ) {
        let is_host = is_host(name);
        if !is_host || options.is_none() {
            self.leave(line, &place);
        }
        if is_host {
            let (name, daemon, file) = (name.to_owned(), self.daemon, file.to_owned());
            self.found.servers.push(ForeignServer { name, pool, daemon, file, options });
        }
    }

    /// Names what chronyd is not told.
    fn leave(&mut self, text: &str, place: &str) {
        let text = printable(text, &[]).chars().take(SHOWN).collect();
        let line = ForeignLine { daemon: self.daemon, text, place: place.to_owned() };
        if !self.found.lines.contains(&line) {
            self.found.lines.push(line);
        }
    }

    /// Tells whether not every user may read a file: chrony.conf and the receipt are for all.
    fn is_closed(&self, file: &Path) -> bool {
        is_closed(self.root, file)
    }
}

/// The name or the address of another machine.
fn is_host(name: &str) -> bool {
    if let Ok(address) = name.parse::<IpAddr>() {
        // ntpd calls its hardware clocks 127.127.t.u.
        let ours = address.is_loopback() || address.is_unspecified() || address.is_multicast();
        return !ours && address != IpAddr::from([255; 4]);
    }
    let local = name.trim_end_matches('.').eq_ignore_ascii_case("localhost");
    !local && Host::try_from(name.to_owned()).is_ok()
}

#[cfg(test)]
mod tests;
