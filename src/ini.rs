//! INI files of other programs: one setting is changed, and every other byte stays.

/// The text with `key = value` in `section`, as the last word on it: where the key is there, its value
/// is replaced; else it becomes the first line of the section, or a section of its own at the end.
/// Names are compared without regard to case, as the programs that read these files do.
pub fn with(text: &str, section: &str, key: &str, value: &str) -> String {
    let mut new = String::with_capacity(text.len() + 64);
    let mut inside = false;
    let mut place = None;
    let mut found = false;
    for line in text.split_inclusive('\n') {
        if let Some(name) = section_name(line) {
            inside = name.eq_ignore_ascii_case(section);
            new += line;
            if inside && place.is_none() {
                place = Some(new.len());
            }
        } else if inside && let Some((start, end)) = value_of(line, key) {
            found = true;
            new += &line[..start];
            new += value;
            new += &line[end..];
        } else {
            new += line;
        }
    }
    if found {
        return new;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match place {
        // The heading is the last line and has no end.
        Some(place) if !new[..place].ends_with('\n') => new += &format!("{end}{key} = {value}{end}"),
        Some(place) => new.insert_str(place, &format!("{key} = {value}{end}")),
        None => {
            let gap = match (new.is_empty(), new.ends_with('\n')) {
                (true, _) => String::new(),
                (_, true) => end.to_owned(),
                (_, false) => format!("{end}{end}"),
            };
            new += &format!("{gap}[{section}]{end}{key} = {value}{end}");
        }
    }
    new
}

fn section_name(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// Where the value of `key` is in this line, if the line sets it.
fn value_of(line: &str, key: &str) -> Option<(usize, usize)> {
    let at = line.find(['=', ':'])?;
    if !line[..at].trim().eq_ignore_ascii_case(key) {
        return None;
    }
    let rest = &line[at + 1..];
    let value = rest.trim();
    let start = at + 1 + (rest.len() - rest.trim_start().len());
    // "key =" and nothing more: the value goes where the line ends.
    if value.is_empty() {
        let end = at + 1 + rest.trim_end_matches(['\r', '\n']).len();
        return Some((end, end));
    }
    Some((start, start + value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(text: &str) -> String {
        with(text, "Daemons", "clock_skew_daemon", "false")
    }

    #[test]
    fn only_the_value_changes() {
        let before =
            "# mine\r\n[Accounts]\nclock_skew_daemon = true\n[Daemons]\n  Clock_Skew_Daemon=true  \nx = 1";
        let after =
            "# mine\r\n[Accounts]\nclock_skew_daemon = true\n[Daemons]\n  Clock_Skew_Daemon=false  \nx = 1";
        assert_eq!(off(before), after);
        assert_eq!(off(after), after);
    }

    #[test]
    fn a_section_gets_the_key() {
        assert_eq!(off("[Daemons]\na = 1\n"), "[Daemons]\nclock_skew_daemon = false\na = 1\n");
        assert_eq!(off("[Daemons]"), "[Daemons]\nclock_skew_daemon = false\n");
        assert_eq!(off("[Daemons]\nclock_skew_daemon =\n"), "[Daemons]\nclock_skew_daemon =false\n");
    }

    #[test]
    fn a_file_gets_the_section() {
        assert_eq!(off(""), "[Daemons]\nclock_skew_daemon = false\n");
        assert_eq!(off("[A]\nb = c"), "[A]\nb = c\n\n[Daemons]\nclock_skew_daemon = false\n");
        assert_eq!(off("[A]\nb = c\n"), "[A]\nb = c\n\n[Daemons]\nclock_skew_daemon = false\n");
    }

    #[test]
    fn a_comment_sets_nothing() {
        let commented = "[Daemons]\n# clock_skew_daemon = true\n";
        assert_eq!(off(commented), "[Daemons]\nclock_skew_daemon = false\n# clock_skew_daemon = true\n");
    }

    #[test]
    fn what_is_set_twice_is_set_twice() {
        assert_eq!(
            off("[Daemons]\nclock_skew_daemon = true\n[A]\n[daemons]\nclock_skew_daemon = true\n"),
            "[Daemons]\nclock_skew_daemon = false\n[A]\n[daemons]\nclock_skew_daemon = false\n"
        );
    }
}
