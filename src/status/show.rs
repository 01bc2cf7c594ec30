//! The status as one screen.

use std::iter;

use super::{Gate, Status};
use crate::decide::Intent;
use crate::machine::{ClockSource, ForeignServer, Identity, Move, Tracking};
use crate::timeline::bars::{draw, wrapped};

/// The width of the column of headings.
const HEADING: usize = 10;

impl Status {
    /// Sections with a heading on the left, and the timeline over the full width, which is in characters.
    pub fn to_text(&self, width: usize) -> String {
        let mut page = Page { text: String::new(), width };
        page.section("Platform", &self.platform_lines());
        page.section("Clock", &[self.clock_line()]);
        page.section("Moved", &self.move_lines());
        page.section("Sources", &self.source_lines());
        page.section("Displaced", &self.foreign_lines());
        page.section("Gate", &self.gate_lines());
        page.section("Checks", &self.check_lines());
        match (self.subject.boot(), self.timeline()) {
            (Ok(_), Some(timeline)) if !timeline.rows.is_empty() => {
                let says: Vec<String> = timeline.held.iter().map(|held| held.says.clone()).collect();
                page.section("Waits", &says);
                page.section("Boot", &["seconds since the kernel started".to_owned()]);
                page.text += "\n";
                page.text += &draw(&timeline, width);
            }
            (Err(why), _) => page.section("Boot", &[why]),
            _ => page.section("Boot", &["the journal of this boot says nothing about it".to_owned()]),
        }
        page.text
    }

    fn platform_lines(&self) -> Vec<String> {
        let Identity { platform, strength, evidence, .. } = &self.subject.machine.identity;
        let strength = strength.map_or("no evidence".to_owned(), |strength| strength.to_string());
        iter::once(format!("{platform} ({strength})")).chain(evidence.iter().cloned()).collect()
    }

    fn clock_line(&self) -> String {
        let why = match self.subject.tracking() {
            Ok(tracking) => return tracking_line(tracking),
            Err(why) => why,
        };
        let Some(chrony) = &self.subject.machine.chrony else { return "chrony is not installed".to_owned() };
        match self.subject.machine.live(&chrony.unit).map(|live| live.active.as_str()) {
            Some(state @ ("inactive" | "failed" | "deactivating")) => {
                format!("chronyd does not run: {} is {state}", chrony.unit)
            }
            _ => format!("chronyd cannot be asked: {why}"),
        }
    }

    fn source_lines(&self) -> Vec<String> {
        match self.subject.sources() {
            Ok(sources) if sources.is_empty() => vec!["none: chronyd has no server to ask".to_owned()],
            Ok(sources) => {
                let follows = sources.iter().any(|source| source.state == '*');
                let names =
                    sources.iter().map(|source| source.name.chars().count()).max().unwrap_or_default();
                sources.iter().map(|source| source_line(source, names, follows)).collect()
            }
            // The clock's line says why.
            Err(_) if self.subject.tracking().is_err() => vec!["not known".to_owned()],
            Err(why) => vec![format!("not known: {why}")],
        }
    }

    fn move_lines(&self) -> Vec<String> {
        self.subject.boot().map_or(Vec::new(), |boot| boot.moves.iter().map(move_line).collect())
    }

    fn foreign_lines(&self) -> Vec<String> {
        let line = |server: &ForeignServer| {
            format!("{} asked {} ({})", server.daemon, server.name, server.file.display())
        };
        self.subject.machine.foreign_servers.iter().map(line).collect()
    }

    fn gate_lines(&self) -> Vec<String> {
        let lines: Vec<String> = self.gates().map(|gate| gate_line(&gate, &self.subject.intent)).collect();
        if lines.is_empty() {
            return vec!["no database that is known is installed, and gate.units names no other".to_owned()];
        }
        lines
    }

    /// The failed checks, and what to do.
    fn check_lines(&self) -> Vec<String> {
        let failed = self.report.all("wrong").flat_map(|finding| {
            let found = finding.found.as_deref().unwrap_or(finding.says);
            [format!("{}: {found}", finding.name), format!("next: {}", finding.next.unwrap_or_default())]
        });
        let unknown =
            self.report.all("unknown").next().map(|_| "`cloud-timesync verify` says why".to_owned());
        iter::once(self.report.summary()).chain(failed).chain(unknown).collect()
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

fn move_line(of: &Move) -> String {
    let repair = of.repair.map_or("the clock has not been set anew".to_owned(), |repair| repair.to_string());
    format!("at {:.1} s, to another host or by a restored snapshot: {repair}", of.at.as_secs_f64())
}

fn source_line(source: &ClockSource, names: usize, follows: bool) -> String {
    let ClockSource { mode, state, name, stratum, last_sample_offset, .. } = source;
    let says = match state {
        '*' => "selected",
        '+' => "combined with the selected one",
        '-' => "not needed",
        'x' if follows => "wrong: the others disagree",
        'x' => "the sources disagree, and none is followed",
        '~' => "too variable",
        _ if source.reach == 0 => return format!("{mode}{state} {name:names$}  no usable answer"),
        _ => "not usable yet",
    };
    let offset =
        format!("{}{}", if *last_sample_offset < 0.0 { '-' } else { '+' }, small(last_sample_offset.abs()));
    format!("{mode}{state} {name:names$}  stratum {stratum}  {offset:>11}  {says}")
}

fn gate_line(gate: &Gate, intent: &Intent) -> String {
    let state = match (gate.installed, gate.state) {
        (Some(false), _) => "not installed",
        (_, Some(state)) => state,
        (_, None) => "systemd does not answer",
    };
    let says = match (gate.in_effect, gate.held) {
        _ if gate.installed == Some(false) => "named in gate.units",
        (Some(true), true) if intent.hold => {
            "held until the clock is right; `systemctl stop chrony-wait cloud-timesync-wait` lets it go"
        }
        (Some(true), true) if intent.waits_longer() => {
            "held until the clock is right, at most as long as [gate] timeout says"
        }
        (Some(true), true) => "held until chrony-wait ends",
        (Some(true), false) => "waits for the clock",
        (Some(false), _) => "does not wait for the clock",
        (None, _) if gate.drop_in == "right" => "its drop-in is there",
        (None, _) => "whether it waits is not known",
    };
    format!("{} ({state}): {says}", gate.unit)
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
}
