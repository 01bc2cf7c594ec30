//! Process of this run: its environment, what it prints to stdout, and how long a run takes. Verbs have all of it from
//! here.

// This is the room of the process.
#![allow(clippy::disallowed_methods)]

use std::env::var_os;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use rustix::time::{ClockId, clock_gettime};

use cloud_timesync::error::Error;
use cloud_timesync::exit::Exit;

/// systemd.exec(5): JOURNAL_STREAM names the device and inode of the stream that it connected.
pub fn logs_to_the_journal() -> bool {
    let Some(stream) = var_os("JOURNAL_STREAM") else { return false };
    let stderr = rustix::stdio::stderr().try_clone_to_owned().map(File::from);
    stderr
        .and_then(|file| file.metadata())
        .is_ok_and(|meta| stream.to_str() == Some(format!("{}:{}", meta.dev(), meta.ino()).as_str()))
}

/// The service that this process is of, from its cgroup: `0::/system.slice/cloud-timesync.service`.
pub fn unit() -> Option<String> {
    let cgroups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let unit =
        cgroups.lines().find_map(|line| line.rsplit('/').next().filter(|name| name.ends_with(".service")));
    unit.map(str::to_owned)
}

pub type Printed = Result<(), (Exit, Error)>;

/// Prints one object.
pub fn print_json(object: &Value) -> Printed {
    print(&format!("{object}\n"))
}

/// Prints a text that is made for another program.
pub fn print_page(name: &str, text: &str, json: bool) -> Printed {
    if json { print_json(&json!({ "schema": 1, name: text })) } else { print(text) }
}

/// Prints a result to stdout. A reader that went away is no error; a result that is lost is one.
pub fn print(text: &str) -> Printed {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => {
            Err((Exit::CouldNotTell, Error::new("writing the result to stdout", why)))
        }
        _ => Ok(()),
    }
}

/// Red and bold on a terminal that has colors: no-color.org.
pub fn red(text: &str) -> String {
    let is_set = |name| var_os(name).is_some_and(|value| !value.is_empty());
    let has_colors = std::io::stdout().is_terminal()
        && !is_set("NO_COLOR")
        && var_os("TERM").is_some_and(|terminal| terminal != "dumb");
    if has_colors { format!("\x1b[1;31m{text}\x1b[0m") } else { text.to_owned() }
}

/// Width where nothing tells one: in a pipe, on a serial console.
const USUAL: usize = 80;

/// Width in characters: what COLUMNS says, else the terminal itself.
pub fn width() -> usize {
    let told = var_os("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
    let own = || rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    told.or_else(own).filter(|columns| *columns > 0).unwrap_or(USUAL)
}

/// Measures how long something takes.
#[derive(Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// One that runs since `began`, of CLOCK_MONOTONIC.
    pub fn since(began: Duration) -> Stopwatch {
        let now = clock_gettime(ClockId::Monotonic);
        let now = Duration::new(now.tv_sec.try_into().unwrap_or_default(), now.tv_nsec as u32);
        let start = Instant::now();
        Stopwatch(start.checked_sub(now.saturating_sub(began)).unwrap_or(start))
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
