//! ntp.conf(5) of ntpd and NTPsec, and ntpd.conf(5) of OpenNTPD.

use std::path::{Path, PathBuf};

use crate::error::shown;

use super::Told;

/// ntpd gives up on deeper ones.
const DEEPEST: usize = 5;

/// No configuration is near it.
const MOST_FILES: usize = 100;

/// A large ntp.conf has some ten kilobytes.
const LARGEST: u64 = 1 << 20;

/// Words that name a time server.
const SERVERS: [&str; 3] = ["server", "pool", "servers"];

/// Words that name other time sources, or say whom to believe. chronyd has no such constraints: they tell a server that
/// lies.
const OTHERS: [&str; 8] = [
    "peer",
    "unpeer",
    "refclock",
    "broadcastclient",
    "multicastclient",
    "manycastclient",
    "constraint",
    "constraints",
];

/// Address of ntpd's driver for a clock that nothing disciplines: no source.
const LOCAL_CLOCK: &str = "127.127.1.";

/// Reads a file, what it includes, and the directory next to it that NTPsec reads.
pub fn read(told: &mut Told<'_>, file: &Path) {
    let mut lines = Vec::new();
    push_file(told, file, DEEPEST, &mut lines);
    for file in told.root.files_in([file.with_file_name("ntp.d")], ".conf").unwrap_or_default() {
        push_file(told, &file, DEEPEST, &mut lines);
    }
    let says = |name: &str, what: &str| lines.iter().any(|line| line.is(name) && line.has(what));
    let (has_keys, has_ca) = (SERVERS.iter().any(|name| says(name, "key")), says("nts", "ca"));
    for line in &lines {
        let is_need = line.is("keys") && has_keys || line.is("nts") && line.has("ca");
        if is_need || OTHERS.iter().any(|name| line.is(name)) {
            told.leave(&line.text(), &line.place);
        } else if SERVERS.iter().any(|name| line.is(name)) {
            ask(told, line, has_ca);
        }
    }
}

/// Asks the server that a line names.
fn ask(told: &mut Told<'_>, line: &Line, has_ca: bool) {
    // -4 and -6 choose between a name's addresses.
    let mut words =
        line.words[1..].iter().map(String::as_str).skip_while(|word| matches!(*word, "-4" | "-6"));
    let Some(name) = words.next() else { return };
    if name.starts_with(LOCAL_CLOCK) {
        return;
    }
    // A certificate of the site's is in no store of chronyd's.
    let options = chronyds(words).filter(|_| !(has_ca && line.has("nts")));
    told.ask(name, !line.is("server"), options, &line.text(), line.place.clone(), &line.file);
}

/// Turns the options of a server into chronyd's: those that change only how it is asked go. None where one is not known, or
/// is about who the server is: a key, a certificate.
fn chronyds<'w>(mut words: impl Iterator<Item = &'w str>) -> Option<String> {
    let mut options = "iburst".to_owned();
    while let Some(word) = words.next() {
        match word {
            "iburst" | "burst" | "true" | "xleave" | "preempt" | "trusted" => {}
            "prefer" | "noselect" | "nts" => options.extend([" ", word]),
            "minpoll" | "maxpoll" => {
                let power = words.next()?.parse::<u8>().ok().filter(|power| *power <= 17)?;
                options += &format!(" {word} {power}");
            }
            "version" | "mode" | "ttl" | "bias" | "weight" => drop(words.next()?),
            _ => return None,
        }
    }
    Some(options)
}

/// A line's words, and where it stands.
struct Line {
    words: Vec<String>,
    file: PathBuf,
    /// "/etc/ntp.conf, line 3"
    place: String,
}

impl Line {
    fn is(&self, keyword: &str) -> bool {
        self.words[0] == keyword
    }

    fn has(&self, word: &str) -> bool {
        self.words[1..].iter().any(|other| other == word)
    }

    fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// Adds the lines of a file, with what it includes. Those of a closed one are for nobody else.
fn push_file(told: &mut Told<'_>, file: &Path, depth: usize, lines: &mut Vec<Line>) {
    let bytes = told.root.bytes(file, LARGEST).unwrap_or_default();
    let is_closed = told.is_closed(file);
    for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        let words = line.split('#').next().unwrap_or_default().split_whitespace();
        let words: Vec<String> = words.map(|word| word.trim_matches('"').to_owned()).collect();
        let place = format!("{}, line {}", shown(file), index + 1);
        match words.first().map(String::as_str) {
            None => {}
            Some("includefile") => match included(told, file, &words).filter(|_| depth > 0) {
                Some(files) => files.iter().for_each(|file| push_file(told, file, depth - 1, lines)),
                None => told.leave(&words.join(" "), &place),
            },
            Some(word) if is_closed && (SERVERS.contains(&word) || OTHERS.contains(&word)) => {
                told.leave("time sources that not every user may read", &shown(file));
            }
            Some(_) if is_closed => {}
            Some(_) => lines.push(Line { words, file: file.to_owned(), place }),
        }
    }
}

/// The files that an `includefile` names; None where they cannot be read, or are too many.
fn included(told: &mut Told<'_>, from: &Path, words: &[String]) -> Option<Vec<PathBuf>> {
    let path = from.parent()?.join(words.get(1)?);
    let files = told.root.files_in([&path], ".conf").ok()?;
    let files = if files.is_empty() { vec![path] } else { files };
    told.files += files.len();
    let is_read = told.files <= MOST_FILES && files.iter().all(|file| told.root.bytes(file, 1).is_some());
    is_read.then_some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(words: &str) -> Option<String> {
        chronyds(words.split_whitespace())
    }

    #[test]
    fn options_that_mean_the_same_are_kept() {
        assert_eq!(kept("").as_deref(), Some("iburst"));
        let all = "prefer minpoll 4 maxpoll 17 noselect nts";
        assert_eq!(kept(all), Some(format!("iburst {all}")));
        assert_eq!(kept("true version 3 iburst").as_deref(), Some("iburst"));
    }

    #[test]
    fn a_server_that_is_known_by_more_than_its_name_is_not_asked() {
        for words in
            ["key 5", "iburst autokey", "nts ca /etc/site.pem", "KEY 5", "minpoll 18", "minpoll", "new"]
        {
            assert_eq!(kept(words), None, "{words}");
        }
    }
}
