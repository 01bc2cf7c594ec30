//! Lines of chronyd's configuration that are not the image's own: the distribution's, a platform's, DHCP's.

use std::path::Path;

use crate::machine::{Conf, ConfLine, Machine};
use crate::platform::{
    Clock, Platform, is_another_clouds, is_clouds_own, is_distributions, is_usual, is_usual_directory,
};

/// Sources that are not the image's own.
pub struct Theirs {
    /// The distribution's own text.
    pristine: Conf,
    platform: Platform,
}

impl Theirs {
    pub fn of(machine: &Machine) -> Theirs {
        let pristine = Conf::parse(machine.pristine_conf.as_deref().unwrap_or_default());
        Theirs { pristine, platform: machine.identity.platform }
    }

    pub fn has(&self, line: &ConfLine) -> bool {
        self.pristine.lines().any(|own| own == line) || is_usual(&line.to_string())
    }

    /// Tells whether a line names a source of the distribution's or of a platform's.
    pub fn has_source(&self, line: &ConfLine) -> bool {
        self.has(line) || is_usual_source(line) || line.is_source() && is_platforms(line, self.platform)
    }

    /// Tells whether it is a server of another cloud's that the distribution does not name. An image may be for that cloud.
    pub fn is_out_of_reach(&self, line: &ConfLine) -> bool {
        self.platform.is_known() && !self.has(line) && is_another_clouds(line.word(0), self.platform)
    }

    /// Tells whether it is a source of the distribution's that an image's own stand next to.
    pub fn is_fallback(&self, line: &ConfLine) -> bool {
        let is_source = line.is_source() && !is_platforms(line, self.platform);
        (is_source || line.is_directory() && is_filled_later(line)) && self.has_source(line) && is_plain(line)
    }
}

/// Tells whether every distribution, or one, names this source: a pool, DHCP's directory.
pub fn is_usual_source(line: &ConfLine) -> bool {
    match line.is_directory() {
        true => line.words.iter().all(|directory| is_usual_directory(directory)),
        // Ubuntu 26.04 has its own by NTS: what is authenticated is not replaced by what is not.
        false => line.is_source() && !line.has_option("nts") && is_distributions(line.word(0)),
    }
}

/// The directories that a line names and that other programs fill while the machine runs: what is below /etc and /usr is read
/// once.
pub fn later_directories(line: &ConfLine) -> impl Iterator<Item = &str> {
    let names = line.words.iter().filter(|_| line.is_directory()).map(String::as_str);
    names.filter(|directory| !directory.starts_with("/etc/") && !directory.starts_with("/usr/"))
}

/// Tells whether chronyd reads by this line what comes only while the machine runs.
pub fn is_filled_later(line: &ConfLine) -> bool {
    later_directories(line).next().is_some()
        || line.reads_more() && line.words.iter().any(|path| is_of_boot(Path::new(path)))
}

pub fn is_of_boot(path: &Path) -> bool {
    ["/run", "/var/run"].iter().any(|directory| path.starts_with(directory))
}

/// Tells whether a line can be written anew: it is short enough for chronyd, and steers no terminal.
pub fn is_plain(line: &ConfLine) -> bool {
    let line = line.to_string();
    line.len() <= 512 && line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Tells whether a line names a source of the platform's own, or one that another platform alone has.
fn is_platforms(line: &ConfLine, platform: Platform) -> bool {
    match line.device().and_then(Clock::linked_as) {
        Some(clock) => platform.row().has_clock(clock),
        None => is_clouds_own(line.word(0), platform),
    }
}
