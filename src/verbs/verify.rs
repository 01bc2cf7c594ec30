//! `verify`: every check, and the verdict of the boot.

use std::path::Path;

use serde_json::json;
use tracing::{error, info, warn};

use cloud_timesync::cli::{Choice, Pass};
use cloud_timesync::decide::decide;
use cloud_timesync::error::Error;
use cloud_timesync::journal;
use cloud_timesync::names::REPORT;
use cloud_timesync::observe::surroundings::surroundings;
use cloud_timesync::observe::{Ask, identify, observe};
use cloud_timesync::plan::plan;
use cloud_timesync::root::Root;
use cloud_timesync::verify::{self, Check, Finding, Report, Scope, Subject};

use crate::process::{print, print_json};

use super::configured::configured;
use super::{Exit, Outcome, ask, connect, could_not_tell, open};

/// The one check that sends a packet into the cloud.
const ASKS_IMDS: &str = "imds-agrees";

pub async fn run(pass: &Pass, choice: &Choice, json: bool) -> Outcome {
    if choice.list {
        if json {
            print_json(&verify::list_json())?;
        } else {
            print(&verify::list())?;
        }
        return Ok(Exit::Done);
    }
    let root = open(&pass.at)?;
    let chosen = choose(choice, root.is_host()).map_err(|why| (Exit::Usage, why))?;
    let config = configured(&root).map_err(could_not_tell)?.config;
    let systemd = connect(&root).await;
    let ask = Ask { closely: true, ..ask(pass, &root, systemd.as_ref()) };
    let identity = identify(&root, &config, &ask).await;
    let machine = observe(&root, &config, identity, &ask).await.map_err(could_not_tell)?;
    let intent = decide(&machine, &config, pass.force);
    let plan = plan(&machine, &intent);
    // Who is no cloud's has nobody to ask.
    let to_ask = machine.identity.platform.is_known() && is_in(&chosen, ASKS_IMDS);
    let ask = Ask { imds: ask.imds.filter(|_| to_ask), ..ask };
    let around = surroundings(&root, &machine, &ask).await;
    let checks = &chosen;
    let report =
        Report::of(&Subject { machine: &machine, intent: &intent, plan: &plan, around: &around, checks });
    if choice.boot {
        say(&report);
        keep(&root, &report);
    } else if json {
        let mut object = json!(report);
        object["error"] = json!(config.broken);
        print_json(&object)?;
    } else {
        print(&report.to_string())?;
    }
    Ok(match report.verdict {
        _ if config.broken.is_some() => Exit::Usage,
        "right" => Exit::Done,
        "wrong" => Exit::NotDone,
        _ => Exit::CouldNotTell,
    })
}

/// The checks that are asked for and make sense here.
fn choose(choice: &Choice, live: bool) -> Result<Vec<&'static Check>, Error> {
    for name in choice.only.iter().chain(&choice.skip) {
        let Some(check) = verify::checks().find(|check| check.name == name) else {
            return Err(Error::new(format_args!("no check is called {name}"), "--list names them"));
        };
        if !live && check.scope == Scope::Live && choice.only.contains(name) {
            return Err(Error::new(format_args!("checking {name}"), "an image cannot show it"));
        }
    }
    let has = |names: &[String], check: &Check| names.iter().any(|name| name == check.name);
    let wanted = |check: &&'static Check| {
        (live || check.scope == Scope::Anywhere)
            && (choice.only.is_empty() || has(&choice.only, check))
            && !has(&choice.skip, check)
            // DMI decides at once, and a boot costs the cloud no packet.
            && !(choice.boot && check.name == ASKS_IMDS)
    };
    let chosen: Vec<&Check> = verify::checks().filter(wanted).collect();
    if chosen.is_empty() {
        return Err(Error::new("no check is left to make", "--skip takes all of them away"));
    }
    Ok(chosen)
}

fn is_in(checks: &[&Check], name: &str) -> bool {
    checks.iter().any(|check| check.name == name)
}

/// One line, and one for each check that is not right.
fn say(report: &Report) {
    for Finding { name, found, wanted, next, .. } in report.all("wrong") {
        let [found, wanted, next] =
            [found.as_deref(), wanted.as_deref(), *next].map(Option::unwrap_or_default);
        warn!(
            MESSAGE_ID = journal::CHECK_WRONG,
            CHECK = name,
            FOUND = found,
            WANTED = wanted,
            "{name} is wrong: {found}; wanted: {wanted}; next: {next}"
        );
    }
    for Finding { name, found, .. } in report.all("unknown") {
        let why = found.as_deref().unwrap_or_default();
        warn!(
            MESSAGE_ID = journal::CHECK_UNKNOWN,
            CHECK = name,
            FOUND = why,
            "{name} could not be checked: {why}"
        );
    }
    let summary = report.summary();
    match report.verdict {
        "right" => info!(MESSAGE_ID = journal::BOOT_RIGHT, "this boot is right: {summary}"),
        "wrong" => warn!(MESSAGE_ID = journal::BOOT_WRONG, "this boot is wrong: {summary}"),
        _ => warn!(MESSAGE_ID = journal::BOOT_UNKNOWN, "this boot may be right: {summary}"),
    }
}

/// For whoever asks the machine later.
fn keep(root: &Root, report: &Report) {
    if let Err(why) = root.write(Path::new(REPORT), &format!("{}\n", json!(report)), 0o644) {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
    }
}
