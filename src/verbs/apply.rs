//! `apply`: the pass, and what is said of it.

use std::time::{Duration, Instant};

use serde_json::json;
use tracing::{error, info, warn};

use cloud_timesync::apply::apply;
use cloud_timesync::cli::Pass;
use cloud_timesync::config::Config;
use cloud_timesync::decide::decide;
use cloud_timesync::error::Error;
use cloud_timesync::journal;
use cloud_timesync::machine::Machine;
use cloud_timesync::observe::{Ask, observe};
use cloud_timesync::plan::{Job, Plan, plan};

use super::{Exit, Outcome, ask, connect, describe, lock, not_done, open, print_json};

pub async fn run(pass: &Pass, json: bool) -> Outcome {
    let started = Instant::now();
    let root = open(&pass.at)?;
    let _lock = lock(&root).await.map_err(not_done)?;
    let (config, configured) = match Config::load(&root) {
        Ok(config) => (config, Exit::Done),
        // A broken file never costs the machine its gate.
        Err(why) => {
            error!(MESSAGE_ID = journal::FAILED, "{why}; going on with the defaults");
            (Config::default(), Exit::Usage)
        }
    };
    let systemd = connect(&root).await;
    let ask = Ask { wait_for_clock: true, ..ask(pass, &root, systemd.as_ref()) };
    let machine = observe(&root, &config, &ask).await.map_err(not_done)?;
    let plan = plan(&machine, &decide(&machine, &config, pass.force));
    say_what_is(&machine, &plan);
    let failed = apply(&plan, &machine, &root, systemd.as_ref()).await;
    say_what_was_done(&machine, &plan, failed.len(), started.elapsed());
    let applied = failed.is_empty() && machine.chrony.is_some();
    if json {
        let failed: Vec<String> = failed.iter().map(Error::to_string).collect();
        let mut object = plan.to_json();
        object["applied"] = json!(applied);
        object["failed"] = json!(failed);
        print_json(&object);
    }
    Ok(if applied { configured } else { Exit::NotDone })
}

fn say_what_is(machine: &Machine, plan: &Plan) {
    if !plan.is_empty() {
        let identity = &machine.identity;
        info!(
            MESSAGE_ID = journal::DETECTED, PLATFORM = %identity.platform,
            EVIDENCE = identity.evidence.join("; "), "platform: {}", describe(identity)
        );
    }
    // A boot with nothing to do says all in its one line.
    for note in plan.notes.iter().filter(|_| !plan.is_empty()) {
        warn!(MESSAGE_ID = journal::LEFT, "{note}");
    }
}

fn say_what_was_done(machine: &Machine, plan: &Plan, failed: usize, elapsed: Duration) {
    let identity = &machine.identity;
    let elapsed = elapsed.as_millis() as u64;
    if failed > 0 {
        error!(
            MESSAGE_ID = journal::DONE,
            ELAPSED_MS = elapsed,
            "{failed} steps failed, see above; {elapsed} ms"
        );
    } else if plan.is_empty() {
        let notes: String = plan.notes.iter().map(|note| format!("; {note}")).collect();
        info!(
            MESSAGE_ID = journal::NOTHING_TO_DO, PLATFORM = %identity.platform, ELAPSED_MS = elapsed,
            EVIDENCE = identity.evidence.join("; "),
            "nothing to do on {}, {elapsed} ms{notes}", describe(identity)
        );
    } else {
        let edits = plan.edits.len();
        let jobs: Vec<String> = plan.jobs.iter().map(Job::to_string).collect();
        let jobs = if jobs.is_empty() { "none".to_owned() } else { jobs.join(", ") };
        info!(
            MESSAGE_ID = journal::DONE,
            PLATFORM = %identity.platform,
            ELAPSED_MS = elapsed,
            JOBS = jobs,
            "done in {elapsed} ms: {edits} edits; jobs: {jobs}"
        );
    }
}
