//! Lines of chrony.conf that name sources, and the lines that a platform's source becomes.

use std::path::Path;

use crate::config::Config;
use crate::machine::{ConfLine, Machine};
use crate::platform::{Directive, FastStart, Scale, Source, TWIN, pool};

/// The comment above the image's own lines, by which a later run knows them where the receipt is gone.
pub const MARK: &str = "The image's own sources: chronyd, or a displaced daemon, asked them before.";

/// A line of chrony.conf that names a source, or a directory of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub directive: String,
    pub scale: Scale,
    pub says: &'static str,
    pub page: &'static str,
}

impl Line {
    /// Whether it names a source that chronyd may follow.
    pub fn is_selectable_source(&self) -> bool {
        ConfLine::parse(&self.directive).is_some_and(|line| line.is_selectable_source())
    }

    /// Whether it names a clock that chronyd may follow.
    pub fn is_selectable_clock(&self) -> bool {
        let line = ConfLine::parse(&self.directive);
        line.is_some_and(|line| line.name == "refclock" && line.is_selectable_source())
    }

    /// Whether it names servers that chronyd, once it knows the clock's rate, may ask less than once in 64 s.
    pub fn is_asked_seldom(&self) -> bool {
        ConfLine::parse(&self.directive).is_some_and(|line| line.is_asked_seldom())
    }

    /// Whether it names a table of leap seconds.
    pub fn is_leap_table(&self) -> bool {
        ConfLine::parse(&self.directive).is_some_and(|line| line.is_leap_table())
    }

    /// Whether chronyd reads this file by it, or the directory that holds it: one of keys, of certificates.
    pub fn names_file(&self, file: &Path) -> bool {
        let words = self.directive.split_whitespace().skip(1);
        words.filter(|word| word.starts_with('/')).any(|word| file.starts_with(word))
    }

    /// What the directive names: a server, a pool, a kind of clock.
    pub fn named(&self) -> String {
        ConfLine::parse(&self.directive).map(|line| line.word(0).to_owned()).unwrap_or_default()
    }
}

/// A source's lines as the configuration wants them; none for a PTP clock that is not there.
pub fn source_lines(source: &Source, machine: &Machine, config: &Config) -> Vec<Line> {
    let as_changed = |options, says| source_line(&Source { options, says, ..*source }, machine);
    let mut lines = match (config.starts_fast(), source.fast_start) {
        (false, _) | (true, FastStart::No) => [source_line(source, machine), None],
        (true, FastStart::Options(options)) => [as_changed(options, source.says), None],
        (true, FastStart::Beside(options)) => {
            [source_line(source, machine).map(preferred), as_changed(options, TWIN)]
        }
    };
    // The first is the one that stays: two that are trusted and differ by microseconds would have no majority.
    if let (true, Directive::Phc(_), Some(line)) = (config.trust_clock, source.directive, &mut lines[0]) {
        line.directive += " trust";
    }
    lines.into_iter().flatten().collect()
}

fn preferred(mut line: Line) -> Line {
    if !line.directive.ends_with(" prefer") {
        line.directive += " prefer";
    }
    line
}

/// A source's line with its usual options; None for a PTP clock that is not there.
pub fn source_line(source: &Source, machine: &Machine) -> Option<Line> {
    let place = match source.directive {
        Directive::Server(name) => format!("server {name}"),
        Directive::Pool(name) => format!("pool {name}"),
        Directive::DistributionPool => format!("pool {}", pool(&machine.distribution)),
        Directive::Dhcp(dir) => format!("sourcedir {dir}"),
        // chronyd exits when the device of a refclock line is not there. The device itself is never
        // named: its number can be another clock's in the next boot.
        Directive::Phc(clock) if clock.is_among(&machine.devices) => format!("refclock PHC {}", clock.link),
        Directive::Phc(_) => return None,
    };
    let directive = format!("{place} {}", source.options).trim_end().to_owned();
    Some(Line { directive, scale: source.scale, says: source.says, page: source.page })
}
