//! Journal of this boot. It is asked only for the entries that matter: a journal has gigabytes.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::{Error, Result};
use crate::journal::{LET_GO, MOVED, RIGHT_AGAIN};
use crate::machine::{Boot, Move, Repair, Step, UnitEvent, Update, What};
use crate::names::VMCLOCK_UNIT;
use crate::program;

/// journalctl seeks by the fields' index: milliseconds, seconds on a cold disk.
const DEADLINE: Duration = Duration::from_secs(10);

/// Bytes that are read of journalctl's output, some ten thousand entries. Its beginning is the boot.
const LIMIT: u64 = 8 << 20;

/// The cycles that are kept: a boot that has more has no need of them all.
const MOST_CYCLES: usize = 20;

/// systemd's catalogue of messages: sd-messages.h.
const EVENTS: [(&str, What); 5] = [
    ("7d4958e842da4a758f6c1cdc7b36dcc5", What::Starting),
    ("39f53479d3a045ac8e11786248231fbf", What::Started),
    ("be02cf6855d2428ba40df7e9d022f03d", What::Failed),
    ("d9b373ed55a64feb8242e02dbe79a49c", What::Failed),
    ("9d1aaa27d60140bd96365438aad20286", What::Stopped),
];

/// Stopped at the end of every user space, after all services and well before journald.
const SYSINIT: &str = "sysinit.target";

/// Fields that are read of an entry, besides the journal's own time stamps.
const FIELDS: &str = "--output-fields=MESSAGE,MESSAGE_ID,UNIT,SLOW_S,ELAPSED_MS,_PID,SYSLOG_IDENTIFIER,_TRANSPORT,\
                      _SOURCE_MONOTONIC_TIMESTAMP";

/// Reads what happened to these units, and to the clock.
///
/// # Errors
/// When journalctl cannot be run, does not end in time, or may not read the system's journal.
pub async fn boot(units: &[String]) -> Result<Boot> {
    let doing = "reading this boot's journal";
    let read = tokio::time::timeout(DEADLINE, read(units));
    let (text, complaint) = read
        .await
        .map_err(|_| Error::new(doing, "journalctl did not end in time"))?
        .map_err(|why| Error::new(doing, format_args!("running journalctl: {why}")))?;
    // It ends well and prints nothing when the user may not see the system's entries.
    match complaint.lines().find(|line| !line.trim().is_empty()) {
        Some(line) if !text.starts_with('{') => Err(Error::new(doing, refusal(line))),
        _ => Ok(parse(&text)),
    }
}

/// journalctl's first line on stderr, as a reason.
fn refusal(line: &str) -> &str {
    if line.contains("insufficient permissions") || line.contains("not seeing messages") {
        "only root and the groups adm and systemd-journal may, as far as SELinux lets them"
    } else {
        line.trim()
    }
}

async fn read(units: &[String]) -> std::io::Result<(String, String)> {
    let mut child = program::command("journalctl")
        .args(arguments(units))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    // A child that is cut off here is killed as this returns.
    tokio::try_join!(beginning(child.stdout.take()), beginning(child.stderr.take()))
}

async fn beginning(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LIMIT).read_to_end(&mut bytes).await?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// journalctl(1): matches of one field are alternatives, of different fields conditions, and `+`
/// parts the alternatives.
fn arguments(units: &[String]) -> Vec<String> {
    let options = ["-b", "--no-pager", "-o", "json", FIELDS, "_PID=1"].map(str::to_owned);
    let units = units.iter().map(String::as_str).chain([SYSINIT]).map(|unit| format!("UNIT={unit}"));
    let ids = EVENTS.map(|(id, _)| format!("MESSAGE_ID={id}"));
    // The unit is the kernel's word for who wrote it; anybody may call himself chronyd.
    let chronyd =
        ["+", "SYSLOG_IDENTIFIER=chronyd", "_SYSTEMD_UNIT=chrony.service", "_SYSTEMD_UNIT=chronyd.service"];
    // Cycles are warnings, or errors. The first transaction is built before journald runs, and its
    // messages are in the kernel's log.
    let cycles = ["+", "_PID=1", "PRIORITY=3", "PRIORITY=4"];
    let early = ["+", "_TRANSPORT=kernel", "SYSLOG_IDENTIFIER=systemd", "PRIORITY=3", "PRIORITY=4"];
    let rest = [&chronyd[..], &cycles, &early].concat().into_iter().map(str::to_owned);
    // Of a wait that has ended journald may not know the unit any more, and always the user.
    let ours = [
        format!("_SYSTEMD_UNIT={VMCLOCK_UNIT}"),
        "+".into(),
        format!("MESSAGE_ID={LET_GO}"),
        "_UID=0".into(),
    ];
    options.into_iter().chain(units).chain(ids).chain(rest).chain(["+".to_owned()]).chain(ours).collect()
}

/// journalctl's JSON, one entry a line. What is no entry, or says nothing that is asked for, is
/// passed over.
pub fn parse(text: &str) -> Boot {
    let mut boot = Boot::default();
    for line in text.lines() {
        if let Ok(entry) = serde_json::from_str::<Value>(line) {
            let _ = note(&mut boot, &entry);
        }
    }
    // journald gets the kernel's log later than it was written.
    boot.events.sort_by_key(|event| event.at);
    boot
}

fn note(boot: &mut Boot, entry: &Value) -> Option<()> {
    let field = |name: &str| entry[name].as_str();
    let clock = |name: &str| field(name)?.parse().ok().map(Duration::from_micros);
    let at = clock("_SOURCE_MONOTONIC_TIMESTAMP").or_else(|| clock("__MONOTONIC_TIMESTAMP"))?;
    let message = field("MESSAGE")?;
    let from = field("SYSLOG_IDENTIFIER").unwrap_or_default();
    let is_early = field("_TRANSPORT") == Some("kernel") && from == "systemd";
    if field("_PID") == Some("1") || is_early {
        if message.contains("ordering cycle") && boot.cycles.len() < MOST_CYCLES {
            boot.cycles.push(message.to_owned());
        } else {
            let id = field("MESSAGE_ID")?;
            let (_, what) = EVENTS.into_iter().find(|(event, _)| *event == id)?;
            let unit = field("UNIT")?.to_owned();
            if unit == SYSINIT && what == What::Stopped {
                // What a soft reboot has ended is another boot, though the kernel and its clock go on.
                *boot = Boot::default();
            } else {
                boot.events.push(UnitEvent { unit, what, at });
            }
        }
    } else if from == "chronyd" {
        if let Some(source) = message.strip_prefix("Selected source ") {
            let source = source.split_whitespace().next().unwrap_or_default().to_owned();
            boot.update.get_or_insert(Update { at, source });
        } else if let Some(rest) = message.strip_prefix("System clock was stepped by ") {
            let seconds = rest.split_whitespace().next()?.parse().ok()?;
            boot.steps.push(Step { at, seconds });
        }
    } else if field("MESSAGE_ID") == Some(LET_GO) {
        boot.seen_right.get_or_insert(at);
    } else if field("MESSAGE_ID") == Some(MOVED) {
        boot.moves.push(Move { at, repair: None });
    } else if field("MESSAGE_ID") == Some(RIGHT_AGAIN) {
        let after = Duration::from_millis(field("ELAPSED_MS")?.parse().ok()?);
        boot.moves.last_mut()?.repair = Some(Repair { slow: field("SLOW_S")?.parse().ok()?, after });
    }
    Some(())
}

#[cfg(test)]
mod tests;
