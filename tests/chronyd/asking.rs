//! Whoever asks chronyd by its socket is never root in a directory that is another's: in a namespace of mounts in which
//! /run and chronyc are the test's own.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::fs::{RenameFlags, renameat_with};
use rustix::process::{Gid, Uid};
use test_support::{Namespace, Tree, agent, chronyd, has, is_root, run, said};

/// chronyd's user and group.
const USER: u32 = 7001;
const GROUP: u32 = 7002;

/// Tells who runs it, and with what.
const STAND_IN: &str = r#"#!/bin/sh
[ "$(cut -d' ' -f6 /proc/$$/stat)" = $$ ] || echo -n "in a terminal's session: "
[ -e /proc/$$/fd/7 ] && echo -n "with a descriptor of root's: "
echo "$(id -u):$(id -g):$(id -G) [$(tr '\0' ' ' < /proc/$$/environ)] $(readlink /proc/$$/fd/0) $*"
"#;

/// A namespace without a network, with this program as chronyc, and with a /run that the script fills.
fn space(chronyc: &Tree, run: &str) -> Namespace {
    let script = format!(
        "mount -t overlay -o lowerdir=\"$1\":/usr/bin none /usr/bin
         mount -t tmpfs -o mode=755 none /run
         umask 0
         cd /run
         {run}"
    );
    let directory = chronyc.path().to_str().expect("UTF-8");
    Namespace::new(&["--mount", "--net"], &script, &[directory])
}

/// Root with more groups, and an environment.
fn ask(space: &Namespace, verb: &[&str]) -> String {
    let mut root = space.command("setpriv");
    root.args(["--groups", "0,4,27", "sh", "-c", "exec 7< /etc/passwd; exec \"$@\"", "sh", agent()])
        .args(verb)
        .env("TOKEN", "s3cret")
        .env("COLUMNS", "999");
    said(&root.output().expect("setpriv runs"))
}

/// What the stand-in prints, but for its session.
fn answer(user: &str) -> String {
    format!("{user} [] /dev/null -c -n tracking")
}

#[test]
fn root_asks_chronyd_as_the_owner_of_its_directory() {
    if !is_root() {
        return;
    }
    let chronyc = Tree::empty();
    chronyc.put("chronyc", STAND_IN);
    chronyc.mode("chronyc", 0o755);
    let owned = format!("mkdir -m 770 chrony; chown {USER}:{GROUP} chrony");
    let owner = format!("{USER}:{GROUP}:{GROUP}");
    let (root, nobody) = ("0:0:0 4 27", "65534:65534:65534");
    for (run, user) in [
        (&*owned, &*owner),
        ("mkdir -m 755 chrony", root),
        ("mkdir -m 770 chrony", root),
        ("mkdir -m 770 chrony; chgrp 7002 chrony", nobody),
        ("mkdir -m 777 chrony", nobody),
        ("mkdir -m 770 x; chown 7001 x; ln -s x chrony", nobody),
        ("", nobody),
    ] {
        let said = ask(&space(&chronyc, run), &["chronyc", "-c", "-n", "tracking"]);
        assert_eq!(said.trim_end(), answer(user), "{run}");
    }
    let owned_space = space(&chronyc, &owned);
    let mut typed = owned_space.command("setpriv");
    typed.args(["--groups", "0,4,27", agent(), "chronyc", "-c", "-n", "tracking"]).process_group(0);
    assert_eq!(
        said(&typed.output().expect("setpriv runs")).trim_end(),
        answer(&owner),
        "a shell's own group"
    );
    let mut contained = owned_space.command("unshare");
    contained.args([
        "--pid",
        "--fork",
        "--mount-proc",
        "setpriv",
        "--groups",
        "0,4,27",
        agent(),
        "chronyc",
        "-c",
        "-n",
        "tracking",
    ]);
    let contained = said(&contained.output().expect("unshare runs"));
    assert_eq!(contained.trim_end(), answer(&owner), "a session that began outside of the container");
    let installed = "mkdir -p systemd/system; echo '[Service]' > systemd/system/chrony.service";
    let status = ask(&space(&chronyc, &format!("{owned}; {installed}")), &["status"]);
    assert!(status.contains(&format!("it printed \"{}\"", answer(&owner))), "{status}");
}

/// Swaps the socket that chronyc makes for a link, as soon as it is there. Whose process has the number is chronyc's.
fn has_swapped(directory: &File, process: &AtomicU32) -> bool {
    let (user, group) = (Uid::from_raw(USER), Gid::from_raw(GROUP));
    rustix::thread::set_thread_groups(&[]).expect("setgroups");
    rustix::thread::set_thread_res_gid(group, group, group).expect("setresgid");
    rustix::thread::set_thread_res_uid(user, user, user).expect("setresuid");
    rustix::fs::symlinkat("/run/shadow", directory, "link").expect("a link");
    loop {
        let number = process.load(Ordering::Relaxed);
        let socket = format!("chronyc.{number}.sock");
        if renameat_with(directory, "link", directory, socket, RenameFlags::EXCHANGE).is_ok() {
            return true;
        }
        if number == OVER {
            return false;
        }
    }
}

/// No process has this number.
const OVER: u32 = u32::MAX;

/// Root asks by this command while the owner of the directory attacks. The mode of root's file after it, and whether
/// chronyc's socket was swapped.
fn mode_after(chronyc: &Path, command: &[&str]) -> (u32, bool) {
    let tree = Tree::empty();
    fs::copy(chronyc, tree.at("chronyc")).expect("chronyc");
    let files = "echo root:x > shadow; chmod 600 shadow";
    let space = space(&tree, &format!("mkdir -m 770 chrony; chown {USER}:{GROUP} chrony; {files}"));
    let [directory, shadow] = ["/run/chrony", "/run/shadow"].map(|path| space.outside(Path::new(path)));
    let directory = File::open(directory).expect("the directory");
    let process = AtomicU32::new(0);
    let is_swapped = thread::scope(|scope| {
        let attack = scope.spawn(|| has_swapped(&directory, &process));
        let mut strace = space.command("strace");
        // Microseconds. Without them the attacker would have to try for longer.
        strace.args(["-D", "-f", "-o", "/dev/null", "--inject=chmod,fchmodat:delay_enter=200000"]);
        strace.args(command).args(["-c", "-n", "tracking"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut asks = strace.spawn().expect("strace runs");
        process.store(asks.id(), Ordering::Relaxed);
        asks.wait().expect("its end");
        process.store(OVER, Ordering::Relaxed);
        attack.join().expect("the attack")
    });
    (fs::metadata(shadow).expect("it is there").permissions().mode() & 0o777, is_swapped)
}

#[test]
fn chronyds_user_has_root_change_no_files_mode() {
    let Some(chronyd) = chronyd().filter(|_| is_root() && has("strace")) else { return };
    let chronyc = chronyd.ancestors().nth(2).expect("usr").join("bin/chronyc");
    // Since 4.8 root's own chronyc is not misled either.
    if chronyc_is_older_than_4_8(&chronyc) {
        assert_eq!(mode_after(&chronyc, &["/usr/bin/chronyc"]), (0o666, true), "the attack is none");
    }
    assert_eq!(mode_after(&chronyc, &[agent(), "chronyc"]), (0o600, true));
}

fn chronyc_is_older_than_4_8(chronyc: &Path) -> bool {
    let version = run(Command::new(chronyc).arg("--version"));
    ["4.3 ", "4.4 ", "4.5 ", "4.6", "4.7 "].iter().any(|older| version.contains(&format!("version {older}")))
}
