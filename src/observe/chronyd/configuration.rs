//! The whole configuration: chrony.conf and the files that it names, in the order in which chronyd reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::shown;
use crate::machine::{Conf, Directive, Seen};
use crate::root::Root;

/// chronyd gives up on deeper ones.
const DEEPEST: usize = 10;

/// In bytes. No configuration is near it.
const LARGEST: u64 = 1 << 20;

/// Reads chrony.conf and all that it includes. An error where chronyd would not start either: a file that is included is
/// not there.
pub fn configuration(root: &Root, conf: &Path) -> Seen<Conf> {
    let mut whole = Conf::default();
    let mut source_dirs = Vec::new();
    read(root, conf, DEEPEST, &mut whole, &mut source_dirs)?;
    // chronyd reads them when it has read all else, and takes sources from them alone.
    for directories in source_dirs {
        for file in in_directories(root, &directories, ".sources") {
            let is_source = |one: &Directive| matches!(one.line.name.as_str(), "server" | "pool" | "peer");
            text(root, &file)?.into_iter().filter(is_source).for_each(|one| whole.push(one));
        }
    }
    Ok(whole)
}

fn read(
    root: &Root,
    file: &Path,
    depth: usize,
    whole: &mut Conf,
    source_dirs: &mut Vec<Vec<String>>,
) -> Result<(), String> {
    for directive in text(root, file)? {
        let line = directive.line.clone();
        let files = match line.name.as_str() {
            "include" => matching(root, line.word(0))?,
            "confdir" => in_directories(root, &line.words, ".conf"),
            "sourcedir" => {
                source_dirs.push(line.words.clone());
                Vec::new()
            }
            _ => Vec::new(),
        };
        let place = directive.place();
        whole.push(directive);
        for file in files {
            let deeper = depth.checked_sub(1).ok_or_else(|| format!("{place}: {line} includes itself"))?;
            read(root, &file, deeper, whole, source_dirs)
                .map_err(|why| format!("{why}; {place} includes it"))?;
        }
    }
    Ok(())
}

/// The directives of one file. Not only UTF-8: a comment may be of any encoding.
fn text(root: &Root, file: &Path) -> Seen<Vec<Directive>> {
    let bytes = root.bytes(file, LARGEST).ok_or_else(|| format!("{} cannot be read", shown(file)))?;
    Ok(Conf::of_file(&String::from_utf8_lossy(&bytes), file).into_directives())
}

/// By name; of those of one name the file in the first directory. A hidden file is none.
fn in_directories(root: &Root, directories: &[String], ending: &str) -> Vec<PathBuf> {
    let mut files = BTreeMap::new();
    for directory in directories {
        for entry in root.list(directory).unwrap_or_default() {
            if entry.name.ends_with(ending) && !entry.name.starts_with('.') {
                let path = Path::new(directory).join(&entry.name);
                files.entry(entry.name).or_insert(path);
            }
        }
    }
    files.into_values().collect()
}

/// The files that `include` names: a path, or with a pattern as its last part. No file need match a pattern.
fn matching(root: &Root, path: &str) -> Seen<Vec<PathBuf>> {
    const MAGIC: [char; 4] = ['*', '?', '[', '\\'];
    let (directory, pattern) = path.rsplit_once('/').unwrap_or_default();
    if !path.contains(MAGIC) {
        return Ok(vec![PathBuf::from(path)]);
    }
    if directory.contains(MAGIC) || pattern.contains(['[', '\\']) {
        return Err(format!("which files {path} stands for is not known"));
    }
    let entries = root.list(directory).unwrap_or_default().into_iter();
    let matching = entries.filter(|entry| !entry.name.starts_with('.') && matches(pattern, &entry.name));
    Ok(matching.map(|entry| Path::new(directory).join(entry.name)).collect())
}

/// `*` stands for any letters, `?` for one. Only the last `*` is tried again, so that no pattern takes long.
fn matches(pattern: &str, name: &str) -> bool {
    let [pattern, name] = [pattern, name].map(|text| text.chars().collect::<Vec<_>>());
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[read] => (at, read) = (at + 1, read + 1),
            _ => {
                let Some((last, from)) = star else { return false };
                star = Some((last, from + 1));
                (at, read) = (last + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    // Trees are made by hand.
    #![allow(clippy::disallowed_methods)]

    use std::fs;

    use super::*;

    #[test]
    fn a_pattern_of_many_stars_is_judged_at_once() {
        let name = "a".repeat(250);
        assert!(!matches(&("*a".repeat(12) + "*b"), &name));
        assert!(
            matches(&("*a".repeat(12) + "*"), &name) && matches("?*.conf", "x.conf") && !matches("?", "")
        );
    }

    fn read(files: &[(&str, &[u8])]) -> Seen<Vec<String>> {
        let tree = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let conf = configuration(&Root::open(tree.path()).unwrap(), Path::new("/etc/chrony.conf"))?;
        Ok(conf.into_directives().iter().map(Directive::to_string).collect())
    }

    #[test]
    fn files_are_read_in_chronyds_order() {
        let found = read(&[
            (
                "etc/chrony.conf",
                b"sourcedir /etc/s\ninclude /etc/i/*.conf\n# caf\xe9\nconfdir /etc/b /etc/a\nmakestep 1 3\n",
            ),
            ("etc/i/2.conf", b"allow 2\n"),
            ("etc/i/10.conf", b"include /etc/one\n"),
            ("etc/i/.hidden.conf", b"allow hidden\n"),
            ("etc/one", b"\n\nMakeStep 9 9"),
            ("etc/a/x.conf", b"allow ax\n"),
            ("etc/a/y.conf", b"allow ay\nsourcedir /run/none"),
            ("etc/b/y.conf", b"allow by\n"),
            ("etc/b/z.sources", b"allow z\n"),
            ("etc/s/b.sources", b"pool b iburst\nallow s\n"),
            ("etc/s/a.sources", b"server a\n"),
        ]);
        assert_eq!(
            found.unwrap(),
            [
                "sourcedir /etc/s (/etc/chrony.conf, line 1)",
                "include /etc/i/*.conf (/etc/chrony.conf, line 2)",
                "include /etc/one (/etc/i/10.conf, line 1)",
                "makestep 9 9 (/etc/one, line 3)",
                "allow 2 (/etc/i/2.conf, line 1)",
                "confdir /etc/b /etc/a (/etc/chrony.conf, line 4)",
                "allow ax (/etc/a/x.conf, line 1)",
                "allow by (/etc/b/y.conf, line 1)",
                "makestep 1 3 (/etc/chrony.conf, line 5)",
                "server a (/etc/s/a.sources, line 1)",
                "pool b iburst (/etc/s/b.sources, line 1)",
            ]
        );
    }

    #[test]
    fn what_chronyd_cannot_read_is_said() {
        for (text, expected) in [
            ("include /etc/none\n", "/etc/none cannot be read; /etc/chrony.conf, line 1 includes it"),
            (
                "\ninclude /etc/chrony.conf\n",
                "/etc/chrony.conf, line 2: include /etc/chrony.conf includes itself",
            ),
            ("include /etc/[ab].conf\n", "which files /etc/[ab].conf stands for is not known"),
        ] {
            let said = read(&[("etc/chrony.conf", text.as_bytes())]).unwrap_err();
            assert!(said.starts_with(expected), "{said}");
        }
        assert_eq!(read(&[]).unwrap_err(), "/etc/chrony.conf cannot be read");
        assert_eq!(read(&[("etc/chrony.conf", b"include /etc/none/*\n")]).unwrap().len(), 1);
    }

    #[test]
    fn patterns_match_as_the_shells_do() {
        for (pattern, name) in [("*", ""), ("*.conf", "a.conf"), ("a*c?", "abcacd"), ("?", "é")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.conf", "a.confx"), ("a*c?", "abc"), ("?", ""), ("", "a")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
