//! Environment files, as systemd reads them: EnvironmentFile= in systemd.exec(5).

use super::words::Environment;

/// Where in a file the reader is.
enum State {
    BeforeKey,
    Comment,
    Key,
    /// Before a value, or after a quoted part of it.
    BeforeValue,
    Value,
    Quoted(char),
}

/// Adds the file's variables. A value may be quoted, in parts and over lines; a name that no variable can have
/// (`export OPTIONS`) is not used.
pub fn read(text: &str, into: &mut Environment) {
    let mut state = State::BeforeKey;
    let (mut key, mut value) = (String::new(), String::new());
    // The file may lack its last newline.
    let mut letters = text.chars().chain(['\n']);
    while let Some(letter) = letters.next() {
        state = match (state, letter) {
            (State::BeforeKey, '#' | ';') => State::Comment,
            (State::BeforeKey, letter) if letter.is_whitespace() => State::BeforeKey,
            (State::BeforeKey, letter) => {
                key = letter.to_string();
                value.clear();
                State::Key
            }
            (State::Comment | State::Key, '\n') => State::BeforeKey,
            (State::Key, '=') => State::BeforeValue,
            (State::Key, letter) => {
                key.push(letter);
                State::Key
            }
            (state @ (State::BeforeValue | State::Value), '\n') => {
                if matches!(state, State::Value) {
                    value.truncate(value.trim_end().len());
                }
                if is_name(key.trim()) {
                    into.insert(key.trim().to_owned(), value.clone());
                }
                State::BeforeKey
            }
            (State::BeforeValue, quote @ ('"' | '\'')) => State::Quoted(quote),
            (State::BeforeValue, letter) if letter.is_whitespace() => State::BeforeValue,
            (State::Quoted(quote), letter) if letter == quote => State::BeforeValue,
            (State::Quoted('"'), '\\') => {
                match letters.next() {
                    None | Some('\n') => {}
                    Some(letter @ ('"' | '\\' | '`' | '$')) => value.push(letter),
                    Some(letter) => value.extend(['\\', letter]),
                }
                State::Quoted('"')
            }
            (State::BeforeValue | State::Value, '\\') => {
                value.extend(letters.next().filter(|letter| *letter != '\n'));
                State::Value
            }
            (State::BeforeValue, letter) => {
                value.push(letter);
                State::Value
            }
            (state @ (State::Value | State::Quoted(_)), letter) => {
                value.push(letter);
                state
            }
            (State::Comment, _) => State::Comment,
        };
    }
}

fn is_name(key: &str) -> bool {
    !key.starts_with(|letter: char| letter.is_ascii_digit())
        && key.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_systemd_reads_them() {
        for (text, expected) in [
            ("OPTIONS=-F 2  ", "-F 2"),
            ("# OPTIONS=1\n; x\n\n OPTIONS = \"-F 2\"\n", "-F 2"),
            ("OPTIONS=\"-F\n2\"\n", "-F\n2"),
            ("OPTIONS=\"'server a'\n\"\n", "'server a'\n"),
            ("OPTIONS='a\\'\"b \\\"c\\d\"\\ e \\\n f", "a\\b \"c\\d e  f"),
            ("OPTIONS=\"-F 2\" # x", "-F 2# x"),
            ("OPTIONS=1\nexport OPTIONS=2\nOPTIONS", "1"),
            ("OPTIONS=1\nOPTIONS=\n", ""),
        ] {
            let mut environment = Environment::new();
            read(text, &mut environment);
            assert_eq!(environment.get("OPTIONS").map(String::as_str), Some(expected), "{text:?}");
            assert_eq!(environment.len(), 1, "{text:?}");
        }
    }
}
