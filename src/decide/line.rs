//! Lines of chrony.conf that name sources, and the lines that a platform's source becomes.

use crate::config::Config;
use crate::machine::{ConfLine, Machine};
use crate::platform::{Directive, FastStart, Scale, Source, TWIN, pool};

/// The comment above the image's own lines, by which a later run knows them where the receipt is gone.
pub const MARK: &str = "The image's own sources: chronyd, or a displaced daemon, asked them before.";

/// A line of chrony.conf that names a source, or a directory of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub directive: ConfLine,
    pub scale: Scale,
    pub says: &'static str,
    pub page: &'static str,
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
        line.directive.words.push("trust".to_owned());
    }
    lines.into_iter().flatten().collect()
}

fn preferred(mut line: Line) -> Line {
    if !line.directive.has_option("prefer") {
        line.directive.words.push("prefer".to_owned());
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
    let directive = ConfLine::from(format!("{place} {}", source.options).as_str());
    Some(Line { directive, scale: source.scale, says: source.says, page: source.page })
}
