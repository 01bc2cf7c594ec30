//! A machine's tree, what the agent does to it, what others do, and what `undo` owes them.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use test_support::{STATE, Snapshot, Tree, agent, difference, said};

use super::step::{Scene, Step};

const CONFIGURATION: &str = "etc/cloud-timesync/config.toml.d/50-site.toml";

pub struct World {
    tree: Tree,
    /// What is there when everything is undone: the image, and what others did where the agent had
    /// changed nothing. Where it had, they changed the agent's work, and the image comes back.
    owed: Snapshot,
    /// Links of units that the agent has made or removed. Who makes the same link cannot be told from it: a unit that
    /// it enabled is disabled again, whatever was done in between.
    links: HashSet<PathBuf>,
    /// Texts of others that nobody but the agent can have removed.
    texts: Vec<String>,
    /// The next text's number.
    next: u32,
}

type Played = Result<(), Vec<String>>;

impl World {
    pub fn of(scene: &Scene) -> World {
        let tree = Tree::of(scene.machine);
        // Not everything in an image is root's and readable.
        for (path, mode) in [("etc/chrony/sources.d", 0o2750), ("etc/chrony/conf.d", 0o700)] {
            // In another user's a directory stays (tests/faults/race.rs), and no link is followed: then it is not known what
            // chronyd reads, and chrony.conf stays, too.
            let stays = |what: &str| what.ends_with(" directory") || what.contains(" -> ");
            let holds_one = (tree.machine().into_iter())
                .any(|(below, what)| below.parent() == Some(Path::new(path)) && stays(&what));
            if !holds_one {
                let _ = own(&tree.at(path), 101, mode);
            }
        }
        for (path, mode) in [("etc/chrony/chrony.conf", 0o640), ("etc/chrony.conf", 0o600)] {
            if own(&tree.at(path), 102, mode).is_ok() {
                // What chronyd was built for: the other file may come and go.
                tree.put("usr/sbin/chronyd", &format!("\u{7f}ELF\0/{path}\0"));
            }
        }
        let owed = look(&tree);
        World { tree, owed, links: HashSet::new(), texts: Vec::new(), next: 1 }
    }

    pub fn does(&mut self, step: &Step) -> Played {
        match step {
            Step::Apply { platform, force, confined } => return self.applies(*platform, *force, *confined),
            Step::Undo => return self.undoes(),
            Step::Write(path) => {
                let text = format!("# {0}\n[Unit]\nDescription=site {0}\n", self.next);
                self.next += 1;
                self.forget(path);
                self.by_others(|tree| write(tree, path, &text));
                self.texts.push(text);
            }
            Step::Remove(path) => {
                self.forget(path);
                self.by_others(|tree| drop(fs::remove_file(tree.at(path))));
            }
            Step::Own(path) => self.by_others(|tree| drop(own(&tree.at(path), 103, 0o604))),
            Step::Link { path, target } => {
                self.forget(path);
                self.by_others(|tree| tree.link(target, path));
            }
            Step::Configure(text) => self.by_others(|tree| match text {
                Some(text) => write(tree, CONFIGURATION, text),
                None => drop(fs::remove_file(tree.at(CONFIGURATION))),
            }),
            Step::Install(unit) => self.by_others(|tree| write(tree, &unit_file(unit), UNIT)),
            Step::Purge(unit) => self.by_others(|tree| drop(fs::remove_file(tree.at(&unit_file(unit))))),
        }
        Ok(())
    }

    /// It does what there is to do, and then there is nothing.
    fn applies(&mut self, platform: Option<&str>, force: bool, confined: bool) -> Played {
        let platform = platform.map(|platform| vec!["--platform", platform]).unwrap_or_default();
        let force_too: &[&str] = if force { &["--force"] } else { &[] };
        let before = look(&self.tree);
        let applied = self.agent(confined, &[&["apply"], &platform[..], force_too].concat());
        let units = |path: &&PathBuf| path.starts_with("etc/systemd/system");
        let changed = changed(&before, &look(&self.tree));
        self.links.extend(
            changed.iter().filter(units).filter(|path| path.extension() != Some("conf".as_ref())).cloned(),
        );
        // A mistake in the configuration is 2.
        if !matches!(applied.status.code(), Some(0 | 2)) {
            return Err(vec![format!("apply: {}", said(&applied))]);
        }
        let left = self.agent(false, &[&["plan", "--exit-code"], &platform[..]].concat());
        if left.status.code() != applied.status.code() {
            return Err(vec![format!("after apply there is something to do: {}", said(&left))]);
        }
        Ok(())
    }

    pub fn undoes(&mut self) -> Played {
        let before = look(&self.tree);
        let undone = self.agent(false, &["undo"]);
        if undone.status.code() != Some(0) {
            return Err(vec![format!("undo: {}", said(&undone))]);
        }
        self.links.clear();
        let mut wrong = difference(&look(&self.tree), &self.wanted(&before));
        let all = self.tree.all();
        let lost = self.texts.iter().filter(|text| !all.values().any(|what| what.ends_with(*text)));
        wrong.extend(lost.map(|text| format!("nowhere any more: {text:?}")));
        let is_left = |(path, what): &(&PathBuf, &String)| {
            path.starts_with(STATE)
                && !what.ends_with(" directory")
                && !path.to_string_lossy().contains(".edited")
        };
        let left = all.iter().filter(is_left);
        wrong.extend(left.map(|(path, _)| format!("undo leaves {}", path.display())));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    pub fn agent(&self, confined: bool, arguments: &[&str]) -> Output {
        let mut command = if confined { Command::new("setpriv") } else { Command::new(agent()) };
        if confined {
            command.args(["--bounding-set", "-all,+chown,+dac_override", "--", agent()]);
        }
        command.args(arguments).arg("--root").arg(self.tree.path()).output().expect("the agent runs")
    }

    fn by_others(&mut self, act: impl FnOnce(&Tree)) {
        let before = look(&self.tree);
        act(&self.tree);
        let after = look(&self.tree);
        for path in changed(&before, &after) {
            // The agent had changed it.
            let is_there = before.contains_key(&path);
            if self.links.contains(&path)
                || before.get(&path) != self.owed.get(&path)
                || !is_there && self.has_written(&path)
            {
                continue;
            }
            match after.get(&path) {
                Some(what) => self.owed.insert(path, what.clone()),
                None => self.owed.remove(&path),
            };
        }
    }

    /// It wrote a file where nothing was. Removed since, it looks as if the agent had never been there.
    fn has_written(&self, path: &Path) -> bool {
        let receipt = self.tree.text(&format!("{STATE}/receipt.json")).unwrap_or_default();
        receipt.contains(&format!("\"path\": \"/{}\"", path.display()))
    }

    /// Whoever writes over a text of their own, or removes it, wants it no more.
    fn forget(&mut self, path: &str) {
        let there = self.tree.text(path);
        self.texts.retain(|text| Some(text) != there.as_ref());
    }

    /// A folder that the agent made stays while somebody has something in it.
    fn wanted(&self, before: &Snapshot) -> Snapshot {
        let mut wanted = self.owed.clone();
        for path in self.owed.keys() {
            for folder in path.ancestors().skip(1).filter(|folder| !self.owed.contains_key(*folder)) {
                wanted.extend(before.get(folder).map(|what| (folder.to_owned(), what.clone())));
            }
        }
        wanted
    }
}

/// The machine's files, files with the time of their last change.
fn look(tree: &Tree) -> Snapshot {
    let mut found = tree.machine();
    for (path, what) in &mut found {
        let meta = fs::symlink_metadata(tree.at(&path.to_string_lossy())).expect("it is there");
        let (second, nanosecond) = if meta.is_file() { (meta.mtime(), meta.mtime_nsec()) } else { (0, 0) };
        *what = format!("{second}.{nanosecond:09} {what}");
    }
    found
}

fn changed(before: &Snapshot, after: &Snapshot) -> Vec<PathBuf> {
    let paths = before.keys().chain(after.keys().filter(|path| !before.contains_key(*path)));
    paths.filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

fn unit_file(unit: &str) -> String {
    format!("usr/lib/systemd/system/{unit}.service")
}

const UNIT: &str = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n";

/// As an editor does: a new file in the place of the old one.
fn write(tree: &Tree, path: &str, text: &str) {
    let _ = fs::remove_file(tree.at(path));
    tree.put(path, text);
}

/// Owners need root; without it the modes alone are others.
fn own(path: &Path, id: u32, mode: u32) -> std::io::Result<()> {
    if fs::symlink_metadata(path)?.is_symlink() {
        return Ok(());
    }
    let _ = lchown(path, Some(id), Some(id));
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
