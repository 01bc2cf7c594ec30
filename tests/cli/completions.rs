//! Completions: the committed scripts are the program's, and bash completes with its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

fn committed(shell: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("completions/cloud-timesync.{shell}"))
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).expect("UTF-8")
}

#[test]
fn the_committed_scripts_are_what_the_program_prints() {
    let mut stale = Vec::new();
    for shell in ["bash", "zsh", "fish"] {
        let (path, script) = (committed(shell), printed(&["completions", shell]));
        if fs::read_to_string(&path).unwrap_or_default() == script {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, script).unwrap_or_else(|why| panic!("writing {}: {why}", path.display()));
        } else {
            stale.push(path.display().to_string());
        }
    }
    assert!(stale.is_empty(), "BLESS=1 cargo test --test cli writes them anew: {stale:?}");
}

/// What bash offers for the last word.
fn completed(words: &[&str]) -> BTreeSet<String> {
    const ASK: &str = r#"source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _cloud__timesync "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"; printf '%s\n' "${COMPREPLY[@]}""#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ASK, "bash"]).arg(committed("bash")).arg("cloud-timesync").args(words);
    let output = bash.output().expect("bash runs");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn bash_completes_verbs_options_and_platforms() {
    assert_eq!(completed(&["pl"]), set(&["plan"]));
    assert!(completed(&["plan", "--"]).is_superset(&set(&["--root", "--platform", "--exit-code"])));
    assert_eq!(completed(&["status", "--s"]), set(&["--svg"]));
    assert!(completed(&["apply", "--platform", "a"]).is_superset(&set(&["aws", "azure"])));
    assert_eq!(completed(&["apply", "--platform", "gc"]), set(&["gce"]));
    assert_eq!(completed(&["completions", "b"]), set(&["bash"]));
}

#[test]
fn no_hidden_verb_or_option_is_offered() {
    let help = printed(&["--help"]);
    let listed = |help: &str, word: &str| {
        help.lines().any(|line| line.split([' ', ',', '=']).any(|listed| listed == word))
    };
    let verbs = completed(&[""]).into_iter().filter(|word| !word.starts_with('-'));
    for verb in verbs.collect::<Vec<_>>() {
        assert!(listed(&help, &verb), "{verb} is offered and not in --help");
        let of_the_verb = printed(&[&verb, "--help"]);
        for option in completed(&[&verb, "-"]).iter().filter(|_| verb != "help") {
            assert!(listed(&of_the_verb, option), "{verb} {option} is offered and not in --help");
        }
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = fs::read_to_string(committed(shell)).expect("a committed script");
        let words = || script.split(|letter: char| !letter.is_ascii_alphabetic() && letter != '-');
        for hidden in ["wait", "--boot"] {
            assert!(!words().any(|word| word == hidden), "{hidden} is offered in {shell}");
        }
    }
}

#[test]
fn an_unknown_shell_is_a_usage_error() {
    assert_eq!(run(&["completions", "csh"]).status.code(), Some(2));
}
