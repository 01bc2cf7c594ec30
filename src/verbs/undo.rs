//! `undo`: everything is restored.

use serde_json::json;
use tracing::{error, warn};

use cloud_timesync::apply::host_sync;
use cloud_timesync::cli::At;
use cloud_timesync::error::{Error, text};
use cloud_timesync::job::Job;
use cloud_timesync::journal;
use cloud_timesync::names::WAIT_UNIT;
use cloud_timesync::observe;
use cloud_timesync::root::Root;
use cloud_timesync::systemd::Systemd;
use cloud_timesync::undo::{Undone, had_edits, undo};

use crate::process::{print, print_json};

use super::{Exit, Outcome, connect, late_clock, lock, not_done, open_to_change, say_if_lost, undo_mark};

pub async fn run(at: &At, json: bool) -> Outcome {
    let root = open_to_change(at)?;
    let systemd = connect(&root).await;
    if let Some(systemd) = &systemd {
        undo_mark::stop_runs(systemd).await;
    }
    let _lock = lock(&root).await.map_err(not_done)?;
    let marked = undo_mark::leave(&root);
    let mut undone = undo(&root);
    undone.failed.extend(marked.err());
    undone.failed.extend(late_clock::adopt_none(&root).err());
    let failed = tell_the_machine(&root, systemd.as_ref(), &undone).await;
    undone.failed.extend(failed);
    for (path, saved) in &undone.edited {
        warn!(MESSAGE_ID = journal::LEFT, "{}", had_edits(path, saved));
    }
    for why in &undone.failed {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
    }
    say_if_lost(if json {
        print_json(&to_json(&undone))
    } else if undone.done.is_empty() && undone.failed.is_empty() {
        print("Nothing to undo.\n")
    } else {
        print(&undone.done.iter().map(|line| format!("{line}\n")).collect::<String>())
    });
    Ok(if undone.failed.is_empty() { Exit::Done } else { Exit::NotDone })
}

/// Has what runs read its files anew. Returns what did not.
async fn tell_the_machine(root: &Root, systemd: Option<&Systemd>, undone: &Undone) -> Vec<Error> {
    let mut failed = Vec::new();
    if !undone.done.is_empty()
        && let Some(systemd) = systemd
    {
        let chrony = observe::chronyd::chrony(root).map(|chrony| Job::TryRestart(chrony.unit));
        // Nothing waits for it any more.
        let hold = Job::Stop(WAIT_UNIT.to_owned());
        let readers = undone.readers.iter().map(|unit| Job::TryRestart((*unit).to_owned()));
        let jobs: Vec<Job> = [Job::Reload, hold].into_iter().chain(chrony).chain(readers).collect();
        failed.extend(systemd.run(&jobs).await.into_iter().filter_map(Result::err));
    }
    if undone.host_sync && root.is_host() {
        failed.extend(host_sync::switch(true).await.err());
    }
    failed
}

/// `{"schema":1,"error":null,"done":[...],"kept":[...],"failed":[...]}`
fn to_json(undone: &Undone) -> serde_json::Value {
    let failed: Vec<String> = undone.failed.iter().map(Error::to_string).collect();
    json!({
        "schema": 1,
        "error": Some(failed.join("; ")).filter(|why| !why.is_empty()),
        "done": undone.done,
        "kept": undone.edited.iter().map(|(_, saved)| text(saved)).collect::<Vec<_>>(),
        "failed": failed,
    })
}
