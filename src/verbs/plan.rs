//! `plan`: the pass, stopped before apply.

use serde_json::json;

use cloud_timesync::cli::Pass;
use cloud_timesync::config::Configured;
use cloud_timesync::decide::decide;
use cloud_timesync::observe::{identify, observe};
use cloud_timesync::plan::plan;
use cloud_timesync::printable::printable;

use crate::process::{print, print_json};

use super::configured::{self, configured};
use super::{Exit, Outcome, ask, connect, could_not_tell, open_to_change};

pub async fn run(pass: &Pass, exit_code: bool, json: bool) -> Outcome {
    let root = open_to_change(&pass.at)?;
    let Configured { config, settings } = configured(&root).map_err(could_not_tell)?;
    let systemd = connect(&root).await;
    let ask = ask(pass, &root, systemd.as_ref());
    let identity = identify(&root, &config, &ask).await;
    let machine = observe(&root, &config, identity, &ask).await.map_err(could_not_tell)?;
    let intent = decide(&machine, &config, pass.force);
    let plan = plan(&machine, &intent);
    if json {
        let mut object = plan.to_json();
        object["error"] = json!(configured::error(&config, &intent.refused));
        object["settings"] = json!(settings);
        print_json(&object)?;
    } else {
        let settings: String = settings.iter().map(|setting| format!("setting: {setting}\n")).collect();
        print(&printable(&format!("{settings}{plan}"), &['\n', '\t']))?;
    }
    Ok(match configured::exit(&config, &intent.refused) {
        Exit::Done if exit_code && !plan.is_empty() => Exit::NotDone,
        exit => exit,
    })
}
