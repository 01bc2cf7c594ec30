//! The whole configuration: chrony.conf and the files that it names, in the order in which chronyd reads them.

use std::path::{Path, PathBuf};

use crate::error::shown;
use crate::machine::{Conf, Directive, Seen};
use crate::root::Root;

/// chronyd gives up on deeper ones.
const DEEPEST: usize = 10;

/// No configuration is near it. Ten levels of files of which each includes many have no end.
const MOST_FILES: usize = 1000;

/// Bytes. No configuration is near it.
const LARGEST: u64 = 1 << 20;

/// Characters that make a pattern of a path: glob(7).
const MAGIC: [char; 4] = ['*', '?', '[', '\\'];

/// Reads chrony.conf and all that it includes. A directive at which chronyd itself gives up is named, and what follows it is
/// read as if it were not there.
pub fn configuration(root: &Root, conf: &Path) -> Seen<Conf> {
    let mut reader = Reader { root, whole: Conf::default(), source_dirs: Vec::new(), files: 0 };
    reader.read(conf, DEEPEST)?;
    let Reader { mut whole, source_dirs, .. } = reader;
    // chronyd reads them when it has read all else, and takes sources from them alone.
    for directories in source_dirs {
        for file in root.files_in(&directories, ".sources")? {
            let is_source = |one: &Directive| matches!(one.line.name.as_str(), "server" | "pool" | "peer");
            // chronyd passes over a link that leads nowhere.
            if matches!(root.permissions(&file), Ok(None)) {
                continue;
            }
            text(root, &file)?.into_iter().filter(is_source).for_each(|one| whole.directives.push(one));
        }
    }
    Ok(whole)
}

struct Reader<'r> {
    root: &'r Root,
    whole: Conf,
    source_dirs: Vec<Vec<String>>,
    /// Number of files included so far.
    files: usize,
}

impl Reader<'_> {
    fn read(&mut self, file: &Path, depth: usize) -> Seen<()> {
        for directive in text(self.root, file)? {
            let line = &directive.line;
            let files = match line.name.as_str() {
                "include" => self.included(&directive)?,
                "confdir" => self.root.files_in(&line.words, ".conf")?,
                "sourcedir" => {
                    self.source_dirs.push(line.words.clone());
                    Vec::new()
                }
                _ => Vec::new(),
            };
            self.whole.directives.push(directive.clone());
            for file in files {
                self.files += 1;
                match depth.checked_sub(1) {
                    None => self.refuse(&directive, "it includes itself"),
                    Some(_) if self.files > MOST_FILES => {
                        self.refuse(&directive, &format!("more than {MOST_FILES} files are read"));
                    }
                    Some(deeper) => self.read(&file, deeper)?,
                }
            }
        }
        Ok(())
    }

    /// chronyd ends at the first of them.
    fn refuse(&mut self, directive: &Directive, why: &str) {
        self.whole.refused.get_or_insert_with(|| format!("{directive}: {why}"));
    }

    /// The files that an `include` names: a path, or one whose name has a `*`, which no file need match.
    fn included(&mut self, directive: &Directive) -> Seen<Vec<PathBuf>> {
        let [path] = &directive.line.words[..] else {
            self.refuse(directive, "it must name one file");
            return Ok(Vec::new());
        };
        if !path.contains(MAGIC) {
            if self.root.permissions(path).is_ok_and(|found| found.is_some()) {
                return Ok(vec![PathBuf::from(path)]);
            }
            self.refuse(directive, "that file is not there");
            return Ok(Vec::new());
        }
        let (directory, pattern) = path.rsplit_once('/').unwrap_or_default();
        let ends = pattern
            .split_once('*')
            .filter(|(begin, end)| ![directory, begin, end].iter().any(|part| part.contains(MAGIC)));
        let Some((begin, end)) = ends else {
            return Err(format!("which files {path} stands for is not known"));
        };
        let mut files = self.root.files_in([directory], end)?;
        files.retain(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.strip_suffix(end).is_some_and(|rest| rest.starts_with(begin))
        });
        Ok(files)
    }
}

/// The directives of one file. Not only UTF-8: a comment may be of any encoding.
fn text(root: &Root, file: &Path) -> Seen<Vec<Directive>> {
    let bytes = root.bytes(file, LARGEST).ok_or_else(|| format!("{} cannot be read", shown(file)))?;
    let mut directives = Conf::of_file(&String::from_utf8_lossy(&bytes), file).directives;
    let is_closed = is_closed(root, file);
    directives.iter_mut().for_each(|directive| directive.is_closed = is_closed);
    Ok(directives)
}

/// Tells whether there is a user who may not read the file, or not reach it.
pub(in crate::observe) fn is_closed(root: &Root, file: &Path) -> bool {
    let lacks = |path: &Path, wanted: u32| {
        root.permissions(path).is_ok_and(|is| is.is_some_and(|is| is.mode & wanted == 0))
    };
    lacks(file, 0o004) || file.ancestors().skip(1).any(|dir| dir.parent().is_some() && lacks(dir, 0o001))
}

#[cfg(test)]
mod tests {
    // Trees are made by hand.
    #![allow(clippy::disallowed_methods)]

    use std::fs;

    use super::*;

    fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        tree
    }

    fn read(files: &[(&str, &[u8])]) -> Seen<Vec<String>> {
        let tree = tree(files);
        let _ = std::os::unix::fs::symlink("/nowhere", tree.path().join("etc/s/link.sources"));
        // chronyd reads nothing of a directory.
        for dir in ["etc/s/dir.sources", "etc/a/dir.conf", "etc/i/dir.conf"] {
            fs::create_dir_all(tree.path().join(dir)).unwrap();
        }
        let conf = configuration(&Root::open(tree.path()).unwrap(), Path::new("/etc/chrony.conf"))?;
        Ok(conf.directives.iter().map(Directive::to_string).collect())
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
    fn the_directive_at_which_chronyd_gives_up_is_named() {
        for (text, expected) in [
            (
                "include /etc/none.conf\nallow 1\n",
                "include /etc/none.conf (/etc/chrony.conf, line 1): that file is not there",
            ),
            ("\ninclude\n", "include (/etc/chrony.conf, line 2): it must name one file"),
            (
                "include /etc/a /etc/b",
                "include /etc/a /etc/b (/etc/chrony.conf, line 1): it must name one file",
            ),
            (
                "include /etc/chrony.conf",
                "include /etc/chrony.conf (/etc/chrony.conf, line 1): it includes itself",
            ),
        ] {
            let tree = tree(&[("etc/chrony.conf", text.as_bytes())]);
            let conf =
                configuration(&Root::open(tree.path()).unwrap(), Path::new("/etc/chrony.conf")).unwrap();
            assert_eq!(conf.refused.as_deref(), Some(expected));
        }
        let levels: Vec<(String, String)> = (1..=9)
            .map(|level| (format!("etc/{level}"), format!("include /etc/{}\n", level + 1).repeat(200)))
            .chain([
                ("etc/10".to_owned(), String::new()),
                ("etc/chrony.conf".to_owned(), "include /etc/1\n".to_owned()),
            ])
            .collect();
        let files: Vec<(&str, &[u8])> =
            levels.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        let tree = tree(&files);
        let conf = configuration(&Root::open(tree.path()).unwrap(), Path::new("/etc/chrony.conf")).unwrap();
        assert!(conf.refused.is_some_and(|why| why.ends_with(": more than 1000 files are read")));
    }

    #[test]
    fn what_is_not_known_is_said() {
        for pattern in ["/etc/[ab].conf", "/etc/?.conf", "/etc/*a*", "/etc/*/x.conf"] {
            let said = read(&[("etc/chrony.conf", format!("include {pattern}\n").as_bytes())]).unwrap_err();
            assert_eq!(said, format!("which files {pattern} stands for is not known"));
        }
        assert_eq!(read(&[]).unwrap_err(), "/etc/chrony.conf cannot be read");
        assert_eq!(read(&[("etc/chrony.conf", b"include /etc/none/*\n")]).unwrap().len(), 1);
    }
}
