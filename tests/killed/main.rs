//! Nothing is lost: a run that is killed at any of its system calls, or to which any of them
//! fails, leaves a machine that has a time source, and the next run finishes what it began.
//!
//! Each test disturbs its run at every call that changes the disk; strace(1) does it. With the
//! other errors than a full disk they take minutes more: `cargo test --test killed -- --ignored`.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod sequences;
mod standing;
mod story;
mod tracer;

use story::Story;
use test_support::Tree;
use tracer::Fault;

const DEBIAN: &str = "/etc/chrony/chrony.conf";
const RHEL: &str = "/etc/chrony.conf";

/// All kinds of edit but one: a file written over another and where none was, fragments set aside, a unit enabled.
fn first_run() -> Story {
    Story { image: Tree::of("aws-debian13"), before: &[], run: &["apply"], next: &["apply"], conf: DEBIAN }
}

/// An operator who has seen enough.
fn given_up() -> Story {
    Story { next: &["undo"], ..first_run() }
}

/// A unit disabled.
fn sealed() -> Story {
    Story {
        image: Tree::of("gce-debian13-sealed"),
        before: &[],
        run: &["apply"],
        next: &["apply"],
        conf: DEBIAN,
    }
}

/// A link set aside, and a directory that stays.
fn nested() -> Story {
    Story { image: Tree::of("gce-debian12"), before: &[], run: &["apply"], next: &["apply"], conf: DEBIAN }
}

fn rhel() -> Story {
    Story { image: Tree::of("aws-rhel9"), before: &[], run: &["apply"], next: &["apply"], conf: RHEL }
}

/// An image that keeps its sources in a fragment, as Amazon's do.
fn all_in_fragments() -> Tree {
    let image = Tree::of("aws-debian13");
    image.edit(DEBIAN, "pool 2.debian.pool.ntp.org iburst\n", "");
    image
}

/// Daemons that are masked, and disabled.
fn beside_rivals() -> Story {
    Story { image: Tree::of("aws-debian13-rivals"), ..first_run() }
}

/// One cloud's text over another's.
fn moved() -> Story {
    let run = &["apply", "--platform", "azure"];
    Story { image: Tree::of("aws-debian13"), before: &[&["apply"]], run, next: run, conf: DEBIAN }
}

/// The distribution's own sources come back.
fn homeless() -> Story {
    let run = &["apply", "--platform", "unknown"];
    Story { image: all_in_fragments(), before: &[&["apply"]], run, next: run, conf: DEBIAN }
}

fn undone() -> Story {
    Story { image: all_in_fragments(), before: &[&["apply"]], run: &["undo"], next: &["undo"], conf: DEBIAN }
}

/// Killed before it has disabled the agent, undo is followed by a boot.
fn undone_in_vain() -> Story {
    Story { next: &["apply"], ..undone() }
}

fn killed(story: &Story) {
    let k = story.survives(Fault::Kill);
    println!("killed at each of {k} calls");
}

fn terminated(story: &Story) {
    let k = story.survives(Fault::Terminate);
    println!("SIGTERM at each of {k} calls");
}

fn failed(story: &Story, error: &'static str) {
    let k = story.survives(Fault::Fails(error));
    println!("{error} at each of {k} calls");
}

#[test]
fn a_first_run_can_be_killed_anywhere() {
    killed(&first_run());
}

/// What systemd sends when the time limit of the unit is reached; the next run also shows that the lock is free.
#[test]
fn a_first_run_can_be_terminated_anywhere() {
    terminated(&first_run());
}

#[test]
fn undo_can_be_terminated_anywhere() {
    terminated(&undone());
}

#[test]
fn undo_takes_back_a_first_run_that_was_killed_anywhere() {
    killed(&given_up());
}

#[test]
fn a_run_that_disables_a_rival_can_be_killed_anywhere() {
    killed(&sealed());
}

#[test]
fn a_run_that_masks_rivals_can_be_killed_anywhere() {
    killed(&beside_rivals());
}

#[test]
fn a_run_that_sets_a_link_aside_can_be_killed_anywhere() {
    killed(&nested());
}

#[test]
fn a_run_on_the_rhel_layout_can_be_killed_anywhere() {
    killed(&rhel());
}

#[test]
fn a_move_to_another_cloud_can_be_killed_anywhere() {
    killed(&moved());
}

#[test]
fn a_move_to_no_cloud_can_be_killed_anywhere() {
    killed(&homeless());
}

#[test]
fn undo_can_be_killed_anywhere() {
    killed(&undone());
}

#[test]
fn a_boot_after_a_killed_undo_converges_again() {
    killed(&undone_in_vain());
}

#[test]
fn a_first_run_survives_a_full_disk_at_any_call() {
    failed(&first_run(), "ENOSPC");
}

#[test]
fn a_move_to_no_cloud_survives_a_full_disk_at_any_call() {
    failed(&homeless(), "ENOSPC");
}

#[test]
fn undo_survives_a_full_disk_at_any_call() {
    failed(&undone(), "ENOSPC");
}

#[test]
#[ignore = "minutes"]
fn every_story_survives_every_error_at_every_call() {
    let stories = [first_run(), sealed(), beside_rivals(), nested(), rhel(), moved(), homeless(), undone()];
    for story in &stories {
        for error in ["ENOSPC", "EIO", "EROFS", "EDQUOT"] {
            failed(story, error);
        }
    }
}
