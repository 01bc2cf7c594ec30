//! The configuration of a machine that has to go on, be its file broken.

use cloud_timesync::config::{self, AtTimeout, Config, Gate, Unit};
use cloud_timesync::error::{Error, Result};
use cloud_timesync::names::{HOLD_UNIT, gated_by};
use cloud_timesync::receipt::Receipt;
use cloud_timesync::root::Root;

/// Ends the sentence on a broken file.
pub const INSTEAD: &str = "going on with the defaults and the gates that are set";

/// The configuration; where it is broken, why, and what is in force instead: a broken file never costs
/// the machine its gate.
///
/// # Errors
/// When it is broken and the receipt, which knows the gates, cannot be read.
pub fn config_or_defaults(root: &Root) -> Result<(Config, Option<Error>)> {
    match config::load(root) {
        Ok(configured) => Ok((configured.config, None)),
        Err(why) => Ok((defaults(&Receipt::load(root)?), Some(why))),
    }
}

/// The defaults, and every gate as an earlier run has set it.
fn defaults(receipt: &Receipt) -> Config {
    let mut gate = Gate::default();
    for path in receipt.drop_ins() {
        gate.units.extend(gated_by(path).and_then(|unit| Unit::try_from(unit.to_owned()).ok()));
        let text = receipt.wrote(path).and_then(|(texts, _)| texts.last());
        if text.is_some_and(|text| text.contains(HOLD_UNIT)) {
            gate.at_timeout = AtTimeout::Hold;
        }
    }
    Config { gate, ..Config::default() }
}
