//! argv -> verb -> the pass -> exit code.

mod process;
mod verbs;

use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use tracing::{Level, error};

use cloud_timesync::cli::{Cli, Verb, completion_script};
use cloud_timesync::journal::{self, Log};
use cloud_timesync::program::chronyc;
use verbs::{Exit, apply, detect, plan, status, undo, verify, vmclock, wait};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.verbose { Level::DEBUG } else { Level::INFO };
    let log =
        if process::logs_to_the_journal() { Log::Journal { unit: process::unit() } } else { Log::Stderr };
    journal::start(level, log);
    let outcome = match &cli.verb {
        Verb::Apply(pass) => apply::run(pass, cli.json).await,
        Verb::Plan { pass, exit_code } => plan::run(pass, *exit_code, cli.json).await,
        Verb::Detect(pass) => detect::run(pass, cli.json).await,
        Verb::Verify { pass, choice } => verify::run(pass, choice, cli.json).await,
        Verb::Status { svg } => status::run(svg.as_deref(), cli.json).await,
        Verb::Undo { at } => undo::run(at, cli.json).await,
        Verb::Wait => wait::run().await,
        Verb::Vmclock => vmclock::run().await,
        Verb::Chronyc { arguments } => Err(verbs::not_done(chronyc::replace_process(arguments))),
        Verb::Completions { shell } => {
            process::print_page("script", &completion_script(*shell), cli.json).map(|()| Exit::Done)
        }
    };
    let exit = outcome.unwrap_or_else(|(exit, why)| {
        error!(MESSAGE_ID = journal::FAILED, "{why}");
        if cli.json {
            verbs::say_if_lost(process::print_json(&json!({ "schema": 1, "error": why.to_string() })));
        }
        exit
    });
    ExitCode::from(exit as u8)
}
