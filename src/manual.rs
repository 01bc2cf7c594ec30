//! The manual page: prose from man/, and between it what the program knows of itself, so that the two cannot differ.

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::cli::Cli;
use crate::exit::Exit;
use crate::platform::Platform;
use crate::verify::{Scope, checks};

/// A line that begins with @ names what comes in its place.
const PROSE: &str = include_str!("../man/cloud-timesync.8.in");

/// cloud-timesync(8), as roff.
pub fn page() -> String {
    let mut program = Cli::command();
    program.build();
    PROSE.lines().map(|line| made(&program, line).unwrap_or_else(|| format!("{line}\n"))).collect()
}

fn made(program: &Command, line: &str) -> Option<String> {
    let mut words = line.strip_prefix('@')?.split(' ');
    match (words.next()?, words.next().map(|verb| program.find_subcommand(verb))) {
        ("title", None) => Some(title(program)),
        ("synopsis", None) => Some(verbs(program).map(synopsis).collect()),
        ("verb", Some(Some(verb))) => Some(heading(verb)),
        ("options", Some(Some(verb))) => {
            Some(own(verb).filter(|arg| !is_shared(program, arg)).map(option).collect())
        }
        ("options", None) => Some(shared(program)),
        ("platforms", None) => Some(format!("{}.\n", Platform::names())),
        ("exit-status", None) => Some(Exit::ALL.map(exit_status).concat()),
        ("checks", None) => Some(checks().map(check).collect()),
        _ => None,
    }
}

fn title(program: &Command) -> String {
    let version = program.get_version().unwrap_or_default();
    format!(".TH CLOUD-TIMESYNC 8 \"\" \"cloud-timesync {version}\" \"System administration\"\n")
}

/// What an operator types. The rest is for packages and units.
fn verbs(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help")
}

/// The arguments of a verb, without those that every verb has.
fn own(verb: &Command) -> impl Iterator<Item = &Arg> {
    verb.get_arguments().filter(|arg| !arg.is_hide_set() && !is_everywhere(arg))
}

fn is_everywhere(arg: &Arg) -> bool {
    arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version")
}

/// An option of several verbs is told once.
fn is_shared(program: &Command, arg: &Arg) -> bool {
    verbs(program).filter(|verb| own(verb).any(|other| other.get_id() == arg.get_id())).count() > 1
}

fn shared(program: &Command) -> String {
    let mut told: Vec<&Arg> = Vec::new();
    for arg in verbs(program).flat_map(own).filter(|arg| is_shared(program, arg)) {
        if !told.iter().any(|other| other.get_id() == arg.get_id()) {
            told.push(arg);
        }
    }
    let everywhere = program.get_arguments().filter(|arg| !arg.is_hide_set() && is_everywhere(arg));
    told.into_iter().chain(everywhere).map(option).collect()
}

fn synopsis(verb: &Command) -> String {
    let words: String = own(verb).map(|arg| format!("{}\n", in_synopsis(arg))).collect();
    format!(".SY \"cloud\\-timesync {}\"\n{words}.YS\n", escaped(verb.get_name()))
}

fn in_synopsis(arg: &Arg) -> String {
    let again = if matches!(arg.get_action(), ArgAction::Append) { " .\\|.\\|." } else { "" };
    if arg.is_required_set() { form(arg) } else { format!("[{}]{again}", form(arg)) }
}

/// "--root DIR", "-v, --verbose" or "SHELL".
fn form(arg: &Arg) -> String {
    let short = arg.get_short().map(|letter| format!("\\fB\\-{letter}\\fR"));
    let long = arg.get_long().map(|name| format!("\\fB\\-\\-{}\\fR", escaped(name)));
    let takes = arg.is_positional() || arg.get_action().takes_values();
    let values = arg.get_value_names().unwrap_or_default().iter().filter(|_| takes);
    let values: Vec<String> = values.map(|name| format!("\\fI{}\\fR", escaped(name))).collect();
    let name: Vec<String> = short.into_iter().chain(long).collect();
    [name.join(", "), values.join(" ")].join(" ").trim().to_owned()
}

fn heading(verb: &Command) -> String {
    format!(
        ".SS {}\n{}",
        escaped(verb.get_name()),
        sentence(&verb.get_about().unwrap_or_default().to_string())
    )
}

fn option(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let says = if values.len() > 1 { format!("One of {}", values.join(", ")) } else { help };
    format!(".TP\n{}\n{}", form(arg), sentence(&says))
}

fn exit_status(exit: Exit) -> String {
    format!(".TP\n.B {}\n{}", exit as u8, sentence(&capitalised(exit.says())))
}

fn check(check: &crate::verify::Check) -> String {
    let live = if check.scope == Scope::Live { " \" (live)\"" } else { "" };
    let next = sentence(&format!("Otherwise: {}", check.next));
    format!(".TP\n.BR {}{live}\n{}{next}", escaped(check.name), sentence(check.says))
}

fn sentence(text: &str) -> String {
    format!("{}.\n", escaped(text))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// Text in which roff finds nothing to do: its own letters are \, and ' or . at the beginning of a line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\n', " ");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_the_prose_is_filled() {
        let page = page();
        let left: Vec<&str> = page.lines().filter(|line| line.starts_with('@')).collect();
        assert_eq!(left, [""; 0]);
    }

    #[test]
    fn every_verb_and_every_option_is_told_once() {
        let (page, mut program) = (page(), Cli::command());
        program.build();
        let count = |lines: &str| page.matches(&format!("{lines}\n")).count();
        for verb in verbs(&program) {
            assert_eq!(count(&format!(".SS {}", verb.get_name())), 1, "{}", verb.get_name());
            for arg in verb.get_arguments().filter(|arg| !arg.is_hide_set()) {
                assert_eq!(
                    count(&format!(".TP\n{}", form(arg))),
                    1,
                    "{} of {}",
                    arg.get_id(),
                    verb.get_name()
                );
            }
        }
    }

    #[test]
    fn what_is_for_packages_and_units_is_not_told() {
        let page = page();
        for hidden in [".SS man", "\\-\\-boot"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
    }
}
