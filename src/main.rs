//! argv -> verb -> the pass -> exit code.

// argv, the environment and the clock are read here.
#![allow(clippy::disallowed_methods)]

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{CommandFactory, Parser};
use serde_json::{Value, json};
use tracing::{Level, error, info, warn};

use cloud_timesync::apply::apply;
use cloud_timesync::cli::{At, Cli, Pass, Verb};
use cloud_timesync::config::Config;
use cloud_timesync::decide::decide;
use cloud_timesync::error::Error;
use cloud_timesync::journal;
use cloud_timesync::machine::{Identity, Machine, Platform};
use cloud_timesync::names::LOCK;
use cloud_timesync::observe::{self, Ask, imds::Endpoints, observe};
use cloud_timesync::plan::{Job, Plan, plan};
use cloud_timesync::root::Root;
use cloud_timesync::systemd::Systemd;
use cloud_timesync::undo::undo;

/// The contract of the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    NotDone = 1,
    Usage = 2,
    CouldNotTell = 3,
}

/// How long a run waits for another one to end. The longest pass is shorter.
const LOCK_DEADLINE: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.verbose { Level::DEBUG } else { Level::INFO };
    journal::start(level, stderr_is_the_journal());
    let exit = match &cli.verb {
        Verb::Apply(pass) => run_apply(pass, cli.json).await,
        Verb::Plan { pass, exit_code } => run_plan(pass, *exit_code, cli.json).await,
        Verb::Detect(pass) => run_detect(pass, cli.json).await,
        Verb::Undo { at } => run_undo(at, cli.json).await,
        Verb::Completions { shell } => {
            let name = "cloud-timesync";
            clap_complete::generate(*shell, &mut Cli::command(), name, &mut std::io::stdout());
            Ok(Exit::Done)
        }
    };
    let exit = exit.unwrap_or_else(|(exit, why)| {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
        exit
    });
    ExitCode::from(exit as u8)
}

type Outcome = Result<Exit, (Exit, Error)>;

fn not_done(why: Error) -> (Exit, Error) {
    (Exit::NotDone, why)
}

fn could_not_tell(why: Error) -> (Exit, Error) {
    (Exit::CouldNotTell, why)
}

async fn run_apply(pass: &Pass, json: bool) -> Outcome {
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

async fn run_plan(pass: &Pass, exit_code: bool, json: bool) -> Outcome {
    let root = open(&pass.at)?;
    let config = Config::load(&root).map_err(|why| (Exit::Usage, why))?;
    let systemd = connect(&root).await;
    let ask = ask(pass, &root, systemd.as_ref());
    let machine = observe(&root, &config, &ask).await.map_err(could_not_tell)?;
    let plan = plan(&machine, &decide(&machine, &config, pass.force));
    if json {
        print_json(&plan.to_json());
    } else {
        print(&plan.to_string());
    }
    Ok(if exit_code && !plan.is_empty() { Exit::NotDone } else { Exit::Done })
}

async fn run_detect(pass: &Pass, json: bool) -> Outcome {
    let root = open(&pass.at)?;
    let config = Config::load(&root).map_err(|why| (Exit::Usage, why))?;
    let identity = observe::identify(&root, &config, &ask(pass, &root, None)).await;
    let Identity { platform, strength, evidence, .. } = &identity;
    if json {
        print_json(&json!({
            "schema": 1, "platform": platform, "strength": strength, "evidence": evidence,
        }));
    } else {
        print(&format!("{}\n", describe(&identity)));
    }
    Ok(if *platform == Platform::Unknown { Exit::CouldNotTell } else { Exit::Done })
}

async fn run_undo(at: &At, json: bool) -> Outcome {
    let root = open(at)?;
    let _lock = lock(&root).await.map_err(not_done)?;
    let undone = undo(&root).map_err(not_done)?;
    for kept in &undone.kept {
        warn!(
            MESSAGE_ID = journal::LEFT,
            "somebody had edited it: the edited text is kept as {}",
            kept.display()
        );
    }
    let mut failed = Vec::new();
    if !undone.done.is_empty()
        && let Some(systemd) = connect(&root).await
    {
        let chrony = observe::chrony::chrony(&root).map(|chrony| Job::TryRestart(chrony.unit));
        for job in [Job::Reload].into_iter().chain(chrony) {
            failed.extend(systemd.run(&job).await.err());
        }
    }
    if json {
        print_json(&json!({ "schema": 1, "done": undone.done, "kept": undone.kept }));
    } else if undone.done.is_empty() {
        print("Nothing to undo.\n");
    } else {
        undone.done.iter().for_each(|line| print(&format!("{line}\n")));
    }
    match failed.pop() {
        Some(why) => Err(not_done(why)),
        None => Ok(Exit::Done),
    }
}

fn open(at: &At) -> Result<Root, (Exit, Error)> {
    Root::open(&at.root).map_err(|why| (Exit::Usage, why))
}

/// An image is never asked about the machine that builds it.
async fn connect(root: &Root) -> Option<Systemd> {
    if root.is_host() { Some(Systemd::connect().await) } else { None }
}

fn ask<'a>(pass: &Pass, root: &Root, systemd: Option<&'a Systemd>) -> Ask<'a> {
    let imds = root.is_host().then(Endpoints::link_local);
    Ask { told: pass.platform, imds, systemd, wait_for_clock: false }
}

/// Waits until no other run writes.
async fn lock(root: &Root) -> Result<OwnedFd, Error> {
    let started = Instant::now();
    loop {
        match root.lock(Path::new(LOCK)) {
            Err(why) if started.elapsed() >= LOCK_DEADLINE => return Err(why),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            locked => return locked,
        }
    }
}

fn describe(identity: &Identity) -> String {
    let strength = identity.strength.map_or("no evidence".to_owned(), |strength| strength.to_string());
    let evidence = identity.evidence.join("; ");
    let colon = if evidence.is_empty() { "" } else { ": " };
    format!("{} ({strength}){colon}{evidence}", identity.platform)
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
        let (edits, jobs) = (plan.edits.len(), plan.jobs.len());
        info!(
            MESSAGE_ID = journal::DONE, PLATFORM = %identity.platform, ELAPSED_MS = elapsed,
            "done: {edits} edits and {jobs} jobs in {elapsed} ms"
        );
    }
}

/// systemd.exec(5): JOURNAL_STREAM names the device and inode of the stream that it connected.
fn stderr_is_the_journal() -> bool {
    let Some(stream) = std::env::var_os("JOURNAL_STREAM") else { return false };
    let stderr = rustix::stdio::stderr().try_clone_to_owned().map(File::from);
    stderr
        .and_then(|file| file.metadata())
        .is_ok_and(|meta| stream.to_str() == Some(format!("{}:{}", meta.dev(), meta.ino()).as_str()))
}

fn print_json(object: &Value) {
    print(&format!("{object}\n"));
}

/// Results go to stdout; a reader that went away is no error.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
