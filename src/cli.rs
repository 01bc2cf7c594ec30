//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Command, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::exit::SUMMARY;
use crate::platform::Platform;

/// Gives chrony the cloud's own time source and holds the database until the clock is right.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    after_help = SUMMARY
)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more on stderr
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make the machine right: what the unit runs on every boot
    Apply(Pass),
    /// Show what apply would do: files as unified diffs, and jobs
    Plan {
        #[command(flatten)]
        pass: Pass,
        /// Exit with 1 if there is something to do
        #[arg(long)]
        exit_code: bool,
    },
    /// Say which platform this is, and why
    Detect(Pass),
    /// Check everything, a line each
    Verify {
        #[command(flatten)]
        pass: Pass,
        #[command(flatten)]
        choice: Choice,
    },
    /// Show what this machine is, its time sources, its gate and this boot's timeline
    Status {
        /// Also draw the timeline as a picture into this file
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        svg: Option<PathBuf>,
    },
    /// Restore every replaced file byte for byte, and disable the unit
    Undo {
        #[command(flatten)]
        at: At,
    },
    /// Wait until the clock is right: what cloud-timesync-wait.service runs
    #[command(hide = true)]
    Wait,
    /// Have chronyd set the clock anew after a migration: what cloud-timesync-vmclock.service runs
    #[command(hide = true)]
    Vmclock,
    /// Run chronyc as chronyd's user: what cloud-timesync-resolve.service and chrony-wait's drop-in do
    #[command(hide = true, disable_help_flag = true)]
    Chronyc {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Print a completion script
    Completions { shell: Shell },
}

#[derive(Clone, Debug, Default, Args)]
pub struct At {
    /// Work on the image in this directory instead of the running machine
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Pass {
    #[command(flatten)]
    pub at: At,
    /// Do not detect the platform; take this one
    #[arg(long, value_name = "PLATFORM", ignore_case = true)]
    pub platform: Option<Platform>,
    /// Set an edited file aside and write it anew
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Choice {
    /// Print the table of checks and check nothing
    #[arg(long)]
    pub list: bool,
    /// Make only this check; may be given more than once
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub only: Vec<String>,
    /// Do not make this check; may be given more than once
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub skip: Vec<String>,
    /// The verdict of the boot goes to the journal and to /run/cloud-timesync/report.json
    #[arg(long, hide = true, conflicts_with = "root")]
    pub boot: bool,
}

impl ValueEnum for Platform {
    fn value_variants<'a>() -> &'a [Platform] {
        Platform::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.row().name))
    }
}

/// The script with which a shell completes command lines. completions/ has those that the packages install.
pub fn completion_script(shell: Shell) -> String {
    let mut command = without_hidden(&Cli::command()).version(env!("CARGO_PKG_VERSION"));
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "cloud-timesync", &mut script);
    // In bash, clap_complete 4.6 gives the verbs of a program with a hyphen in its name one name and looks for another
    // (clap-rs/clap 6421).
    String::from_utf8_lossy(&script).replace("cloud__subcmd__timesync", "cloud__timesync")
}

/// A copy without the verbs and options that are for packages and units: clap_complete offers hidden ones, too.
fn without_hidden(command: &Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    let options = command.get_arguments().filter(|option| !option.is_hide_set()).cloned();
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(without_hidden);
    Command::new(command.get_name().to_owned()).about(about).args(options).subcommands(verbs)
}
