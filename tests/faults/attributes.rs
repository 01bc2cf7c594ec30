//! What belongs to a file beside its bytes, mode and owner: what users put there, access lists, labels.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use rustix::fs::XattrFlags;

use super::namespaces::{exit, in_namespaces};
use test_support::{Tree, agent, said};

const CONF: &str = "/etc/chrony/chrony.conf";
const FRAGMENT: &str = "/etc/chrony/conf.d/10-vendor.conf";
const KEPT: &str = "/var/lib/cloud-timesync/set-aside";
const NOTE: &str = "user.note";
const ACCESS_LIST: &str = "system.posix_acl_access";
const LABEL: &str = "security.selinux";

/// What the kernel keeps for "u::rw-,u:root:r--,g::r--,m::r--,o::r--" (linux/posix_acl_xattr.h).
fn access_list() -> Vec<u8> {
    let nobody = u32::MAX;
    let entries = [(1_u16, 6_u16, nobody), (2, 4, 0), (4, 4, nobody), (16, 4, nobody), (32, 4, nobody)];
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend(tag.to_le_bytes().into_iter().chain(permissions.to_le_bytes()).chain(id.to_le_bytes()));
    }
    bytes
}

type Attributes = BTreeMap<String, Vec<u8>>;

fn attributes(path: &Path) -> Attributes {
    let mut names = vec![0; 4096];
    let length = rustix::fs::listxattr(path, &mut names[..]).expect("its attributes");
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let value = |name: &[u8]| {
        let mut value = vec![0; 4096];
        let length = rustix::fs::getxattr(path, name, &mut value[..]).expect("its value");
        value.truncate(length);
        value
    };
    names.map(|name| (String::from_utf8_lossy(name).into_owned(), value(name))).collect()
}

/// A machine on a disk whose chrony.conf and fragment have these attributes; what this machine lets nobody set is said and
/// not there.
fn with(names: &[&str]) -> (Tree, Attributes) {
    let tree = Tree::of("aws-debian13").on_disk();
    let value = |name| match name {
        ACCESS_LIST => access_list(),
        LABEL => b"system_u:object_r:chronyd_etc_t:s0\0".to_vec(),
        _ => b"ours".to_vec(),
    };
    for (name, path) in names.iter().flat_map(|name| [(*name, CONF), (*name, FRAGMENT)]) {
        if let Err(why) = rustix::fs::setxattr(tree.at(path), name, &value(name), XattrFlags::empty()) {
            println!("not tried: {name} on {path}: {why}");
        }
    }
    let set = attributes(&tree.at(CONF));
    assert!(!set.is_empty(), "{} keeps no attributes", tree.path().display());
    assert_eq!(set, attributes(&tree.at(FRAGMENT)));
    (tree, set)
}

fn assert_given_back(tree: &Tree, wanted: &Attributes, undone: &Output) {
    assert_eq!(exit(undone), Some(0), "{}", said(undone));
    for path in [CONF, FRAGMENT] {
        assert_eq!(attributes(&tree.at(path)), *wanted, "{path}: {}", said(undone));
    }
}

/// Row 9.
#[test]
fn copies_keep_attributes_and_the_new_file_the_old_label() {
    let (tree, wanted) = with(&[NOTE, ACCESS_LIST, LABEL]);
    tree.well(&["apply"], "with attributes");
    for path in [CONF, FRAGMENT] {
        assert_eq!(attributes(&tree.at(&format!("{KEPT}{path}"))), wanted, "the copy of {path}");
    }
    let label: Attributes = wanted.clone().into_iter().filter(|(name, _)| name == LABEL).collect();
    assert_eq!(attributes(&tree.at(CONF)), label, "the new file");
    assert_given_back(&tree, &wanted, &tree.agent(&["undo"]));
}

/// Row 9: a kernel or a policy that lets the unit set none.
#[test]
fn refused_attributes_are_given_back_later() {
    for error in ["EPERM", "EACCES", "EOPNOTSUPP", "EINVAL"] {
        let (tree, wanted) = with(&[NOTE, ACCESS_LIST, LABEL]);
        let refused = |verb: &str| {
            let mut strace = Command::new("strace");
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsetxattr"]);
            strace.arg("-e").arg(format!("inject=fsetxattr:error={error}"));
            strace.args([agent(), verb, "--root"]).arg(tree.path()).output().expect("strace runs")
        };
        let runs = [refused("apply"), refused("apply")];
        assert_eq!(attributes(&tree.at(CONF)), Attributes::new(), "the new file");
        for (output, times) in runs.iter().zip([usize::from(wanted.contains_key(LABEL)), 0]) {
            let said = said(output);
            assert_eq!(exit(output), Some(0), "{said}");
            let complaints = said.matches("keeping the SELinux label of /etc/chrony/chrony.conf: ").count();
            assert_eq!(complaints, times, "{error}: {said}");
        }
        assert_given_back(&tree, &wanted, &tree.agent(&["undo"]));

        // What cannot be given back either holds nothing up.
        tree.well(&["apply"], "once more");
        let undone = refused("undo");
        let complaints = said(&undone).matches(&format!("giving {NOTE} back to {CONF}: ")).count();
        assert_eq!((exit(&undone), complaints), (Some(0), 1), "{}", said(&undone));
    }
}

/// Row 9: ramfs keeps none.
#[test]
fn a_file_system_without_attributes_costs_none() {
    let (tree, wanted) = with(&[NOTE, ACCESS_LIST]);
    let output = in_namespaces(
        &tree,
        "mount -t ramfs none var/lib; $AGENT apply --root .
         grep -o user.note var/lib/cloud-timesync/receipt.json; $AGENT undo --root .",
    );
    assert_eq!(said(&output).matches(NOTE).count(), 2, "{}", said(&output));
    assert_given_back(&tree, &wanted, &output);
}
