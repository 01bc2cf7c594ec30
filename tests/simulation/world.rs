//! A chronyd in a world of its own, world.c: what the agent writes for a machine, what happens there, and how far off the
//! clock is at each second.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;
use test_support::{Tree, chronyd, repository, run};

/// What stands for a cloud's own server, a link away, and for those on the internet.
pub const NEAR: &str = "169.254.169.123";
pub const FAR: [&str; 4] = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"];

/// Each way, in seconds; what differs from packet to packet, and is of a mean of so much, comes on top.
const NEAR_DELAY_S: f64 = 0.0002;
const FAR_DELAY_S: f64 = 0.010;
const FAR_JITTER_S: f64 = 0.001;

#[derive(Clone)]
pub struct World {
    conf: String,
    says: String,
}

impl World {
    /// A machine of tests/machines with these settings in addition. The cloud's own server, and a PTP clock, answer with so
    /// much jitter.
    pub fn of(machine: &str, settings: &str, jitter_s: f64) -> World {
        let tree = Tree::of(machine);
        tree.put("etc/cloud-timesync/config.toml.d/99-simulation.toml", settings);
        tree.well(&["apply"], machine);
        let text = tree.text("etc/chrony/chrony.conf").expect("the agent wrote it");
        let mut world = World {
            conf: "cmdport 0\nport 0\nbindcmdaddress /\nuser root\n".to_owned(),
            says: format!("rate 12\nclock {jitter_s}\nserver {NEAR} {NEAR_DELAY_S} {jitter_s}\n"),
        };
        for far in FAR {
            world.says += &format!("server {far} {FAR_DELAY_S} {FAR_JITTER_S}\n");
        }
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("driftfile ")) {
            world.add(line);
        }
        world
    }

    /// A line of chrony.conf, with addresses in the place of names.
    fn add(&mut self, line: &str) {
        let (directive, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (name, options) = rest.split_once(' ').unwrap_or((rest, ""));
        let servers: &[&str] = match (directive, name) {
            ("pool", _) => &FAR,
            ("server", "time.windows.com") => &FAR[..1],
            ("server", _) => &[NEAR],
            _ => {
                self.conf += &format!("{line}\n");
                return;
            }
        };
        for server in servers {
            self.conf += &format!("server {server} {options}\n");
        }
    }

    /// The same with these directives in the place of all that the step policy has written.
    pub fn by_policy(&self, directives: &str) -> World {
        let is_others = |line: &&str| {
            !["makestep", "maxjitter", "maxsamples", "maxdistance"].iter().any(|one| line.starts_with(one))
        };
        let rest = self.conf.lines().filter(is_others).fold(String::new(), |text, line| text + line + "\n");
        World { conf: format!("{rest}{directives}\n"), says: self.says.clone() }
    }

    /// By how many seconds the clock is ahead when chronyd starts.
    pub fn ahead(mut self, seconds: f64) -> World {
        let _ = writeln!(self.says, "offset {seconds}");
        self
    }

    /// The machine stands still, and its clock with it.
    pub fn paused(self, at: f64, seconds: f64) -> World {
        self.happens(at, "pause", "machine", seconds, seconds)
    }

    /// A source answers nothing.
    pub fn lost(self, at: f64, source: &str, seconds: f64) -> World {
        self.happens(at, "lost", source, seconds, 1.0)
    }

    /// Requests to a server are under way for so much longer, and its answers are not.
    pub fn queued(self, at: f64, source: &str, seconds: f64, more_s: f64) -> World {
        self.happens(at, "queue", source, seconds, more_s)
    }

    /// A source tells a time that is ahead by so much.
    pub fn wrong(self, at: f64, source: &str, seconds: f64, by_s: f64) -> World {
        self.happens(at, "wrong", source, seconds, by_s)
    }

    fn happens(mut self, at: f64, kind: &str, who: &str, seconds: f64, value: f64) -> World {
        let _ = writeln!(self.says, "at {at} {kind} {who} {seconds} {value}");
        self
    }

    /// Lets so many seconds pass. The same seed gives the same world.
    #[track_caller]
    pub fn run(&self, seconds: f64, seed: u32) -> Trace {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let [conf, says, sees, pid] =
            ["chrony.conf", "says", "sees", "pid"].map(|name| directory.path().join(name));
        fs::write(&conf, format!("{}pidfile {}\n", self.conf, pid.display())).expect("writing chrony.conf");
        fs::write(&says, format!("seed {seed}\nlength {seconds}\n{}", self.says))
            .expect("describing the world");
        let mut command =
            Command::new(chronyd().expect("there is no chrony to run: run make target/chrony first"));
        // -U: a user who is not root can run it, as it sets nothing of the host's.
        command.args(["-d", "-U", "-F", "0", "-f"]).arg(&conf);
        command.env("LD_PRELOAD", library()).env("WORLD_SAYS", &says).env("WORLD_SEES", &sees);
        let output = command.output().expect("running chronyd");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{log}");
        Trace::of(&fs::read_to_string(&sees).expect("what the world saw"), log)
    }
}

/// world.c and its parts, compiled once a run.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = LIBRARY.get_or_init(|| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let library = directory.path().join("world.so");
        let sources =
            ["world.c", "servers.c", "ptp.c"].map(|part| repository().join("tests/simulation").join(part));
        run(Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .args(sources)
            .arg("-lm"));
        (directory, library)
    });
    library
}

/// How far the clock was ahead at each second, chronyd's steps of it, and what chronyd said.
pub struct Trace {
    pub errors: Vec<(f64, f64)>,
    pub steps: Vec<(f64, f64)>,
    pub log: String,
}

impl Trace {
    fn of(seen: &str, log: String) -> Trace {
        let numbers = |kind: &str| {
            let lines = seen.lines().filter_map(|line| line.strip_prefix(kind)?.split_once(' '));
            lines.map(|(at, value)| (number(at), number(value))).collect()
        };
        Trace { errors: numbers("error "), steps: numbers("step "), log }
    }

    fn between(&self, from: f64, to: f64) -> impl Iterator<Item = f64> {
        self.errors.iter().filter(move |(at, _)| (from..to).contains(at)).map(|(_, error)| *error)
    }

    /// The largest error between two moments, either way.
    pub fn worst(&self, from: f64, to: f64) -> f64 {
        self.between(from, to).map(f64::abs).fold(0.0, f64::max)
    }

    /// How far the clock was ahead at most.
    pub fn overshoot(&self, from: f64, to: f64) -> f64 {
        self.between(from, to).fold(0.0, f64::max)
    }

    pub fn rms(&self, from: f64, to: f64) -> f64 {
        let squares: Vec<f64> = self.between(from, to).map(|error| error * error).collect();
        (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
    }

    /// How many seconds after a moment the clock was last off by more than 0.1 s; None where it is so at the end.
    pub fn right_after(&self, moment: f64) -> Option<f64> {
        let is_wrong = |(at, error): &&(f64, f64)| *at >= moment && error.abs() > 0.1;
        let last = self.errors.iter().rfind(is_wrong).map_or(moment, |(at, _)| at + 1.0);
        self.errors.last().is_some_and(|(at, _)| *at >= last).then_some(last - moment)
    }
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}
