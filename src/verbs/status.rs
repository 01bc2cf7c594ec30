//! `status`: what every user may see of the machine, on one screen.

use std::path::Path;

use serde_json::json;

use cloud_timesync::cli::{Choice, Pass};
use cloud_timesync::error::Error;
use cloud_timesync::names::REPORT;
use cloud_timesync::root::write_operators_file;
use cloud_timesync::status::Status;
use cloud_timesync::timeline::svg;
use cloud_timesync::verify::reported_headline;

use crate::process::{self, print, print_json};

use super::configured::configured;
use super::verify::{ASKS_IMDS, alarm, choose, exit, look};
use super::{Outcome, could_not_tell, not_done, open};

pub async fn run(picture: Option<&Path>, json: bool) -> Outcome {
    let pass = Pass::default();
    let root = open(&pass.at)?;
    let config = configured(&root).map_err(could_not_tell)?.config;
    let choice = Choice { skip: vec![ASKS_IMDS.to_owned()], ..Choice::default() };
    let status = Status::of(look(&root, &pass, &config, choose(&choice, root.is_host())?).await?);
    if json {
        let mut object = status.to_json();
        object["error"] = json!(config.broken);
        print_json(&object)?;
    } else {
        let headline = match status.subject.boot() {
            Ok(_) => status.report.headline(),
            Err(_) => {
                root.text(REPORT).and_then(|report| reported_headline(&serde_json::from_str(&report).ok()?))
            }
        };
        print(&(alarm(headline) + &status.to_text(process::width())))?;
    }
    if let Some(path) = picture {
        let why = || status.subject.boot().err().unwrap_or("there is no boot to draw".to_owned());
        let timeline = status.timeline().filter(|timeline| !timeline.rows.is_empty());
        let timeline = timeline.ok_or_else(|| not_done(Error::path("drawing", path, why())))?;
        let platform = status.subject.machine.identity.platform;
        let title = format!("This boot on {platform}: seconds since the kernel started");
        write_operators_file(path, &svg::draw(&timeline, &title)).map_err(not_done)?;
    }
    Ok(exit(&config, &status.report))
}
