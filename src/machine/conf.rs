//! chrony.conf as chronyd reads it: lines of words. What is not a directive of ours is kept as it is.

use std::fmt;

/// The directives that name a source.
const SOURCES: [&str; 4] = ["server", "pool", "peer", "refclock"];

/// The directives by which chronyd reads more than this one file.
const MORE_FILES: [&str; 3] = ["include", "confdir", "sourcedir"];

/// A chrony.conf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    lines: Vec<ConfLine>,
}

/// A directive with its words. Its name is in lower case: chronyd does not tell the cases apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfLine {
    pub name: String,
    pub words: Vec<String>,
}

impl Conf {
    pub fn parse(text: &str) -> Conf {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '%', ';', '!']));
        Conf { lines: lines.filter_map(ConfLine::parse).collect() }
    }

    /// The directive that is in force: the last of its name.
    pub fn last(&self, name: &str) -> Option<&ConfLine> {
        self.lines.iter().rfind(|line| line.name == name)
    }

    /// Every directive of this name.
    pub fn all(&self, name: &str) -> Vec<&ConfLine> {
        self.named(&[name])
    }

    pub fn sources(&self) -> Vec<&ConfLine> {
        self.named(&SOURCES)
    }

    pub fn more_files(&self) -> Vec<&ConfLine> {
        self.named(&MORE_FILES)
    }

    fn named(&self, names: &[&str]) -> Vec<&ConfLine> {
        self.lines.iter().filter(|line| names.contains(&line.name.as_str())).collect()
    }
}

impl ConfLine {
    pub fn parse(line: &str) -> Option<ConfLine> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(ConfLine { name: words.next()?.to_ascii_lowercase(), words: words.collect() })
    }

    /// It names a source.
    pub fn is_source(&self) -> bool {
        SOURCES.contains(&self.name.as_str())
    }

    /// By it chronyd reads more than this one file.
    pub fn reads_more(&self) -> bool {
        MORE_FILES.contains(&self.name.as_str())
    }

    pub fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }
}

impl fmt::Display for ConfLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.words.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
