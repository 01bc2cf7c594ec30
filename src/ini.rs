//! INI files of other programs: one setting is changed, and every other byte stays.

/// The text with `key = value` in `section`, as the last word on it: each line there that sets the key otherwise is replaced;
/// where none does, it becomes the first line of the section, or a section of its own at the end. Names are compared without
/// regard to case, as the programs that read these files do.
pub fn with(text: &str, section: &str, key: &str, value: &str) -> String {
    let setting = format!("{key} = {value}\n");
    let (mut new, mut inside, mut is_set, mut place) = (String::new(), false, false, None);
    for line in text.split_inclusive('\n') {
        let heading = line.trim_start().strip_prefix('[').and_then(|name| name.split_once(']'));
        inside = heading.map_or(inside, |(name, _)| name.trim().eq_ignore_ascii_case(section));
        let old = line.split_once(['=', ':']).filter(|(name, _)| name.trim().eq_ignore_ascii_case(key));
        let old = old.filter(|_| inside && heading.is_none());
        is_set |= old.is_some();
        new += if old.is_some_and(|(_, old)| old.trim() != value) { &setting } else { line };
        if inside && heading.is_some() {
            place.get_or_insert(new.len());
        }
    }
    if is_set {
        return new;
    }
    let is_cut = !new.is_empty() && !new.ends_with('\n');
    let end = if is_cut { "\n" } else { "" };
    match place {
        // The heading may be the last line, without an end.
        Some(place) if place == new.len() => new + end + &setting,
        Some(place) => {
            new.insert_str(place, &setting);
            new
        }
        None if new.is_empty() => format!("[{section}]\n{setting}"),
        None => new + end + &format!("\n[{section}]\n{setting}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(text: &str) -> String {
        with(text, "Daemons", "clock_skew_daemon", "false")
    }

    #[test]
    fn only_the_line_changes() {
        let other = "# mine\r\n[Accounts]\nclock_skew_daemon = true\n[Daemons]\n";
        let after = format!("{other}clock_skew_daemon = false\nx = 1");
        assert_eq!(off(&format!("{other}  Clock_Skew_Daemon:true  \nx = 1")), after);
        assert_eq!(off(&after), after);
        let own = format!("{other}  Clock_Skew_Daemon=false");
        assert_eq!(off(&own), own, "it says so already");
    }

    #[test]
    fn a_section_gets_the_key() {
        assert_eq!(off("[Daemons]\na = 1\n"), "[Daemons]\nclock_skew_daemon = false\na = 1\n");
        assert_eq!(off("[Daemons]"), "[Daemons]\nclock_skew_daemon = false\n");
        assert_eq!(off("[Daemons]\nclock_skew_daemon =\n"), "[Daemons]\nclock_skew_daemon = false\n");
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
