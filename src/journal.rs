//! The journal: structured fields under systemd, plain lines on stderr elsewhere. The events that
//! have a MESSAGE_ID are named here; their numbers never change.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// The platform is known.
pub const DETECTED: &str = "2f4c2796e18042c68750461db53507ef";
/// A PTP clock came while it was waited for.
pub const CLOCK_CAME: &str = "c0832a353daa44318e8f6b80c0e4d77e";
/// A PTP clock did not come in time.
pub const CLOCK_MISSING: &str = "28548052d25e47f59cc060b42713129f";
/// D-Bus or PID 1 did not answer in time.
pub const BUS_SILENT: &str = "d49da1b0b3ed4bd49b10988cab327d4f";
/// A file was written or restored.
pub const WROTE: &str = "b8a55bc281774d66802b32f593dfed7e";
/// A fragment was moved away.
pub const SET_ASIDE: &str = "90c10a0009e34125939bcaa949cbc424";
/// VMware's host sets the clock no more.
pub const HOST_SYNC_OFF: &str = "63630faee5bd4b53a6e69ad3f75decff";
/// Units were enabled, disabled or masked.
pub const ENABLED: &str = "16ad0cf43f864b75ae3b5034a8cfad8b";
/// A job was queued, or the units were reloaded.
pub const QUEUED: &str = "86b7fe898fb741fa9fb6b9e5e5d0ace8";
/// Something is left as it is that is not the agent's to change.
pub const LEFT: &str = "a4992dd9d808469b9f41bf9c9b29edf9";
/// A source that the configuration asks for is left out.
pub const REFUSED: &str = "ac2da73b24514b7886fb083650a9d742";
/// A gated unit had started before its gate was set.
pub const TOO_LATE: &str = "096922c70e6e424e8b9922fd420f1910";
/// The gate stays closed: the clock is not right.
pub const HOLDING: &str = "0487ab9cd9a14c3683eeeec855c7e11b";
/// Units are let go: the clock is right.
pub const LET_GO: &str = "456527f1b3f54501b4a853c20a0055e3";
/// The gate opened on a clock that is not right.
pub const GAVE_UP: &str = "f76a86ea4c124e7088ed1fa49b3b3758";
/// The machine was moved, or restored from a snapshot.
pub const MOVED: &str = "6f275604ffee44eba49356c101fcc232";
/// Clock is right again.
pub const RIGHT_AGAIN: &str = "b1ecd79c5916468296663f1f4a9b0ea7";
/// A part could not be done, or the whole.
pub const FAILED: &str = "215451b194e942b385e02f5e4009f418";
/// A run that had something to do is over.
pub const DONE: &str = "7a8071ebb6e74294a354e27f6b9939b6";
/// There was nothing to do.
pub const NOTHING_TO_DO: &str = "8415c90e87b644d684865fd805249521";
/// Every check of this boot is right.
pub const BOOT_RIGHT: &str = "af5f56aa54cd4ed3b02514fca16a21e6";
/// A check of this boot is wrong.
pub const BOOT_WRONG: &str = "a6a3ddc0001d423c942843b744bc1d00";
/// None is wrong, but one could not be made.
pub const BOOT_UNKNOWN: &str = "a68cfdbbc1e5450ca92f85c5b546307b";
/// One check is wrong.
pub const CHECK_WRONG: &str = "6f4d484022f347d0a4ef77a2b41657ba";
/// A database started before the clock was right, or the clock was stepped while it ran.
pub const DATABASE_AT_RISK: &str = "df11456ccc2a416d9c6f07f36c5e053c";
/// One check could not be made.
pub const CHECK_UNKNOWN: &str = "92c0968ef832413798cad77efa4a88af";

/// Destination of the log.
pub enum Log {
    Stderr,
    /// Journal, of this unit if it is known.
    Journal {
        unit: Option<String>,
    },
}

/// The target of events that journald gets as critical; tracing has no such level.
pub const CRITICAL: &str = "cloud_timesync::critical";

/// Starts logging at `level`.
pub fn start(level: Level, log: Log) {
    let ours = Targets::new().with_target("cloud_timesync", level);
    let critical = Targets::new().with_target(CRITICAL, level);
    let others = ours.clone().with_target(CRITICAL, LevelFilter::OFF);
    let layers = match log {
        Log::Stderr => None,
        Log::Journal { unit } => {
            journald_layer(unit.clone(), Priority::Error).zip(journald_layer(unit, Priority::Critical))
        }
    };
    let stderr = layers.is_none().then_some(Stderr);
    let (errors, criticals) = layers.unzip();
    Registry::default()
        .with(errors.with_filter(others))
        .with(criticals.with_filter(critical))
        .with(stderr.with_filter(ours))
        .init();
}

fn journald_layer(unit: Option<String>, error: Priority) -> Option<tracing_journald::Layer> {
    let mappings = PriorityMappings { error, info: Priority::Informational, ..PriorityMappings::new() };
    let layer = tracing_journald::layer().ok()?;
    // journald finds _SYSTEMD_UNIT= in /proc, where a process that ended before journald came to its words is no more. This
    // field is the other one by which `journalctl -u` finds what root says of a unit.
    let unit = unit.map(|unit| ("OBJECT_SYSTEMD_UNIT", unit));
    Some(
        layer
            .with_field_prefix(None)
            .with_syslog_identifier("cloud-timesync".to_owned())
            .with_priority_mappings(mappings)
            .with_custom_fields(unit),
    )
}

/// Writes an event's sentence; its fields are for the journal.
struct Stderr;

impl<S: Subscriber> Layer<S> for Stderr {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut sentence = Sentence::default();
        event.record(&mut sentence);
        let word = match *event.metadata().level() {
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            _ => "",
        };
        // A closed stderr is no reason to stop.
        let _ = writeln!(std::io::stderr(), "{word}{}", sentence.0);
    }
}

#[derive(Default)]
struct Sentence(String);

impl Visit for Sentence {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
