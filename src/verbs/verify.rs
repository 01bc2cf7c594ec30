//! `verify`: every check, and the verdict of the boot.

use std::path::Path;

use serde_json::json;
use tracing::{error, info, warn};

use cloud_timesync::cli::{Choice, Pass};
use cloud_timesync::config::Config;
use cloud_timesync::decide::decide;
use cloud_timesync::error::Error;
use cloud_timesync::journal;
use cloud_timesync::names::REPORT;
use cloud_timesync::observe::surroundings::surroundings;
use cloud_timesync::observe::{Ask, identify, observe};
use cloud_timesync::plan::plan;
use cloud_timesync::root::Root;
use cloud_timesync::verify::{self, Check, Finding, Report, Scope, Subject};

use crate::process::{self, print, print_json};

use super::configured::configured;
use super::{Exit, Outcome, ask, connect, could_not_tell, open, say_if_not};

/// The one check that sends a packet into the cloud.
pub const ASKS_IMDS: &str = "imds-agrees";

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
    let checks = choose(choice, root.is_host())?;
    let config = configured(&root).map_err(could_not_tell)?.config;
    let report = Report::of(&look(&root, pass, &config, checks).await?);
    if choice.boot {
        say(&report);
        // For whoever asks the machine later.
        say_if_not(root.write(Path::new(REPORT), &format!("{}\n", json!(report)), 0o644));
    } else if json {
        let mut object = json!(report);
        object["error"] = json!(config.broken);
        print_json(&object)?;
    } else {
        print(&format!("{}{report}", alarm(report.headline())))?;
    }
    Ok(exit(&config, &report))
}

/// Looks at all that these checks judge.
pub async fn look(
    root: &Root,
    pass: &Pass,
    config: &Config,
    checks: Vec<&'static Check>,
) -> Result<Subject, (Exit, Error)> {
    let systemd = connect(root).await;
    let ask = Ask { closely: true, ..ask(pass, root, systemd.as_ref()) };
    let identity = identify(root, config, &ask).await;
    let machine = observe(root, config, identity, &ask).await.map_err(could_not_tell)?;
    let intent = decide(&machine, config, pass.force);
    let plan = plan(&machine, &intent);
    // A machine of no cloud has no metadata service to ask.
    let asks_imds =
        machine.identity.platform.is_known() && checks.iter().any(|check| check.name == ASKS_IMDS);
    let ask = Ask { imds: ask.imds.filter(|_| asks_imds), ..ask };
    let around = surroundings(root, &machine, &ask).await;
    Ok(Subject { machine, intent, plan, around, checks })
}

/// Text that comes before everything else on a screen; empty where no database ran on a wrong clock.
pub fn alarm(headline: Option<String>) -> String {
    headline.map(|headline| process::red(&headline) + "\n\n").unwrap_or_default()
}

/// Exit status of a verb that checks the machine.
pub fn exit(config: &Config, report: &Report) -> Exit {
    match report.verdict {
        _ if config.broken.is_some() => Exit::Usage,
        "right" => Exit::Done,
        "wrong" => Exit::NotDone,
        _ => Exit::CouldNotTell,
    }
}

/// The checks that are asked for and make sense here.
pub fn choose(choice: &Choice, live: bool) -> Result<Vec<&'static Check>, (Exit, Error)> {
    let refuse = |doing: &str, why: &str| Err((Exit::Usage, Error::new(doing, why)));
    for name in choice.only.iter().chain(&choice.skip) {
        let Some(check) = verify::checks().find(|check| check.name == name) else {
            return refuse(&format!("no check is called {name}"), "--list names them");
        };
        if !live && check.scope == Scope::Live && choice.only.contains(name) {
            return refuse(&format!("checking {name}"), "an image cannot show it");
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
        return refuse("no check is left to make", "--skip takes all of them away");
    }
    Ok(chosen)
}

/// One line, and one for each check that is not right.
fn say(report: &Report) {
    for Finding { name, found, wanted, next, .. } in report.all("wrong") {
        let [found, wanted, next] =
            [found.as_deref(), wanted.as_deref(), *next].map(Option::unwrap_or_default);
        if report.alarms().any(|alarm| alarm.name == *name) {
            error!(
                target: journal::CRITICAL,
                MESSAGE_ID = journal::DATABASE_AT_RISK,
                CHECK = name,
                FOUND = found,
                "a database ran on a wrong clock: {found}; next: {next}"
            );
            continue;
        }
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
