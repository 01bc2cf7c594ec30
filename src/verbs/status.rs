//! `status`: what every user may see of the machine, on one screen.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use tracing::warn;

use cloud_timesync::cli::At;
use cloud_timesync::config::{AtTimeout, Config};
use cloud_timesync::database::candidates;
use cloud_timesync::error::{Error, Result};
use cloud_timesync::names::{AGENT_UNIT, CHRONY_WAIT, HOLD_UNIT, ONLINE_UNIT, TIME_SYNC, gate_path};
use cloud_timesync::observe::{self, Ask, boot, chronyc, foreign, imds::Endpoints, units};
use cloud_timesync::receipt::Receipt;
use cloud_timesync::render;
use cloud_timesync::root::{Found, Root};
use cloud_timesync::status::{DropIn, Gate, Look, Status, Unit};
use cloud_timesync::systemd::{More, Systemd};
use cloud_timesync::timeline::bars::Glyphs;
use cloud_timesync::timeline::svg;

use super::configured::{self, configured};
use super::{Exit, Outcome, not_done, open, print, print_json, terminal};

pub async fn run(ascii: bool, picture: Option<&Path>, json: bool) -> Outcome {
    let root = open(&At { root: PathBuf::from("/") })?;
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
        let glyphs = if ascii || !terminal::is_utf8() { Glyphs::Ascii } else { Glyphs::Unicode };
        print(&status.to_text(Look { width: terminal::width(), glyphs }))?;
    }
    if let Some(path) = picture {
        let why =
            || status.boot.as_ref().err().map_or("there is no boot to draw".to_owned(), Error::to_string);
        let timeline = status.timeline().filter(|timeline| !timeline.rows.is_empty());
        let timeline = timeline.ok_or_else(|| not_done(Error::path("drawing", path, why())))?;
        let title = format!("This boot on {}: seconds since the kernel started", status.identity.platform);
        save(path, &svg::draw(&timeline, &title)).map_err(not_done)?;
    }
    Ok(match configured::exit(&config) {
        Exit::Done if status.is_blind() => Exit::CouldNotTell,
        exit => exit,
    })
}

/// Everything at the same time; what does not answer is part of the result.
async fn look_at(root: &Root, config: &Config) -> Status {
    let chrony = observe::chrony::chrony(root).map(|chrony| chrony.unit);
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
    let unit = |name: String| Unit { live: live.get(&name).cloned(), name };
    let hold = config.gate.at_timeout == AtTimeout::Hold;
    let gate =
        |name: &String| Gate { database: unit(name.clone()), drop_in: drop_in(root, name, hold), hold };
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

fn drop_in(root: &Root, unit: &str, hold: bool) -> DropIn {
    match root.read(gate_path(unit)) {
        Ok(Found::Absent) => DropIn::Absent,
        Ok(found) if found.text() == Some(render::gate(unit, hold).as_str()) => DropIn::Right,
        Ok(_) => DropIn::Other,
        Err(why) => DropIn::Unreadable(why),
    }
}

/// The operator's own file: written whole, beside its place. What is no file (/dev/stdout, a pipe)
/// is written to.
fn save(path: &Path, text: &str) -> Result<()> {
    let fail = |why: io::Error| Error::path("writing", path, why);
    let place = match path.metadata() {
        Ok(meta) if !meta.is_file() => {
            let mut file = OpenOptions::new().write(true).open(path).map_err(fail)?;
            return file.write_all(text.as_bytes()).map_err(fail);
        }
        // A link stays one.
        Ok(_) => path.canonicalize().map_err(fail)?,
        Err(_) => {
            // A folder that is mistyped is not made.
            let name = path.file_name().ok_or_else(|| fail(io::ErrorKind::InvalidInput.into()))?;
            let folder = path.parent().filter(|folder| folder.as_os_str() != "").unwrap_or(Path::new("."));
            folder.canonicalize().map_err(fail)?.join(name)
        }
    };
    Root::open(Path::new("/"))?.write(&place, text, 0o644)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    #[test]
    fn a_picture_is_written_whole_and_through_links() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let [file, link] = ["x.svg", "link.svg"].map(|name| folder.path().join(name));
        save(&file, "first").expect("a new file");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        save(&link, "second").expect("an old file");
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "second");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink(), "the link was replaced");
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 2, "something was left behind");
    }

    #[test]
    fn a_picture_makes_no_folder_and_replaces_no_pipe() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let error = save(&folder.path().join("typo/x.svg"), "").expect_err("there is no folder").to_string();
        assert!(error.ends_with("typo/x.svg: no such file or directory"), "{error}");
        assert!(save(folder.path(), "").is_err());

        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).expect("a pipe");
        // Both ends: nobody blocks.
        let mut reader = OpenOptions::new().read(true).write(true).open(&pipe).expect("its ends");
        save(&pipe, "text").expect("the pipe takes it");
        assert!(!fs::metadata(&pipe).expect("it is there").is_file(), "the pipe was replaced");
        let mut read = [0; 4];
        reader.read_exact(&mut read).expect("the text");
        assert_eq!(&read, b"text");
    }
}
