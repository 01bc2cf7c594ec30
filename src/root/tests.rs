use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn tree() -> (tempfile::TempDir, Root) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let tree = dir.path().join("tree");
    fs::create_dir(&tree).expect("a tree");
    fs::write(dir.path().join("outside"), "outside").expect("a file outside");
    let root = Root::open(&tree).expect("the tree opens");
    (dir, root)
}

#[test]
fn links_do_not_lead_out_of_the_root() {
    let (dir, root) = tree();
    symlink(dir.path().join("outside"), root.path().join("absolute")).expect("a link");
    symlink("../outside", root.path().join("relative")).expect("a link");
    for name in ["/absolute", "/relative"] {
        assert_eq!(root.read(name), Ok(Found::Opaque("a link that leads nowhere".to_owned())));
    }
    symlink("..", root.path().join("up")).expect("a link");
    root.write(Path::new("/up/new"), "inside", 0o644).expect("it is written");
    assert!(root.path().join("new").exists() && !dir.path().join("new").exists());
}

#[test]
fn a_link_is_replaced_and_not_written_through() {
    let (_dir, root) = tree();
    fs::write(root.path().join("target"), "old").expect("a file");
    symlink("target", root.path().join("link")).expect("a link");
    root.write(Path::new("/link"), "new", 0o644).expect("it is written");
    assert_eq!(root.text("/target").as_deref(), Some("old"));
    assert_eq!(root.text("/link").as_deref(), Some("new"));
    assert_eq!(root.link("/link"), None);
}

#[test]
fn a_planted_temporary_name_is_not_written_through() {
    let (dir, root) = tree();
    symlink(dir.path().join("outside"), root.path().join(".x.cloud-timesync")).expect("a link");
    root.write(Path::new("/x"), "new", 0o644).expect("it is written");
    assert_eq!(fs::read_to_string(dir.path().join("outside")).expect("it is there"), "outside");
}

#[test]
fn what_is_staged_and_dropped_is_gone() {
    let (_dir, root) = tree();
    let staged = root.stage(Path::new("/a/b"), "text", 0o600).expect("it is staged");
    assert_eq!(root.text(staged.path()).as_deref(), Some("text"));
    drop(staged);
    assert_eq!(root.list("/a"), Ok(vec![]));
}

#[test]
fn the_mode_does_not_depend_on_the_umask() {
    let (_dir, root) = tree();
    let old = rustix::process::umask(Mode::from_raw_mode(0o077));
    root.write(Path::new("/new/file"), "text", 0o644).expect("it is written");
    rustix::process::umask(old);
    let mode = |path| fs::metadata(root.path().join(path)).expect("it is there").permissions().mode();
    assert_eq!(mode("new/file") & 0o7777, 0o644);
    assert_eq!(mode("new") & 0o7777, 0o755);
}

#[test]
fn a_copy_keeps_mode_and_times_and_links() {
    let (_dir, root) = tree();
    fs::create_dir(root.path().join("dir")).expect("a directory");
    fs::write(root.path().join("dir/file"), "text").expect("a file");
    fs::set_permissions(root.path().join("dir/file"), fs::Permissions::from_mode(0o640)).expect("chmod");
    symlink("/nowhere", root.path().join("dir/link")).expect("a link");
    for name in ["file", "link"] {
        let [from, to] = ["/dir", "/var/kept"].map(|dir| Path::new(dir).join(name));
        root.copy(&from, &to).expect("it is copied");
        assert_eq!(root.is_same(&from, &to), Ok(true));
    }
    let meta = |path| fs::symlink_metadata(root.path().join(path)).expect("it is there");
    assert_eq!(meta("var/kept/file").permissions().mode() & 0o7777, 0o640);
    assert_eq!(meta("var/kept/file").modified().ok(), meta("dir/file").modified().ok());
    assert_eq!(root.link("/var/kept/link").as_deref(), Some(Path::new("/nowhere")));
}

#[test]
fn a_directory_is_neither_copied_nor_removed() {
    let (_dir, root) = tree();
    fs::create_dir(root.path().join("dir")).expect("a directory");
    fs::write(root.path().join("dir/file"), "text").expect("a file");
    let dir = Path::new("/dir");
    let error = root.copy(dir, Path::new("/kept")).expect_err("it is refused");
    assert_eq!(error.to_string(), "copying /dir: it is a directory");
    assert_eq!(root.remove(dir).expect_err("it is refused").to_string(), "removing /dir: is a directory");
    root.write(Path::new("/backup"), "text", 0o644).expect("it is written");
    let error = root.restore(Path::new("/backup"), dir).expect_err("it is refused");
    assert_eq!(error.to_string(), "restoring /dir: is a directory");
    assert!(!root.exists("/.dir.cloud-timesync") && root.exists("/dir/file") && !root.exists("/kept"));
}

#[test]
fn a_copy_replaces_nothing() {
    let (_dir, root) = tree();
    for (name, text) in [("file", "new"), ("kept", "the only one")] {
        fs::write(root.path().join(name), text).expect("a file");
    }
    symlink("/nowhere", root.path().join("link")).expect("a link");
    for to in ["/kept", "/link"] {
        let error = root.copy(Path::new("/file"), Path::new(to)).expect_err("it is refused");
        assert_eq!(error.to_string(), format!("copying /file: something is at {to} already"));
        assert!(root.exists(to));
    }
    assert_eq!(root.text("/kept").as_deref(), Some("the only one"));
}

#[test]
fn a_fifo_neither_hangs_nor_is_copied() {
    let (_dir, root) = tree();
    let made = std::process::Command::new("mkfifo").arg(root.path().join("fifo")).status();
    assert!(made.expect("mkfifo runs").success());
    assert_eq!(root.read("/fifo"), Ok(Found::NotAFile("a FIFO".to_owned())));
    let error = root.copy(Path::new("/fifo"), Path::new("/kept")).expect_err("it is refused");
    assert_eq!(error.to_string(), "copying /fifo: it is a FIFO");
    assert!(!root.exists("/kept"));
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let (_dir, root) = tree();
    let file = fs::File::create(root.path().join("large")).expect("a file");
    file.set_len(100 << 20).expect("a sparse file");
    assert_eq!(root.read("/large"), Ok(Found::Opaque("a file of more than 1 MiB".to_owned())));
}

#[test]
fn one_run_locks_the_other_out() {
    let (_dir, root) = tree();
    let other = Root::open(root.path()).expect("the tree opens");
    let locked =
        |root: &Root| root.lock(Path::new("/run/lock"), Path::new("/state/lock")).map(|lock| lock.is_some());
    let first = root.lock(Path::new("/run/lock"), Path::new("/state/lock")).expect("it can be asked");
    assert!(first.is_some(), "it is free");
    let mode = fs::metadata(root.path().join("state/lock")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600, "whoever can open it can hold it");
    assert_eq!(locked(&other), Ok(false), "it is held");
    drop(first);
    assert_eq!(locked(&other), Ok(true), "it is free again");
    assert_eq!(root.list("/"), Ok(vec![]), "an image keeps no lock file");
}

#[test]
fn what_cannot_be_looked_at_is_neither_there_nor_absent() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = Root::open(directory.path()).expect("a root");
    let too_long = format!("/{}", "x".repeat(300));
    assert!(root.is_absent("/nothing") && root.is_absent("/nothing/below"));
    assert!(!root.is_absent(&too_long) && !root.exists(&too_long));
}

#[test]
fn a_picture_goes_through_links_and_pipes_and_makes_no_folder() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let [file, link, pipe] = ["x.svg", "link.svg", "pipe"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    for text in ["longer", "short"] {
        write_operators_file(&link, text).expect("it is written");
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), text);
    }
    let error = write_operators_file(&folder.path().join("typo/x.svg"), "").expect_err("there is no folder");
    assert!(error.to_string().ends_with("typo/x.svg: no such file or directory"), "{error}");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RWXU).expect("a pipe");
    // Both ends: nobody blocks.
    let mut reader = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).expect("its ends");
    write_operators_file(&pipe, "text").expect("the pipe takes it");
    let mut read = [0; 4];
    reader.read_exact(&mut read).expect("the text");
    assert_eq!(&read, b"text");
}

#[test]
fn the_machines_own_root_can_be_taken_for_a_tree() {
    let root = Root::open(Path::new("/")).expect("the root opens");
    assert!(root.is_host() && !root.into_tree().is_host());
}

#[test]
fn two_dots_lead_to_the_parent() {
    let (_dir, root) = tree();
    fs::create_dir_all(root.path().join("a/b")).expect("a folder");
    root.write(Path::new("/a/b/../c"), "text", 0o640).expect("it is written");
    let text = "text".to_owned();
    assert_eq!(root.read("/a/c"), Ok(Found::File { text, mode: 0o640 }));
}

#[test]
fn two_files_are_the_same_by_bytes_and_mode() {
    let (_dir, root) = tree();
    for (name, text, mode) in [
        ("/one", "text", 0o644),
        ("/two", "text", 0o644),
        ("/bytes", "else", 0o644),
        ("/mode", "text", 0o600),
    ] {
        root.write(Path::new(name), text, mode).expect("it is written");
    }
    let is_same = |name: &str| root.is_same(Path::new("/one"), Path::new(name));
    assert_eq!(
        ["/two", "/bytes", "/mode", "/nothing"].map(is_same),
        [Ok(true), Ok(false), Ok(false), Ok(false)]
    );
}
