//! A machine with which unit tests begin.

use std::collections::BTreeMap;

use super::{Addresses, Chrony, Earlier, Identity, Machine, Manager};
use crate::platform::{Platform, Strength};
use crate::receipt::Receipt;

/// Debian on this platform, known by strong evidence, and running: chrony is there, nothing else is known.
pub fn debian(platform: Platform) -> Machine {
    let (conf, unit) = (Ok("/etc/chrony/chrony.conf".into()), "chrony.service".into());
    Machine {
        identity: Identity {
            platform,
            strength: Some(Strength::Strong),
            evidence: vec!["sys_vendor says so".into()],
            ask_again: false,
        },
        host_names: vec![],
        devices: BTreeMap::new(),
        addresses: Addresses::V4,
        distribution: vec!["debian".into()],
        chrony: Some(Chrony { conf, unit, chronyd: None, options: vec![] }),
        files: BTreeMap::new(),
        fragments: vec![],
        copies: Default::default(),
        id: None,
        conf: Ok(Default::default()),
        pristine_conf: None,
        original_conf: None,
        original_is_closed: false,
        earlier: Earlier::Here,
        cloud_init: None,
        google_agent: false,
        host_sync: None,
        foreign_servers: vec![],
        foreign_lines: vec![],
        refused_lines: Default::default(),
        units: vec![],
        manager: Manager::Live(BTreeMap::new()),
        restart_owed: false,
        receipt: Receipt::default(),
    }
}
