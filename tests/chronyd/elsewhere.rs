//! A tree whose chronyd the builder cannot run: nobody refuses the configuration, and nobody has checked it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use test_support::{Tree, agent, chronyd, is_root, run, said};

use super::{image, stand_in};

/// What ran in the tree wrote the new configuration, and said once that no chronyd had read it.
fn is_written_unchecked(tree: &Tree, output: &Output) {
    let log = said(output);
    assert_eq!(output.status.code(), Some(0), "{log}");
    let unchecked = "checking the new /etc/chrony/chrony.conf: the chronyd of this tree cannot be run here (";
    assert_eq!(log.matches(unchecked).count(), 1, "{log}");
    let conf = tree.text("etc/chrony/chrony.conf").expect("it is there");
    assert!(conf.contains("\nserver 169.254.169.123 "), "{conf}");
    assert!(!tree.at("etc/chrony/conf.d/10-vendor.conf").exists(), "{log}");
}

/// The head of a program for arm64; on arm64, of one for x86.
fn of_another_machine() -> Vec<u8> {
    let machine = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    let mut head = b"\x7fELF\x02\x01\x01".to_vec();
    head.resize(16, 0);
    head.extend([2, 0, machine, 0, 1, 0, 0, 0]);
    head.resize(64, 0);
    head
}

#[test]
fn a_chronyd_that_cannot_be_run_here_is_no_refusal() {
    for program in [of_another_machine(), b"#!/no/such/interpreter\n".to_vec()] {
        let tree = image();
        let chronyd = tree.at("usr/sbin/chronyd");
        fs::write(&chronyd, program).expect("a program");
        fs::set_permissions(&chronyd, fs::Permissions::from_mode(0o755)).expect("a mode");
        is_written_unchecked(&tree, &tree.agent(&["apply"]));
    }
}

/// A builder whose kernel hands another machine's programs to an emulator that gives up on this one, as QEMU does.
#[test]
fn a_chronyd_that_an_emulator_gives_up_on_is_no_refusal() {
    let tree = image();
    if stand_in(&tree, "puts(\"aarch64-binfmt-P: /usr/sbin/chronyd: Invalid ELF image\"); return 1;") {
        is_written_unchecked(&tree, &tree.agent(&["apply"]));
    }
}

#[test]
fn a_builder_who_is_not_root_is_no_refusal() {
    const SOMEBODY: &str = "4321";
    let Some(chronyd) = chronyd() else { return };
    if !is_root() {
        return;
    }
    let tree = image();
    fs::copy(chronyd, tree.at("usr/sbin/chronyd")).expect("chronyd");
    // Where the agent lies, only root may get to.
    fs::copy(agent(), tree.at("agent")).expect("the agent");
    run(Command::new("chown").args(["-R", SOMEBODY]).arg(tree.path()));
    let mut builder = Command::new("setpriv");
    builder.args(["--reuid", SOMEBODY, "--clear-groups", "--"]).arg(tree.at("agent"));
    builder.args(["apply", "--root"]).arg(tree.path());
    is_written_unchecked(&tree, &builder.output().expect("setpriv runs"));
}
