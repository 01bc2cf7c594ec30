//! `apply`: the pass, and what is said of it.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tracing::{error, info, warn};

use cloud_timesync::apply::{Applied, apply};
use cloud_timesync::cli::Pass;
use cloud_timesync::decide::{Intent, decide, minds_machine, missing_clock};
use cloud_timesync::error::Error;
use cloud_timesync::job::Job;
use cloud_timesync::journal;
use cloud_timesync::machine::{Addresses, Earlier, LiveUnit, Machine};
use cloud_timesync::names::{AGENT_UNIT, CLOUD_INIT_UNIT, ONLINE_UNIT, SEEN};
use cloud_timesync::observe::{Ask, identify, images_clock, network, observe, ptp, units};
use cloud_timesync::plan::{Plan, plan};
use cloud_timesync::printable::counted;
use cloud_timesync::receipt::Receipt;
use cloud_timesync::root::Root;

use crate::process::{self, Stopwatch, print_json};

use super::configured::{self, configured};
use super::{
    Exit, Outcome, ask, connect, describe, late_clock, lock, not_done, open_to_change, say_if_lost,
    say_if_not, undo_mark,
};

pub async fn run(pass: &Pass, json: bool) -> Outcome {
    let started = Stopwatch::start();
    let root = open_to_change(&pass.at)?;
    let unit = process::unit();
    let is_of = |name: &str| unit.as_deref() == Some(name);
    if is_of(ONLINE_UNIT) && !undo_mark::forbids(&root).map_err(not_done)? {
        // Before the lock: the other runs do not wait for a network.
        network::wait(&root).await;
    }
    let _lock = lock(&root).await.map_err(not_done)?;
    if undo_mark::forbids(&root).map_err(not_done)? {
        info!(MESSAGE_ID = journal::LEFT, "undone in this boot: `cloud-timesync apply` configures it again");
        if json {
            say_if_lost(print_json(&json!({ "schema": 1, "error": null, "applied": false })));
        }
        return Ok(Exit::Done);
    }
    let config = configured(&root).map_err(not_done)?.config;
    let systemd = connect(&root).await;
    let ask = Ask { after_cloud_init: is_of(CLOUD_INIT_UNIT), ..ask(pass, &root, systemd.as_ref()) };
    let identity = identify(&root, &config, &ask).await;
    let images = images_clock(&root, identity.platform);
    let missing = missing_clock(identity.platform, &config, images, &ptp::devices(&root));
    if let Some(clock) = missing.filter(|_| root.is_host()) {
        late_clock::wait(&root, clock, config.ptp_wait);
    }
    let machine = observe(&root, &config, identity, &ask).await.map_err(not_done)?;
    let intent = decide(&machine, &config, pass.force);
    let plan = plan(&machine, &intent);
    say_what_is(&machine, &intent, &plan);
    let is_clock_missing =
        missing_clock(machine.identity.platform, &config, images, &machine.devices).is_some();
    if is_clock_missing {
        say_if_not(late_clock::adopt_later(&root));
    }
    let Applied { receipt, failed } = apply(&plan, &machine, &root, systemd.as_ref()).await;
    if !is_clock_missing && failed.is_empty() {
        say_if_not(late_clock::adopt_none(&root));
    }
    if failed.is_empty() && config.broken.is_none() && machine.chrony.is_some() {
        say_if_not(remember(&machine, &receipt, minds_machine(&machine, &config), &root));
    }
    say_what_was_done(&machine, &plan, failed.len(), started.elapsed());
    if unit.is_none_or(|unit| !unit.starts_with("cloud-timesync")) {
        say_if_disabled(&root);
    }
    let applied = failed.is_empty() && machine.chrony.is_some();
    if json {
        let failed: Vec<String> = failed.iter().map(Error::to_string).collect();
        let mut object = plan.to_json();
        object["applied"] = json!(applied);
        object["failed"] = json!(failed);
        object["error"] = json!(error(configured::error(&config, &intent.refused), &plan, &machine, &failed));
        say_if_lost(print_json(&object));
    }
    Ok(if applied { configured::exit(&config, &intent.refused) } else { Exit::NotDone })
}

/// A person's run says that the next boot has none: `undo` disables the unit.
fn say_if_disabled(root: &Root) {
    if units::agent(root).is_ok_and(|unit| unit.is_some_and(|unit| !unit.is_enabled())) {
        let tree = if root.is_host() { String::new() } else { format!("--root={} ", root.path().display()) };
        warn!(
            MESSAGE_ID = journal::LEFT,
            "{AGENT_UNIT} is disabled: the next boot does not look for its cloud and has no gate but the drop-ins; \
             systemctl {tree}enable {AGENT_UNIT}"
        );
    }
}

/// A later pass whose configuration is broken finds that there was one, and an image that it is on another machine now.
fn remember(machine: &Machine, receipt: &Receipt, minds_machine: bool, root: &Root) -> Result<(), Error> {
    // Of a network that is up and tells no address there is no more to know.
    let is_online = machine.live(ONLINE_UNIT).is_some_and(LiveUnit::is_up);
    let is_seen = minds_machine && (is_online || machine.addresses != Addresses::Unknown);
    let id = machine.id.as_deref().filter(|_| is_seen);
    // The first boot waits for what is written: a receipt that names an edit says by itself that there was a pass.
    let is_told = !receipt.entries.is_empty() || root.text(SEEN).is_some();
    let is_news = !is_told || id.is_some() && machine.earlier != Earlier::Here;
    if is_news { root.write(Path::new(SEEN), id.unwrap_or_default(), 0o644) } else { Ok(()) }
}

/// Reason why the machine is not as the configuration wants it, in one sentence.
fn error(mistake: Option<String>, plan: &Plan, machine: &Machine, failed: &[String]) -> Option<String> {
    let undone = Some(failed.join("; ")).filter(|failed| !failed.is_empty());
    let without_chrony = || machine.chrony.is_none().then(|| plan.left.join("; "));
    mistake.or(undone).or_else(without_chrony)
}

fn say_what_is(machine: &Machine, intent: &Intent, plan: &Plan) {
    if !plan.is_empty() {
        let identity = &machine.identity;
        info!(
            MESSAGE_ID = journal::DETECTED, PLATFORM = %identity.platform,
            EVIDENCE = identity.evidence.join("; "), "platform: {}", describe(identity)
        );
    }
    // The operator counts on a source that chronyd does not get: every boot says so.
    for refused in &intent.refused {
        error!(MESSAGE_ID = journal::REFUSED, "{refused}");
    }
    for left in plan.left.iter().filter(|_| machine.chrony.is_some()) {
        warn!(MESSAGE_ID = journal::LEFT, "{left}");
    }
    // A boot with nothing to do says all in its one line.
    let notes = plan.notes.iter().filter(|note| !intent.refused.contains(note));
    for note in notes.filter(|_| !plan.is_empty()) {
        warn!(MESSAGE_ID = journal::LEFT, "{note}");
    }
    for unit in &plan.too_late {
        warn!(
            MESSAGE_ID = journal::TOO_LATE,
            UNIT = unit,
            "{unit} had started before its gate was set, and is left alone: it waits from its next start on"
        );
    }
}

fn say_what_was_done(machine: &Machine, plan: &Plan, failed: usize, elapsed: Duration) {
    let identity = &machine.identity;
    let elapsed = elapsed.as_millis() as u64;
    if failed > 0 {
        error!(
            MESSAGE_ID = journal::DONE,
            ELAPSED_MS = elapsed,
            "{} failed, see above; {elapsed} ms",
            counted(failed, "step")
        );
    } else if machine.chrony.is_none() {
        error!(MESSAGE_ID = journal::FAILED, ELAPSED_MS = elapsed, "{}", plan.left.join("; "));
    } else if plan.is_empty() {
        let notes: String = plan.notes.iter().map(|note| format!("; {note}")).collect();
        info!(
            MESSAGE_ID = journal::NOTHING_TO_DO, PLATFORM = %identity.platform, ELAPSED_MS = elapsed,
            EVIDENCE = identity.evidence.join("; "),
            "nothing to do on {}, {elapsed} ms{notes}", describe(identity)
        );
    } else {
        let edits = counted(plan.edits.len(), "edit");
        let jobs: Vec<String> = plan.jobs.iter().map(Job::to_string).collect();
        let jobs = if jobs.is_empty() { "none".to_owned() } else { jobs.join(", ") };
        info!(
            MESSAGE_ID = journal::DONE,
            PLATFORM = %identity.platform,
            ELAPSED_MS = elapsed,
            JOBS = jobs,
            "done in {elapsed} ms: {edits}; jobs: {jobs}"
        );
    }
}
