//! SELinux in a guest's tree: the distribution's policy and tools, and the labels that the policy wants.

use std::fs;
use std::path::Path;
use std::process::Command;

use test_support::bench::{chroot, store};
use test_support::{copy, run};

const PACKAGES: &str = "selinux-policy-default,policycoreutils,selinux-utils";

/// The kernel's part. The kernel's log gets every denial, and of none says only that there were more.
pub const KERNEL_OPTIONS: &str =
    "security=selinux selinux=1 enforcing=1 audit_backlog_limit=8192 sysctl.kernel.printk_ratelimit=0";

/// What the bench itself runs in a guest are programs, wherever they lie.
const LOCAL: &str = "/usr/lib/boot-bench(/.*)?\tsystem_u:object_r:bin_t:s0\n";

/// Installs the policy of the release into a tree, and labels all that is in it. `own` is what an administrator adds by
/// `semanage fcontext`, in the words of file_contexts(5).
pub fn install(root: &Path, suite: &str, own: &str) {
    install_packages(root, suite);
    let contexts = "etc/selinux/default/contexts/files/file_contexts";
    let local = format!("{LOCAL}{own}");
    fs::write(root.join(contexts).with_extension("local"), local).expect("naming the bench's programs");
    // They come later, and would have none.
    for stamp in ["etc/.updated", "var/.updated"] {
        fs::write(root.join(stamp), "").expect("making a time stamp");
    }
    run(chroot(root, "setfiles").args(["-F", &format!("/{contexts}"), "/"]));
}

/// By apt, with what they depend on, over the tree as it is.
fn install_packages(root: &Path, suite: &str) {
    // Not beside the tree: a scenario's path has colons in it, by which apt parts its lists.
    let place = tempfile::tempdir_in(store("boot")).expect("making a directory for the tree");
    let with_policy = place.path().join("root");
    run(Command::new("mmdebstrap")
        .args(["--quiet", "--variant=custom"])
        .arg(format!("--setup-hook=cp --archive --remove-destination '{}'/. \"$1\"", root.display()))
        .arg(format!("--include={PACKAGES}"))
        .arg(suite)
        .arg(&with_policy));
    // mmdebstrap brings the builder's.
    copy(&root.join("etc/hostname"), &with_policy.join("etc/hostname"));
    fs::remove_file(with_policy.join("etc/resolv.conf")).expect("removing the builder's resolver");
    fs::remove_dir_all(root).expect("removing the tree without SELinux");
    fs::rename(&with_policy, root).expect("moving the tree to its place");
}
