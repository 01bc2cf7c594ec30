//! Which root is this machine's, and which is a tree: a machine that runs AWS's image, with Google's image in `container`.

use std::process::{Command, Output};

use super::namespaces::{booted, live};
use test_support::{Tree, agent, copy, has, has_namespaces, said};

const CONF: &str = "etc/chrony/chrony.conf";
/// Only of this machine, and only a live run says so: nothing else is asked.
const ASKED: &str = "D-Bus is out of reach";

fn machine() -> Tree {
    let (tree, container) = (Tree::of("aws-debian13"), Tree::of("gce-debian12"));
    copy(container.path(), &tree.at("container"));
    tree
}

/// Which of the two have a chrony.conf of the agent's: the machine, the container.
fn written(tree: &Tree) -> [bool; 2] {
    [CONF, &format!("container/{CONF}")].map(|conf| {
        let text = tree.text(conf).unwrap_or_else(|| panic!("{conf} is gone"));
        text.starts_with("# Written by cloud-timesync")
    })
}

fn refused(output: &Output) -> bool {
    output.status.code() == Some(2) && said(output).contains("systemd does not run in this root")
}

/// As a container's tree is usually named: the link reads "/".
#[test]
fn the_root_of_another_process_is_a_tree() {
    if !has_namespaces() {
        return;
    }
    let tree = machine();
    let output = booted(
        &tree,
        "unshare --mount --propagation private sh -c '
             mount --bind container container; cd container
             for dir in bin lib lib64; do mkdir -p $dir; mount --rbind /$dir $dir; done
             mkdir old; pivot_root . old; exec /bin/sleep 60' &
         container=$!
         for i in $(seq 100); do [ -e /proc/$container/root/old/container ] && break; sleep 0.1; done
         [ \"$(readlink /proc/$container/root)\" = / ] || exit 99
         live apply --root /proc/$container/root",
    );
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains(ASKED), "this machine's systemd was asked: {said}");
    assert_eq!(written(&tree), [false, true], "{said}");
}

#[test]
fn another_name_of_the_root_is_a_tree_and_its_own_names_are_not() {
    if !has_namespaces() {
        return;
    }
    let tree = machine();
    let said = said(&booted(&tree, "mount --bind / /mnt; live apply --root /mnt"));
    assert!(!said.contains(ASKED), "{said}");
    assert_eq!(written(&tree), [true, false], "{said}");
    for name in ["/", "/.", "/proc/self/root", "/proc/1/root"] {
        let tree = machine();
        let said = self::said(&booted(&tree, &format!("live apply --root {name}")));
        assert!(said.contains(ASKED) && written(&tree) == [true, false], "{name}: {said}");
    }
}

#[test]
fn a_chroot_is_no_machine() {
    if !has_namespaces() {
        return;
    }
    for verb in ["apply", "plan", "undo", "wait"] {
        let tree = machine();
        let output = live(
            &tree,
            &format!("mount -t proc proc proc; timeout 20 chroot . /usr/bin/cloud-timesync {verb}"),
        );
        assert!(refused(&output) && said(&output).contains("`--root /`"), "{verb}: {}", said(&output));
        assert_eq!(written(&tree), [false; 2], "{verb}");
    }
    let tree = machine();
    let output = live(&tree, "mount -t proc proc proc; live apply --root /");
    assert!(output.status.code() == Some(0) && !said(&output).contains(ASKED), "{}", said(&output));
    assert_eq!(written(&tree), [true, false]);
}

/// As a Dockerfile's RUN: the first process has the same root.
#[test]
fn where_systemd_does_not_run_is_no_machine() {
    if !has_namespaces() {
        return;
    }
    let tree = machine();
    let output = booted(&tree, "rmdir run/systemd/system; live apply");
    assert!(refused(&output) && written(&tree) == [false; 2], "{}", said(&output));
    let output = booted(&tree, "rmdir run/systemd/system; live apply --root /");
    assert!(output.status.code() == Some(0) && !said(&output).contains(ASKED), "{}", said(&output));
    assert_eq!(written(&tree), [true, false]);
}

/// A unit's sandbox: the same root by another mount; and what hides PID 1 hides its root.
#[test]
fn a_service_with_its_own_mounts_is_on_the_machine() {
    if !has_namespaces() {
        return;
    }
    for (sandbox, what) in [
        ("mount --rbind / /mnt; cd /mnt; pivot_root . mnt; umount --lazy mnt", "its own mounts"),
        ("mount -t tmpfs none /proc", "no processes"),
        (
            "mount --rbind / /mnt; cd /mnt; mount -t proc -o hidepid=2 proc proc; pivot_root . mnt",
            "ProtectProc=",
        ),
    ] {
        let tree = machine();
        let script = format!("unshare --mount sh -euc '{sandbox}; exec /usr/bin/cloud-timesync apply'");
        let said = said(&booted(&tree, &script));
        assert!(said.contains(ASKED) && written(&tree) == [true, false], "{what}: {said}");
    }
}

/// What Linux has had since 4.19: RHEL 8 builds images with 4.18. Those with a mark are unknown to an older strace.
const NEWER_CALLS: &str = "pidfd_send_signal,pidfd_open,pidfd_getfd,io_uring_setup,open_tree,move_mount,fsopen,fsconfig,fsmount,\
    fspick,mount_setattr,clone3,close_range,openat2,faccessat2,process_madvise,epoll_pwait2,landlock_create_ruleset,memfd_secret,\
    futex_waitv,?fchmodat2,?cachestat,?statmount,?listmount";

#[test]
fn a_tree_is_configured_under_rhel_8s_kernel() {
    if !has("strace") {
        return;
    }
    let (tree, older) = (Tree::of("aws-debian13"), Tree::of("aws-debian13"));
    for verb in ["apply", "undo"] {
        tree.well(&[verb], "under this kernel");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", &format!("--inject={NEWER_CALLS}:error=ENOSYS")]);
        let output = strace.args([agent(), verb, "--root"]).arg(older.path()).output().expect("strace runs");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(older.machine(), tree.machine(), "{verb}");
    }
}
