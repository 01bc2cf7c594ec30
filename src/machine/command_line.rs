//! The command line of chronyd(8), as far as it decides what chronyd reads.

/// What chronyd was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The file that `-f` names, instead of the one that chronyd was built for; empty where it names none.
    pub file: Option<String>,
    /// An option by which chronyd sets no clock, or ends: -x, -p, -q, -Q.
    pub leaves_clock: Option<char>,
    /// The first directive: with one, chronyd reads no file.
    pub directive: Option<String>,
}

/// The options that have a value: chronyd(8).
const WITH_VALUE: &str = "fFlLPtu";

impl CommandLine {
    /// Parses the arguments, without the program's own name.
    pub fn parse(arguments: &[String]) -> CommandLine {
        let mut command = CommandLine::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-') else {
                command.directive.get_or_insert_with(|| word.clone());
                continue;
            };
            let value_at = letters.find(|letter| WITH_VALUE.contains(letter));
            let flags = &letters[..value_at.unwrap_or(letters.len())];
            command.leaves_clock = command.leaves_clock.or(flags.chars().find(|flag| "xpqQ".contains(*flag)));
            let Some(at) = value_at else { continue };
            let (letter, joined) = letters[at..].split_at(1);
            let value = if joined.is_empty() { words.next().cloned() } else { Some(joined.to_owned()) };
            if letter == "f" {
                command.file = Some(value.unwrap_or_default());
            }
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_directives_are_found() {
        let parse = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let CommandLine { file, directive, .. } = CommandLine::parse(&words);
            [file, directive].map(Option::unwrap_or_default)
        };
        for harmless in ["", "-F 1", "-x -F 1 -n", "-4 -L 1 -l /a", "-dF1"] {
            assert_eq!(parse(harmless), ["", ""], "{harmless}");
        }
        assert_eq!(parse("-F 1 -f /run/x.conf -u chrony"), ["/run/x.conf", ""]);
        assert_eq!(parse("-F1 -df/run/x.conf"), ["/run/x.conf", ""]);
        assert_eq!(parse("-F 1 server 10.1.2.3"), ["", "server"]);
    }

    #[test]
    fn the_options_that_leave_the_clock_alone_are_found() {
        let leaves = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            CommandLine::parse(&words).leaves_clock
        };
        for (line, wanted) in
            [("-x", 'x'), ("-F 1 -4x", 'x'), ("-nQF 1", 'Q'), ("-q", 'q'), ("-df/etc/x -p", 'p')]
        {
            assert_eq!(leaves(line), Some(wanted), "{line}");
        }
        for line in ["", "-F 1 -n4", "-u x", "-ux", "-f/etc/pqx", "-P 1"] {
            assert_eq!(leaves(line), None, "{line}");
        }
    }
}
