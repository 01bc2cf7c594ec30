//! SELinux's labels. Other extended attributes and access lists are not kept.

use std::path::Path;
use std::process::Command;

use rustix::fs::XattrFlags;

use test_support::{Tree, agent, has, said};

const CONF: &str = "/etc/chrony/chrony.conf";
const FRAGMENT: &str = "/etc/chrony/conf.d/10-vendor.conf";
const KEPT: &str = "/var/lib/cloud-timesync/set-aside";
const LABEL: &str = "security.selinux";
const LABELLED: &[u8] = b"system_u:object_r:chronyd_etc_t:s0\0";

fn label(path: &Path) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    let length = rustix::fs::getxattr(path, LABEL, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

/// A machine on a disk whose chrony.conf and fragment have a label; None where this machine lets nobody set one.
fn labelled() -> Option<Tree> {
    let tree = Tree::of("aws-debian13").on_disk();
    for path in [CONF, FRAGMENT] {
        if let Err(why) = rustix::fs::setxattr(tree.at(path), LABEL, LABELLED, XattrFlags::empty()) {
            println!("not tried: a label on {path}: {why}");
            return None;
        }
    }
    Some(tree)
}

/// Row 9.
#[test]
fn backups_new_and_restored_files_keep_the_label() {
    let Some(tree) = labelled() else { return };
    tree.well(&["apply"], "with labels");
    for path in [CONF.to_owned(), format!("{KEPT}{CONF}"), format!("{KEPT}{FRAGMENT}")] {
        assert_eq!(label(&tree.at(&path)).as_deref(), Some(LABELLED), "{path}");
    }
    tree.well(&["undo"], "with labels");
    for path in [CONF, FRAGMENT] {
        assert_eq!(label(&tree.at(path)).as_deref(), Some(LABELLED), "{path} is restored");
    }
}

/// Row 9: a kernel or a policy that lets the unit set none.
#[test]
fn a_label_that_is_refused_is_said_and_costs_nothing() {
    if !has("strace") {
        return;
    }
    let Some(tree) = labelled() else { return };
    let before = tree.machine();
    for verb in ["apply", "undo"] {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsetxattr"]);
        strace.args(["-e", "inject=fsetxattr:error=EPERM", agent(), verb, "--root"]);
        let output = strace.arg(tree.path()).output().expect("strace runs");
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let complaints = said.matches("keeping the SELinux label of /etc/chrony/chrony.conf: ").count();
        assert_eq!(complaints > 0, verb == "apply", "{said}");
    }
    assert_eq!(tree.machine(), before);
}
