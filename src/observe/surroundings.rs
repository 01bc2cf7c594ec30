//! Files that `verify` looks at besides a Machine: the same for an image.

use std::path::Path;

use crate::machine::{Conf, Machine, Surroundings};
use crate::root::Root;

use super::{Ask, chronyd, running, strangers, units};

/// Looks around the machine.
pub async fn surroundings(root: &Root, machine: &Machine, ask: &Ask<'_>) -> Surroundings {
    let conf = machine.conf.clone().unwrap_or_default();
    let running = match ask.systemd {
        Some(systemd) => Some(running::running(root, machine, &conf, systemd, ask.imds.as_ref()).await),
        None => None,
    };
    Surroundings {
        agent: units::agent(root).map_err(String::from),
        has_drift_dir: has_drift_dir(root, &conf),
        change_of_wait: chronyd::start::change_of_wait(root),
        strangers: strangers::strangers(root, machine).map_err(String::from),
        running,
    }
}

/// Tells whether the directory that the driftfile lies in is there.
fn has_drift_dir(root: &Root, conf: &Conf) -> bool {
    let dir = conf.last("driftfile").and_then(|line| Path::new(line.word(0)).parent());
    dir.is_some_and(|dir| root.exists(dir))
}
