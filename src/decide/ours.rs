//! The chrony.conf of an earlier run, and whether it does for the machine that it is on now.

use crate::machine::{Conf, ConfLine, Identity, Machine, Manager, Standing};
use crate::platform::{ROWS, Row, Strength};

/// Name of what chrony.conf is written for where no platform is known yet.
pub const IMAGE: &str = "an image, until its first boot tells the platform";

/// The text of chrony.conf, where an earlier run wrote it.
pub fn our_chrony_conf(machine: &Machine) -> Option<&str> {
    let target = machine.file(machine.conf_path()?);
    target.found.text().filter(|_| target.standing == Standing::Ours)
}

/// The platform for which ours was written.
fn written_for(machine: &Machine) -> Option<&str> {
    our_chrony_conf(machine)?;
    machine.receipt.written_for.as_deref()
}

/// Tells whether chrony.conf is what `apply --root` left without knowing a platform.
pub fn is_of_any_image(machine: &Machine) -> bool {
    written_for(machine) == Some(IMAGE)
}

/// Tells whether ours is an image's or another platform's, whose time source may not even be reached.
pub fn is_of_another_platform(machine: &Machine) -> bool {
    let Identity { platform, strength, .. } = machine.identity;
    let is_told = matches!(strength, Some(Strength::Strong | Strength::Told)) && platform.is_known();
    // What has sources of its own and no sign, the configuration has named.
    let is_detected = |row: &&Row| !(row.signs.is_empty() && row.has_own_sources());
    let others = ROWS.iter().filter(|row| row.platform.is_known() && row.platform != platform);
    let mut others = others.filter(is_detected).map(|row| row.title).chain([IMAGE]);
    is_told && others.any(|other| written_for(machine) == Some(other))
}

/// Tells whether chronyd would not start by this chrony.conf. In an image no clock can be seen.
pub fn names_a_missing_clock(machine: &Machine, conf: Option<&str>) -> bool {
    let is_gone = |line: &&ConfLine| line.device().is_some_and(|device| !machine.has_device(device));
    let conf = conf.map(Conf::parse).unwrap_or_default();
    machine.manager != Manager::Image && conf.sources().iter().any(is_gone)
}
