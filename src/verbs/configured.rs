//! The configuration of a machine that has to go on, be its file broken.

use tracing::error;

use cloud_timesync::config::{self, AtTimeout, Config, Configured, Gate, Unit};
use cloud_timesync::error::{Error, Result};
use cloud_timesync::journal;
use cloud_timesync::machine::Earlier;
use cloud_timesync::names::gated_by;
use cloud_timesync::observe::seen::earlier;
use cloud_timesync::receipt::Receipt;
use cloud_timesync::render::HOLDS;
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

/// How a run ends that did all it could.
pub fn exit(config: &Config, refused: &[String]) -> Exit {
    if error(config, refused).is_some() { Exit::Usage } else { Exit::Done }
}

/// What is wrong with the configuration: it cannot be read, or it asks for what it does not get.
pub fn error(config: &Config, refused: &[String]) -> Option<String> {
    config.broken.clone().or_else(|| (!refused.is_empty()).then(|| refused.join("; ")))
}

/// The defaults, and every gate as an earlier run has set it.
fn instead_of(why: &Error, receipt: &Receipt) -> Config {
    let mut gate = Gate::default();
    for path in receipt.drop_ins() {
        gate.units.extend(gated_by(path).and_then(|unit| Unit::try_from(unit.to_owned()).ok()));
        let text = receipt.wrote(path).and_then(|(texts, _)| texts.last());
        if text.is_some_and(|text| text.contains(HOLDS)) {
            gate.at_timeout = AtTimeout::Hold;
        }
    }
    Config { gate, broken: Some(why.to_string()), ..Config::default() }
}
