//! A user without privileges owns directories in which root works, and swaps what is in them for links while root walks there.
//! `RACE_SECONDS=60 cargo test --test faults race` takes longer than the suite does.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Gid, Uid};
use test_support::{STATE, Tree, is_root, said};

const NOBODY: u32 = 65534;
const SECRET: &str = "root:$y$hidden\n";

/// A tree whose directories of chrony's are another user's, and that this user can reach.
fn machine() -> Option<Tree> {
    if !is_root() {
        return None;
    }
    let tree = Tree::of("aws-debian13");
    tree.put("etc/shadow", SECRET);
    tree.put("etc/ssh/victim", "key\n");
    fs::set_permissions(tree.at("etc/shadow"), fs::Permissions::from_mode(0o600)).expect("chmod");
    fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
    for dir in ["etc/chrony", "etc/chrony/conf.d"] {
        chown(tree.at(dir), Some(NOBODY), Some(NOBODY)).expect("chown");
    }
    Some(tree)
}

/// Row 72: nothing is read, copied or removed through what another user put there.
#[test]
fn a_link_in_another_users_directory_is_not_followed() {
    let Some(tree) = machine() else { return };
    fs::remove_file(tree.at("etc/chrony/chrony.conf")).expect("the image has one");
    symlink("/etc/shadow", tree.at("etc/chrony/chrony.conf")).expect("a link");
    lchown(tree.at("etc/chrony/chrony.conf"), Some(NOBODY), Some(NOBODY)).expect("chown");
    let planned = said(&tree.agent(&["plan", "--json"]));
    assert!(!planned.contains("hidden") && planned.contains("chrony.conf"), "{planned}");
    tree.well(&["apply"], "a link is replaced");
    assert_eq!(tree.text("etc/shadow").as_deref(), Some(SECRET));
    tree.well(&["undo"], "a link is restored");
    assert_eq!(fs::read_link(tree.at("etc/chrony/chrony.conf")).ok(), Some("/etc/shadow".into()));
}

#[test]
fn a_directory_among_the_fragments_stays_where_it_is() {
    let Some(tree) = machine() else { return };
    tree.put("etc/chrony/conf.d/sub/x.conf", "server 10.0.0.1\n");
    for verb in ["apply", "undo"] {
        tree.well(&[verb], "chronyd reads no directory there");
        assert!(tree.at("etc/chrony/conf.d/sub/x.conf").exists());
    }
}

/// From here on the calling thread is the other user; Linux has owners by thread.
fn drop_privileges() {
    let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    rustix::thread::set_thread_groups(&[]).expect("setgroups");
    rustix::thread::set_thread_res_gid(gid, gid, gid).expect("setresgid");
    rustix::thread::set_thread_res_uid(uid, uid, uid).expect("setresuid");
}

/// A directory with the names that root would remove elsewhere, and the link that is going to be in its place.
struct Trap {
    place: PathBuf,
    directory: PathBuf,
    link: PathBuf,
}

impl Trap {
    fn new(dir: &Path, name: &str) -> Trap {
        let trap = Trap {
            place: dir.join(name),
            directory: dir.join(format!("{name}.directory")),
            link: dir.join(format!("{name}.link")),
        };
        trap.set();
        trap
    }

    /// Root may have moved parts of it away.
    fn set(&self) {
        let _ = fs::create_dir(&self.directory);
        let _ = fs::write(self.directory.join("shadow"), "mine\n");
        let _ = fs::create_dir(self.directory.join("ssh"));
        let _ = fs::write(self.directory.join("ssh/victim"), "mine\n");
        let _ = symlink("/etc", &self.link);
    }

    fn swap(&self) {
        let _ = fs::rename(&self.directory, &self.place);
        std::hint::black_box((0..500).sum::<u32>());
        let _ = fs::rename(&self.place, &self.directory);
        let _ = fs::rename(&self.link, &self.place);
        std::hint::black_box((0..500).sum::<u32>());
        let _ = fs::rename(&self.place, &self.link);
    }
}

fn attack(tree: &Path, is_over: &AtomicBool) {
    drop_privileges();
    let chrony = tree.join("etc/chrony");
    let traps = [
        Trap::new(&chrony.join("conf.d"), "d"),
        Trap::new(&chrony, ".chrony.conf.cloud-timesync"),
        Trap::new(&chrony.join("conf.d"), ".README.cloud-timesync"),
    ];
    while !is_over.load(Ordering::Relaxed) {
        for trap in &traps {
            (0..50).for_each(|_| trap.swap());
            trap.set();
        }
    }
}

/// What the attacker won.
fn loss(tree: &Tree) -> Option<String> {
    for (path, text) in [("etc/shadow", SECRET), ("etc/ssh/victim", "key\n")] {
        if tree.text(path).as_deref() != Some(text) {
            return Some(format!("/{path} is {:?}", tree.text(path)));
        }
    }
    let leak = ["etc/chrony", STATE].iter().find_map(|dir| leak(&tree.at(dir)))?;
    Some(format!("{} tells everybody what /etc/shadow holds", leak.display()))
}

/// A file with the secret that everybody may read. What is moved away meanwhile is looked at the next time.
fn leak(dir: &Path) -> Option<PathBuf> {
    fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path()).find_map(|path| {
        let meta = fs::symlink_metadata(&path).ok()?;
        if meta.is_dir() {
            return leak(&path);
        }
        let is_open = meta.is_file() && meta.permissions().mode() & 0o4 != 0;
        (is_open && fs::read_to_string(&path).ok()? == SECRET).then_some(path)
    })
}

/// Ends the attack, also where a test panics.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn the_owner_of_a_directory_wins_no_race_against_root() {
    let seconds = std::env::var("RACE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let Some(tree) = machine() else { return };
    let (started, is_over) = (Instant::now(), AtomicBool::new(false));
    let (mut rounds, mut lost) = (0, None);
    std::thread::scope(|scope| {
        scope.spawn(|| attack(tree.path(), &is_over));
        let _end = End(&is_over);
        while lost.is_none() && started.elapsed() < Duration::from_secs(seconds.unwrap_or(3)) {
            tree.agent(&["apply"]);
            tree.agent(&["undo"]);
            rounds += 1;
            lost = loss(&tree);
        }
    });
    let took = started.elapsed().as_secs_f32();
    println!("{rounds} rounds in {took:.1} s");
    assert!(lost.is_none(), "lost after {rounds} rounds and {took:.1} s: {lost:?}");
}
