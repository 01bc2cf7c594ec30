//! `undo`: everything is given back.

use serde_json::json;
use tracing::warn;

use cloud_timesync::cli::At;
use cloud_timesync::error::shown;
use cloud_timesync::journal;
use cloud_timesync::names::HOLD_UNIT;
use cloud_timesync::observe::{self, vmware};
use cloud_timesync::plan::Job;
use cloud_timesync::undo::undo;

use super::{Exit, Outcome, await_no_clock, connect, lock, not_done, open, print, print_json};

pub async fn run(at: &At, json: bool) -> Outcome {
    let root = open(at)?;
    let _lock = lock(&root).await.map_err(not_done)?;
    let undone = undo(&root).map_err(not_done)?;
    await_no_clock(&root).map_err(not_done)?;
    for kept in &undone.kept {
        warn!(
            MESSAGE_ID = journal::LEFT,
            "somebody had edited it: the edited text is kept as {}",
            shown(kept)
        );
    }
    for why in &undone.refused {
        warn!(MESSAGE_ID = journal::LEFT, "{why}");
    }
    let mut failed = Vec::new();
    if !undone.done.is_empty()
        && let Some(systemd) = connect(&root).await
    {
        let chrony = observe::chrony::chrony(&root).map(|chrony| Job::TryRestart(chrony.unit));
        // Nothing waits for it any more.
        let hold = Job::Stop(HOLD_UNIT.to_owned());
        let readers = undone.readers.iter().map(|unit| Job::TryRestart((*unit).to_owned()));
        for job in [Job::Reload, hold].into_iter().chain(chrony).chain(readers) {
            failed.extend(systemd.run(&job).await.err());
        }
    }
    if undone.host_sync && root.is_host() {
        failed.extend(vmware::switch(true).await.err());
    }
    if json {
        print_json(&json!({ "schema": 1, "done": undone.done, "kept": undone.kept }));
    } else if undone.done.is_empty() {
        print("Nothing to undo.\n");
    } else {
        undone.done.iter().for_each(|line| print(&format!("{line}\n")));
    }
    match failed.pop() {
        Some(why) => Err(not_done(why)),
        None => Ok(Exit::Done),
    }
}
