//! The status as one screen.

use super::{DropIn, Gate, Status};
use crate::machine::{Boot, ClockSource, ForeignServer, Step, Tracking};
use crate::timeline::bars::{Glyphs, draw, wrapped};
use crate::timeline::signed_seconds;

/// How the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// In characters.
    pub width: usize,
    pub glyphs: Glyphs,
}

/// The steps under a database that are told.
const MOST_STEPS: usize = 4;

/// The width of the column of headings.
const HEADING: usize = 10;

impl Status {
    /// Sections with a heading on the left, then the timeline over the full width.
    pub fn to_text(&self, look: Look) -> String {
        let mut page = Page { text: String::new(), width: look.width };
        page.section("Platform", &self.platform_lines());
        page.section("Clock", &[self.clock_line()]);
        page.section("Sources", &self.source_lines());
        page.section("Displaced", &self.foreign_lines());
        page.section("Gate", &self.gate_lines());
        match (&self.boot, self.timeline()) {
            (Ok(boot), Some(timeline)) if !timeline.rows.is_empty() => {
                page.section("Boot", &["seconds since the kernel started".to_owned()]);
                page.text += "\n";
                page.text += &draw(&timeline, look.width, look.glyphs);
                page.text += "\n";
                let sentences = timeline.held.iter().map(|held| held.sentence());
                let sentences = sentences.chain(self.step_lines());
                sentences.chain(cycle_lines(boot)).for_each(|line| page.paragraph(&line));
            }
            (Err(why), _) => page.section("Boot", &[why.to_string()]),
            _ => page.section("Boot", &["the journal of this boot says nothing about it".to_owned()]),
        }
        if self.is_off() {
            page.text += "\n";
            page.section("Next", &["`cloud-timesync verify` says what is wrong, and why".to_owned()]);
        }
        page.text
    }

    /// What chronyd did to the clock under a database; the last ones, as a clock can be stepped for days.
    fn step_lines(&self) -> Vec<String> {
        let steps = self.steps_under_databases();
        let first = steps.len().saturating_sub(MOST_STEPS);
        let says = |(unit, step): &(&str, Step)| {
            let (at, by) = (step.at.as_secs_f64(), signed_seconds(step.seconds));
            format!("the clock was stepped by {by} at {at:.1} s, while {unit} ran")
        };
        steps[first..].iter().map(says).collect()
    }

    fn platform_lines(&self) -> Vec<String> {
        let identity = &self.identity;
        let strength = identity.strength.map_or("no evidence".to_owned(), |strength| strength.to_string());
        let first = format!("{} ({strength})", identity.platform);
        [first].into_iter().chain(identity.evidence.iter().cloned()).collect()
    }

    fn clock_line(&self) -> String {
        let why = match (&self.tracking, &self.chrony) {
            (Ok(tracking), _) => return tracking_line(tracking),
            (Err(_), None) => return "chrony is not installed".to_owned(),
            (Err(why), Some(_)) => why,
        };
        let unit = self.chrony.as_ref().and_then(|chrony| Some((&chrony.name, chrony.state.as_deref()?)));
        match unit {
            Some((name, state @ ("inactive" | "failed" | "deactivating"))) => {
                format!("chronyd does not run: {name} is {state}")
            }
            _ => format!("chronyd does not answer: {why}"),
        }
    }

    fn foreign_lines(&self) -> Vec<String> {
        let line = |server: &ForeignServer| {
            format!("{} asked {} ({})", server.daemon, server.name, server.file.display())
        };
        self.foreign_servers.iter().map(line).collect()
    }

    fn gate_lines(&self) -> Vec<String> {
        if self.gates.is_empty() {
            return vec!["no database that is known is installed, and gate.units names no other".to_owned()];
        }
        self.gates.iter().map(gate_line).collect()
    }

    fn source_lines(&self) -> Vec<String> {
        match &self.sources {
            Ok(sources) if sources.is_empty() => vec!["none: chronyd has nobody to ask".to_owned()],
            Ok(sources) => {
                let names =
                    sources.iter().map(|source| source.name.chars().count()).max().unwrap_or_default();
                sources.iter().map(|source| source_line(source, names)).collect()
            }
            // The clock's line says why.
            Err(_) if self.tracking.is_err() => vec!["not known".to_owned()],
            Err(why) => vec![format!("not known: {why}")],
        }
    }
}

fn tracking_line(tracking: &Tracking) -> String {
    if !tracking.is_synchronised() {
        return "not synchronised: chronyd has not set it yet".to_owned();
    }
    let direction = if tracking.system_offset > 0.0 { "slow" } else { "fast" };
    let leap = if tracking.leap == "Normal" { String::new() } else { format!(", leap: {}", tracking.leap) };
    format!(
        "synchronised to {}, stratum {}, {} {direction}{leap}",
        tracking.name,
        tracking.stratum,
        small(tracking.system_offset.abs())
    )
}

fn source_line(source: &ClockSource, names: usize) -> String {
    let ClockSource { mode, state, name, stratum, last_sample_offset, .. } = source;
    let says = match state {
        '*' => "selected",
        '+' => "combined with the selected one",
        '-' => "not needed",
        'x' => "wrong: the others disagree",
        '~' => "too variable",
        _ if source.reach == 0 => return format!("{mode}{state} {name:names$}  no usable answer"),
        _ => "not usable yet",
    };
    let offset =
        format!("{}{}", if *last_sample_offset < 0.0 { '-' } else { '+' }, small(last_sample_offset.abs()));
    format!("{mode}{state} {name:names$}  stratum {stratum}  {offset:>11}  {says}")
}

fn gate_line(gate: &Gate) -> String {
    let state = match (gate.installed, &gate.state) {
        (Some(false), _) => "not installed",
        (_, Some(state)) => state,
        (_, None) => "systemd does not answer",
    };
    let says = match (gate.drop_in, gate.in_effect) {
        (Some(DropIn::Absent), _) if gate.installed == Some(false) => "named in gate.units",
        (Some(DropIn::Absent), _) => {
            "no drop-in: it does not wait for the clock before the next boot, or `cloud-timesync apply`"
        }
        (Some(DropIn::Other), Some(true)) => "waits for the clock; its drop-in was edited",
        (Some(DropIn::Other), _) => "its drop-in was edited",
        (Some(DropIn::Right), None) => "its drop-in is there",
        (Some(DropIn::Right), Some(true)) => match (gate.held, gate.hold) {
            (true, true) => "held until the clock is right; `systemctl stop cloud-timesync-hold` lets it go",
            (true, false) => "held until chrony-wait ends",
            (false, _) => "waits for the clock",
        },
        (Some(DropIn::Right), Some(false)) if gate.installed == Some(false) => "its drop-in is ready",
        (Some(DropIn::Right), Some(false)) => "its drop-in is there, but systemd has not read it",
        (None, _) => "whether it waits is not known: its drop-in cannot be read",
    };
    format!("{} ({state}): {says}", gate.unit)
}

fn cycle_lines(boot: &Boot) -> impl Iterator<Item = String> {
    boot.cycles.iter().take(2).map(|cycle| format!("systemd broke an ordering cycle: {cycle}"))
}

/// Milliseconds, unless it is more than a second.
fn small(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.3} ms", seconds * 1e3) } else { format!("{seconds:.3} s") }
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    /// Each line wraps below itself.
    fn section(&mut self, heading: &str, lines: &[String]) {
        let mut heading = heading;
        for line in lines {
            // A table keeps its spaces, unless it is too wide.
            let room = self.width.saturating_sub(HEADING).max(20);
            let fits = line.chars().count() <= room;
            let parts = if fits { vec![line.clone()] } else { wrapped(line, room) };
            for part in parts {
                self.text += &format!("{heading:HEADING$}{part}\n");
                heading = "";
            }
        }
    }

    fn paragraph(&mut self, line: &str) {
        for part in wrapped(line, self.width.max(20)) {
            self.text += &part;
            self.text += "\n";
        }
    }
}
