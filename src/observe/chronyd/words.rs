//! Words of a command line as systemd.service(5) splits and expands them.

use std::collections::HashMap;

/// The values of environment variables.
pub type Environment = HashMap<String, String>;

/// Splits at white space; quotes and a backslash keep what they protect together.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', _) => word.get_or_insert_default().extend(letters.next()),
            ('"' | '\'', None) => {
                word.get_or_insert_default();
                quote = Some(letter);
            }
            (letter, Some(end)) if letter == end => quote = None,
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The words with their variables: `$NAME` becomes as many words as its value has, `${NAME}` a part of its word, and
/// a variable that is not set nothing.
pub fn expanded(words_before: Vec<String>, environment: &Environment) -> Vec<String> {
    let value = |name: &str| environment.get(name).map_or("", String::as_str);
    let mut expanded = Vec::new();
    for word in words_before {
        match word.strip_prefix('$').filter(|name| !name.starts_with(['{', '$'])) {
            Some(name) => expanded.extend(words(value(name))),
            None => expanded.push(substituted(&word, value)),
        }
    }
    expanded
}

fn substituted<'v>(word: &str, value: impl Fn(&str) -> &'v str) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        text += before;
        rest = match (after.strip_prefix('$'), after.strip_prefix('{').and_then(|name| name.split_once('}')))
        {
            (Some(after), _) => {
                text.push('$');
                after
            }
            (None, Some((name, after))) => {
                text += value(name);
                after
            }
            (None, None) => {
                text.push('$');
                after
            }
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_systemd_splits_them() {
        assert_eq!(words(" -F 2\t-u  chrony\n"), ["-F", "2", "-u", "chrony"]);
        assert_eq!(words("'server a.example' \"\" a\\ b\"c d\""), ["server a.example", "", "a bc d"]);
    }

    #[test]
    fn variables_become_words_or_parts_of_words() {
        let environment = [("OPTIONS", "-F 2 'server a'"), ("DIR", "/etc/x y"), ("EMPTY", "")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let line = "$OPTIONS $EMPTY $UNSET -f ${DIR}/${UNSET}c $$HOME a$b";
        let found = expanded(words(line), &environment);
        assert_eq!(found, ["-F", "2", "server a", "-f", "/etc/x y/c", "$HOME", "a$b"]);
    }
}
