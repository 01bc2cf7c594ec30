//! argv -> verb -> the pass -> exit code.

// argv, the environment and the clock are read here.
#![allow(clippy::disallowed_methods)]

mod verbs;

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use tracing::{Level, error};

use cloud_timesync::cli::{Cli, Verb, completion_script};
use cloud_timesync::journal::{self, Log};
use verbs::{Exit, apply, detect, hold, plan, status, undo, verify};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.verbose { Level::DEBUG } else { Level::INFO };
    let log = if stderr_is_the_journal() { Log::Journal { unit: unit() } } else { Log::Stderr };
    journal::start(level, log);
    let outcome = match &cli.verb {
        Verb::Apply(pass) => apply::run(pass, cli.json).await,
        Verb::Plan { pass, exit_code } => plan::run(pass, *exit_code, cli.json).await,
        Verb::Detect(pass) => detect::run(pass, cli.json).await,
        Verb::Verify { pass, choice } => verify::run(pass, choice, cli.json).await,
        Verb::Status { ascii, svg } => status::run(*ascii, svg.as_deref(), cli.json).await,
        Verb::Undo { at } => undo::run(at, cli.json).await,
        Verb::Hold => hold::run().await,
        Verb::Completions { shell } => {
            verbs::print_page("script", &completion_script(*shell), cli.json).map(|()| Exit::Done)
        }
    };
    let exit = outcome.unwrap_or_else(|(exit, why)| {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
        if cli.json {
            verbs::say_if_lost(verbs::print_json(&json!({ "schema": 1, "error": why.to_string() })));
        }
        exit
    });
    ExitCode::from(exit as u8)
}

/// systemd.exec(5): JOURNAL_STREAM names the device and inode of the stream that it connected.
fn stderr_is_the_journal() -> bool {
    let Some(stream) = std::env::var_os("JOURNAL_STREAM") else { return false };
    let stderr = rustix::stdio::stderr().try_clone_to_owned().map(File::from);
    stderr
        .and_then(|file| file.metadata())
        .is_ok_and(|meta| stream.to_str() == Some(format!("{}:{}", meta.dev(), meta.ino()).as_str()))
}

/// The service that this process is of, from its cgroup: `0::/system.slice/cloud-timesync.service`.
fn unit() -> Option<String> {
    let cgroups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let unit =
        cgroups.lines().find_map(|line| line.rsplit('/').next().filter(|name| name.ends_with(".service")));
    unit.map(str::to_owned)
}
