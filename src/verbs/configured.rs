//! The configuration of a machine that has to go on, be its file broken.

use std::time::Duration;

use tracing::error;

use cloud_timesync::config::{self, AtTimeout, Config, Configured, Gate, Millis, Unit};
use cloud_timesync::error::{Error, Result};
use cloud_timesync::journal;
use cloud_timesync::machine::Earlier;
use cloud_timesync::names::gated_by;
use cloud_timesync::observe::seen::earlier;
use cloud_timesync::receipt::Receipt;
use cloud_timesync::render::{BOUND, HOLDS, TIMEOUT};
use cloud_timesync::root::Root;

use super::Exit;

/// The configuration. Where it is broken that is said, and the gates that are set are in force instead: a broken
/// file never costs the machine its gate, nor what an earlier run has made of it.
///
/// # Errors
/// When it is broken and the receipt, which knows the gates, cannot be read.
pub fn configured(root: &Root) -> Result<Configured> {
    config::load(root).or_else(|why| {
        let receipt = Receipt::load(root)?;
        let instead = match earlier(root, &receipt, None) {
            Earlier::Never => "going on with the defaults",
            _ => "what an earlier run has left stays as it is",
        };
        error!(MESSAGE_ID = journal::FAILED, "{why}; {instead}");
        Ok(Configured { config: instead_of(&why, &receipt), settings: Vec::new() })
    })
}

/// Exit status of a run that did all it could.
pub fn exit(config: &Config, refused: &[String]) -> Exit {
    if error(config, refused).is_some() { Exit::Usage } else { Exit::Done }
}

/// Fault of the configuration: it cannot be read, or it asks for what it does not get.
pub fn error(config: &Config, refused: &[String]) -> Option<String> {
    config.broken.clone().or_else(|| (!refused.is_empty()).then(|| refused.join("; ")))
}

/// The defaults, and every gate as an earlier run has set it: what holds it, for how long, and for which error bound.
fn instead_of(why: &Error, receipt: &Receipt) -> Config {
    let mut gate = Gate::default();
    for path in receipt.drop_ins() {
        gate.units.extend(gated_by(path).and_then(|unit| Unit::try_from(unit.to_owned()).ok()));
        let text = receipt.wrote(path).and_then(|(texts, _)| texts.last());
        let Some(text) = text else { continue };
        if text.contains(HOLDS) {
            gate.at_timeout = AtTimeout::Hold;
        }
        gate.timeout =
            seconds_after(TIMEOUT, text).map_or(gate.timeout, |seconds| Duration::from_secs(seconds as u64));
        let bound = seconds_after(BOUND, text).map(|bound| Millis((bound * 1000.0).round() as u32));
        gate.max_error = gate.max_error.or(bound);
    }
    Config { gate, broken: Some(why.to_string()), ..Config::default() }
}

/// The number that the agent wrote after these words.
fn seconds_after(words: &str, text: &str) -> Option<f64> {
    let is_other = |letter: char| !letter.is_ascii_digit() && letter != '.';
    text.split_once(words)?.1.split(is_other).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use cloud_timesync::decide::Awaited;
    use cloud_timesync::names::{WAIT_PATH, gate_path};
    use cloud_timesync::receipt::Entry;
    use cloud_timesync::render::gate;

    use super::*;

    #[test]
    fn all_that_keeps_a_gate_closed_outlives_the_configuration() {
        let wrote =
            |path: &str, text: String| Entry::Wrote { path: path.into(), texts: vec![text], kept: None };
        let own = gate_path("own.service");
        let recovered = |awaited: Awaited, wait: &str| {
            let entries = vec![
                wrote(&own.to_string_lossy(), gate("own.service", awaited)),
                wrote(WAIT_PATH, wait.into()),
            ];
            instead_of(&Error::new("reading", "line 1"), &Receipt { entries, ..Receipt::default() }).gate
        };
        let all = recovered(Awaited::Right(Some(Millis(250))), "[Service]\nTimeoutStartSec=600\n");
        assert_eq!(all.units.iter().map(Unit::as_str).collect::<Vec<_>>(), ["own.service"]);
        assert_eq!((all.at_timeout, all.max_error), (AtTimeout::Hold, Some(Millis(250))));
        assert_eq!(all.timeout, Duration::from_secs(600));
        let bound = recovered(Awaited::OwnWait(Some(Millis(1500))), "");
        assert_eq!((bound.at_timeout, bound.max_error), (AtTimeout::Start, Some(Millis(1500))));
        let none = recovered(Awaited::ChronyWait, "");
        assert_eq!(Gate { units: Vec::new(), ..none }, Gate::default());
    }
}
