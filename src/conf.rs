//! chronyd's configuration: directives, each a line of words.

mod line;

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use crate::error::shown;
pub use line::{ConfLine, LEAP_TABLES};

/// A text of chrony.conf, or all files that chronyd reads, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    pub directives: Vec<Directive>,
    /// The directive at which chronyd gives up, and why.
    pub refused: Option<String>,
}

/// A directive, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub line: ConfLine,
    /// Empty for a text that is in no file.
    pub file: PathBuf,
    /// The number of its line, from 1 on.
    pub number: usize,
    /// Not every user may read the file.
    pub is_closed: bool,
}

impl Conf {
    pub fn parse(text: &str) -> Conf {
        Conf::of_file(text, Path::new(""))
    }

    /// The directives of one file, without those of the files that it includes.
    pub fn of_file(text: &str, file: &Path) -> Conf {
        let directive = |(index, line): (usize, &str)| {
            let line =
                ConfLine::parse(line).filter(|_| !line.trim_start().starts_with(['#', '%', ';', '!']))?;
            Some(Directive { line, file: file.to_owned(), number: index + 1, is_closed: false })
        };
        Conf { directives: text.lines().enumerate().filter_map(directive).collect(), refused: None }
    }

    /// The directive that is in force: the last of its name.
    pub fn in_force(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().rfind(|directive| directive.line.name == name)
    }

    /// The words of the directive that is in force.
    pub fn last(&self, name: &str) -> Option<&ConfLine> {
        self.in_force(name).map(|directive| &directive.line)
    }

    /// The directive by which chronyd does not answer chrony-wait, which asks 127.0.0.1 and ::1 at port 323. Whether a machine
    /// has IPv6 is not known: IPv4 decides.
    pub fn closed_port(&self) -> Option<&Directive> {
        let is_elsewhere = |address: Ipv4Addr| !address.is_unspecified() && address != Ipv4Addr::LOCALHOST;
        let mut addresses = self.directives.iter().rev().filter(|one| one.line.name == "bindcmdaddress");
        let address = addresses.find_map(|one| Some((one, one.line.word(0).parse().ok()?)));
        let port = self.in_force("cmdport").filter(|one| one.line.word(0) != "323");
        port.or_else(|| address.filter(|(_, address)| is_elsewhere(*address)).map(|(one, _)| one))
    }

    /// The directive by which chronyd's socket is not where chronyc looks.
    pub fn moved_socket(&self) -> Option<&Directive> {
        let is_path =
            |one: &&Directive| one.line.name == "bindcmdaddress" && one.line.word(0).starts_with('/');
        let last = self.directives.iter().rfind(is_path);
        last.filter(|one| {
            !matches!(one.line.word(0), "/run/chrony/chronyd.sock" | "/var/run/chrony/chronyd.sock")
        })
    }

    /// Every directive of this name.
    pub fn all(&self, name: &str) -> Vec<&ConfLine> {
        self.lines().filter(|line| line.name == name).collect()
    }

    pub fn sources(&self) -> Vec<&ConfLine> {
        self.lines().filter(|line| line.is_source()).collect()
    }

    pub fn lines(&self) -> impl Iterator<Item = &ConfLine> {
        self.directives.iter().map(|directive| &directive.line)
    }
}

impl Directive {
    /// "/etc/chrony/conf.d/site.conf, line 2"
    pub fn place(&self) -> String {
        format!("{}, line {}", shown(&self.file), self.number)
    }

    /// Words that every user may know of it: of a closed file no more than the directive's name.
    pub fn told_to_all(&self) -> String {
        if self.is_closed { format!("{} ({})", self.line.name, self.place()) } else { self.to_string() }
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.line)?;
        if self.file.as_os_str().is_empty() { Ok(()) } else { write!(f, " ({})", self.place()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_chrony_wait_does_not_ask_is_closed() {
        let closed = |text: &str| Conf::parse(text).closed_port().map(Directive::to_string);
        for text in ["cmdport 0", "cmdport 1323", "bindcmdaddress 10.0.0.1", "bindcmdaddress 127.0.0.2"] {
            assert_eq!(closed(text).as_deref(), Some(text));
        }
        for text in [
            "port 0",
            "cmdport 0\ncmdport 323",
            "bindcmdaddress 0.0.0.0",
            "bindcmdaddress ::1\nbindcmdaddress /run/chrony/chronyd.sock",
            "bindcmdaddress 10.0.0.1\nbindcmdaddress 127.0.0.1",
        ] {
            assert_eq!(closed(text), None, "{text}");
        }
        let moved = |text: &str| Conf::parse(text).moved_socket().is_some();
        assert!(moved("bindcmdaddress /") && !moved("bindcmdaddress /run/chrony/chronyd.sock\ncmdport 0"));
    }

    #[test]
    fn the_last_line_of_a_name_is_in_force_and_comments_are_not() {
        let conf =
            Conf::parse("# makestep 9 9\nMakeStep 1 3\n  ! rtcsync\n\nmakestep  0.1\t-1\nserver a iburst\n");
        assert_eq!(conf.last("makestep").map(ConfLine::to_string).as_deref(), Some("makestep 0.1 -1"));
        assert_eq!(conf.last("rtcsync"), None);
        let sources: Vec<String> = conf.sources().into_iter().map(ConfLine::to_string).collect();
        assert_eq!(sources, ["server a iburst"]);
    }
}
