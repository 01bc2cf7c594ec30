//! Hostile files: what should not be there, at every path that is read or written.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::table::Kind::{self, *};
use super::table::Row;
use test_support::{Snapshot, Tree, difference, said, walk};

/// A machine beside which something lies that is none of the agent's business.
pub struct Place {
    tree: Tree,
    outside: tempfile::TempDir,
}

impl Place {
    pub fn new(image: &Tree, kind: Kind) -> Place {
        let outside = test_support::temporary();
        fs::write(outside.path().join("secret"), "secret\n").expect("a file");
        fs::create_dir(outside.path().join("dir")).expect("a directory");
        fs::write(outside.path().join("dir/y.conf"), "server 10.9.8.7\n").expect("a file");
        // Memory knows no immutable files, and disks are slow.
        let tree = if kind == Immutable { image.on_disk() } else { image.copy() };
        Place { tree, outside }
    }

    fn outside(&self) -> Snapshot {
        let mut found = Snapshot::new();
        walk(self.outside.path(), Path::new(""), &mut found);
        found
    }

    /// Puts it there; false where this system cannot.
    fn plant(&self, path: &Path, kind: Kind) -> bool {
        fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
        if kind != Immutable {
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        } else if !path.exists() {
            fs::write(path, "immutable\n").expect("a file");
        }
        let secret = self.outside.path().join("secret");
        let up = PathBuf::from("../".repeat(40)).join(secret.strip_prefix("/").expect("absolute"));
        match kind {
            Out => symlink(&secret, path),
            Up => symlink(up, path),
            OutDir => symlink(self.outside.path().join("dir"), path),
            Dangling => symlink("/nowhere", path),
            Loop => symlink(path.file_name().expect("a name"), path),
            Hard => fs::hard_link(secret, path),
            Fifo => return run("mkfifo", &[path.as_os_str()]),
            Device => return run("mknod", &[path.as_os_str(), "c".as_ref(), "1".as_ref(), "5".as_ref()]),
            Socket => UnixListener::bind(short(path)).map(drop),
            Directory => fs::create_dir(path).and_then(|()| fs::write(path.join("in"), "in\n")),
            Large => fs::File::create(path).and_then(|file| file.set_len(16 << 20)),
            Immutable => return run("chattr", &["+i".as_ref(), path.as_os_str()]),
        }
        .expect("it is planted");
        true
    }
}

/// A socket's path is short.
fn short(path: &Path) -> PathBuf {
    let parent = path.parent().expect("a directory");
    let link = tempfile::tempdir_in("/tmp").expect("a temporary directory").keep().join("d");
    symlink(parent, &link).expect("a link");
    link.join(path.file_name().expect("a name"))
}

fn run(program: &str, arguments: &[&std::ffi::OsStr]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// What is not as the row promises.
pub fn meets(row: &Row, kind: Kind, place: &Place) -> Vec<String> {
    let when = format!("{}: {kind:?}", row.path);
    let planted = place.tree.at(row.path);
    if !place.plant(&planted, kind) {
        println!("{when}: cannot be made here, and is left out");
        return Vec::new();
    }
    let (before, outside) = (place.tree.machine(), place.outside());
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{when}: {what}"));
        }
    };
    let mut all = Snapshot::new();
    for again in [false, true] {
        let started = Instant::now();
        let output = place.tree.agent(&["apply"]);
        let (took, said) = (started.elapsed(), said(&output));
        expect(took < Duration::from_secs(20), &format!("{took:?}"));
        expect(output.status.code() == Some(row.code), &format!("exit {:?}: {said}", output.status.code()));
        let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
        expect(errors.is_empty() == row.says.is_empty(), &said);
        expect(row.says.is_empty() || errors.iter().any(|line| line.contains(row.says)), &said);
        for path in row.written {
            let text = place.tree.text(path).unwrap_or_default();
            expect(
                text.starts_with("# Written by cloud-timesync"),
                &format!("{path} is not written: {said}"),
            );
        }
        let now = place.tree.all();
        expect(!again || now == all, &format!("the second run changes {:?}", difference(&now, &all)));
        all = now;
    }
    let left: Vec<_> =
        place.tree.temporaries().into_iter().filter(|path| place.tree.path().join(path) != planted).collect();
    expect(left.is_empty(), &format!("{left:?} is left"));
    let output = place.tree.agent(&["undo"]);
    let undone = difference(&place.tree.machine(), &before);
    let undone: Vec<_> = undone.iter().filter(|line| !line.contains(".cloud-timesync")).collect();
    expect(undone.is_empty(), &format!("undo gives back all but {undone:?}: {}", said(&output)));
    expect(place.outside() == outside, "something outside is changed");
    if kind == Immutable {
        run("chattr", &["-i".as_ref(), planted.as_os_str()]);
    }
    wrong
}

#[test]
fn a_name_with_a_newline_makes_no_line_of_its_own() {
    let tree = Tree::of("aws-debian13");
    let before = tree.machine();
    let name = tree.at("etc/chrony/conf.d/a\nerror: all is lost\n\u{1b}[31mb.conf");
    assert!(run("mkfifo", &[name.as_os_str()]));
    for arguments in [&["plan"][..], &["apply"], &["apply", "--json"]] {
        let said = said(&tree.agent(arguments));
        assert!(!said.contains('\u{1b}'), "{said}");
        assert!(!said.lines().any(|line| line.starts_with("error: all is lost")), "{said}");
    }
    fs::remove_file(name).expect("it is still there");
    tree.well(&["undo"], "a newline");
    assert_eq!(difference(&tree.machine(), &before), [""; 0]);
}
