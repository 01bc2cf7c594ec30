//! Words of a command line as systemd.service(5) splits and expands them.

use std::collections::HashMap;

use crate::machine::Seen;

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
    let mut parts = word.split("${");
    let mut text = parts.next().unwrap_or_default().replace("$$", "$");
    for part in parts {
        let (name, after) = part.split_once('}').unwrap_or((part, ""));
        text += value(name);
        text += &after.replace("$$", "$");
    }
    text
}

/// The variables of an environment file: EnvironmentFile= in systemd.exec(5). A name that no variable can have (`export OPTIONS`) is
/// not used.
///
/// # Errors
/// When a value has an escape, or goes on in the next line: neither is read here.
pub fn variables(text: &str) -> Seen<Environment> {
    let is_name_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
    let mut variables = Environment::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        let Some((name, value)) = line.split_once('=') else { continue };
        if value.contains('\\') || !is_quoted_as_a_whole(value.trim()) {
            return Err(format!("`{line}` has a backslash or an open quote"));
        }
        if name.trim_end().bytes().all(is_name_letter) {
            variables.insert(name.trim_end().to_owned(), words(value).join(" "));
        }
    }
    Ok(variables)
}

/// Tells whether a value is without quotes, or within one pair: what systemd makes of a quote in the middle is not read here.
fn is_quoted_as_a_whole(value: &str) -> bool {
    let is_quote = |letter| matches!(letter, '"' | '\'');
    let whole = value.chars().next().filter(|letter| is_quote(*letter));
    let inside = whole.and_then(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    match (whole, inside) {
        (Some(quote), Some(inside)) => !inside.contains(quote),
        (Some(_), None) => false,
        (None, _) => !value.contains(is_quote),
    }
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

    #[test]
    fn variables_are_read_as_systemd_reads_them_or_refused() {
        for (text, expected) in [
            ("OPTIONS=-F 2  ", "-F 2"),
            ("# OPTIONS='\n; x\n\n OPTIONS = \"-F 2\"\n", "-F 2"),
            ("OPTIONS=\"'server a'\"\n", "'server a'"),
            ("OPTIONS=1\nexport OPTIONS=2\nOPTIONS", "1"),
            ("OPTIONS=1\nOPTIONS=\n", ""),
        ] {
            let read = variables(text).unwrap();
            assert_eq!((read.len(), read["OPTIONS"].as_str()), (1, expected), "{text:?}");
        }
        for text in ["OPTIONS=\"-F\n2\"\n", "OPTIONS=-F\\\n2", "X='a\\'\n", "X=-F\" 1 -f \"/etc/x\n"] {
            assert!(
                variables(text).is_err_and(|why| why.ends_with("has a backslash or an open quote")),
                "{text}"
            );
        }
    }
}
