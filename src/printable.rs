//! Text for people: who chooses a file's name, or writes a file, does not choose what a terminal or a log shows.

/// "1 edit", "2 edits".
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The text with its control characters written out, but for those that are kept.
pub fn printable(text: &str, kept: &[char]) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && !kept.contains(&letter) {
            safe.extend(letter.escape_default());
        } else {
            safe.push(letter);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_steers_no_terminal() {
        assert_eq!(printable("a\nerror: b\u{1b}[31m\té", &[]), "a\\nerror: b\\u{1b}[31m\\té");
    }

    #[test]
    fn what_is_kept_stays_and_nothing_else_does() {
        assert_eq!(printable("-pool\t\u{1b}[2J\u{7}x\n", &['\n', '\t']), "-pool\t\\u{1b}[2J\\u{7}x\n");
    }
}
