//! `detect`: what the machine is.

use serde_json::json;

use cloud_timesync::cli::Pass;
use cloud_timesync::config;
use cloud_timesync::machine::Identity;
use cloud_timesync::observe::identify;
use cloud_timesync::platform::Platform;

use crate::process::{print, print_json};

use super::{Exit, Outcome, ask, describe, open};

pub async fn run(pass: &Pass, json: bool) -> Outcome {
    let root = open(&pass.at)?;
    let config = config::load(&root).map_err(|why| (Exit::Usage, why))?.config;
    let identity = identify(&root, &config, &ask(pass, &root, None)).await;
    let Identity { platform, strength, evidence, .. } = &identity;
    if json {
        print_json(&json!({
            "schema": 1, "platform": platform, "strength": strength, "evidence": evidence,
        }))?;
    } else {
        print(&format!("{}\n", describe(&identity)))?;
    }
    Ok(if *platform == Platform::Unknown { Exit::CouldNotTell } else { Exit::Done })
}
