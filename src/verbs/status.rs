//! `status`: what every user may see of the machine, on one screen.

use std::path::Path;

use serde_json::json;
use tracing::warn;

use cloud_timesync::cli::At;
use cloud_timesync::config::{AtTimeout, Config};
use cloud_timesync::database::candidates;
use cloud_timesync::error::Error;
use cloud_timesync::names::{AGENT_UNIT, CHRONY_WAIT, HOLD_UNIT, ONLINE_UNIT, TIME_SYNC, gate_path};
use cloud_timesync::observe::{self, Ask, boot, chronyc, foreign, imds::Endpoints, units};
use cloud_timesync::receipt::Receipt;
use cloud_timesync::root::{Root, write_operators_file};
use cloud_timesync::status::{Gate, Look, Status, Unit};
use cloud_timesync::systemd::{More, Systemd};
use cloud_timesync::timeline::bars::Glyphs;
use cloud_timesync::timeline::svg;

use crate::process::{self, print, print_json};

use super::configured::{self, configured};
use super::{Exit, Outcome, not_done, open};

pub async fn run(ascii: bool, picture: Option<&Path>, json: bool) -> Outcome {
    let root = open(&At { root: None })?;
    let config = configured(&root).map(|configured| configured.config).unwrap_or_else(|why| {
        warn!("{why}");
        Config { broken: Some(why.to_string()), ..Config::default() }
    });
    let status = look_at(&root, &config).await;
    if json {
        let mut object = status.to_json();
        object["error"] = json!(config.broken);
        print_json(&object)?;
    } else {
        let glyphs = if ascii || !process::is_utf8() { Glyphs::Ascii } else { Glyphs::Unicode };
        print(&status.to_text(Look { width: process::width(), glyphs }))?;
    }
    if let Some(path) = picture {
        let why =
            || status.boot.as_ref().err().map_or("there is no boot to draw".to_owned(), Error::to_string);
        let timeline = status.timeline().filter(|timeline| !timeline.rows.is_empty());
        let timeline = timeline.ok_or_else(|| not_done(Error::path("drawing", path, why())))?;
        let title = format!("This boot on {}: seconds since the kernel started", status.identity.platform);
        write_operators_file(path, &svg::draw(&timeline, &title)).map_err(not_done)?;
    }
    Ok(match configured::exit(&config) {
        Exit::Done if status.is_blind() => Exit::CouldNotTell,
        exit => exit,
    })
}

/// Everything at the same time; what does not answer is part of the result.
async fn look_at(root: &Root, config: &Config) -> Status {
    let chrony = observe::chronyd::chrony(root).map(|chrony| chrony.unit);
    let fixed = [AGENT_UNIT, ONLINE_UNIT, CHRONY_WAIT, HOLD_UNIT, TIME_SYNC].map(str::to_owned);
    let candidates = candidates(config);
    let units: Vec<String> =
        chrony.clone().into_iter().chain(fixed).chain(candidates.iter().cloned()).collect();
    let ask = Ask { imds: Some(Endpoints::link_local()), ..Ask::default() };
    let (identity, tracking, sources, boot, live) = tokio::join!(
        observe::identify(root, config, &ask),
        chronyc::tracking(),
        chronyc::sources(),
        boot::boot(&units),
        async {
            Systemd::connect().await.units(&units, &|_, _| More { dependencies: true, files: false }).await
        }
    );
    let live = live.unwrap_or_else(|why| {
        warn!("asking systemd: {why}");
        Default::default()
    });
    let unit = |name: String| Unit { state: live.get(&name).map(|live| live.active.clone()), name };
    let hold = config.gate.at_timeout == AtTimeout::Hold;
    let gate = |name: &String| {
        let drop_in = root.read(gate_path(name)).inspect_err(|why| warn!("{why}"));
        Gate::of(name, hold, drop_in.as_ref().ok(), live.get(name))
    };
    let places = units::Places::of(root);
    let is_installed = |name: &str| {
        let places = places.as_ref();
        places.is_ok_and(|places| units::any(root, places, name).is_ok_and(|unit| unit.is_some()))
    };
    // A database that is not here is none of the machine's; what the operator named is shown.
    let is_shown = |name: &&String| {
        let is_named = config.gate.units.iter().any(|named| named.as_str() == name.as_str());
        let is_live = live.get(*name).is_some_and(|live| live.loaded);
        is_named || is_live || is_installed(name)
    };
    let gates = candidates.iter().filter(is_shown).map(gate).collect();
    let foreign_servers =
        places.and_then(|places| foreign::servers(root, &places, config.rivals, &Receipt::load(root)?));
    let foreign_servers = foreign_servers.unwrap_or_else(|why| {
        warn!("{why}");
        Vec::new()
    });
    Status { identity, chrony: chrony.map(unit), tracking, sources, gates, foreign_servers, boot }
}
