//! Whatever a unit waits for in vain, it ends by itself, and not by its limit: a unit that systemd ends has failed, and with it
//! the boot.

use std::time::Duration;

use cloud_timesync::observe::{judge, network, vmware};
use cloud_timesync::root::{LOCK_DEADLINE, Root};
use cloud_timesync::{config, systemd};

use super::*;

/// The longest time that the configuration accepts for `key`, in seconds.
fn longest(key: &str) -> u64 {
    let tree = Tree::empty();
    let root = Root::open(tree.path()).unwrap();
    let accepts = |seconds: &u64| {
        tree.put("etc/cloud-timesync/config.toml", &format!("{key} = {seconds}\n"));
        config::load(&root).is_ok()
    };
    (0..1000).rev().find(accepts).unwrap()
}

/// What a look at the machine waits for in vain, if all that it asks is silent.
fn look() -> Duration {
    // The services' own, and what their reader needs to end.
    let metadata = Duration::from_secs(longest("imds_deadline") + 1);
    metadata + systemd::SILENCE + judge::DEADLINE + vmware::DEADLINE
}

fn limit(unit: &str, key: &str) -> Duration {
    Duration::from_secs(words(unit, "Service", key).concat().parse().unwrap())
}

#[test]
fn all_that_a_pass_waits_for_fits_into_its_units_limit() {
    let clock = Duration::from_secs(longest("ptp_wait"));
    // chronyd judges the new chrony.conf, too, and VMware is asked and told.
    let pass = LOCK_DEADLINE + clock + look() + judge::DEADLINE + vmware::DEADLINE;
    for unit in AGENTS {
        let network = if unit == LATE[1] { network::DEADLINE } else { Duration::ZERO };
        let limit = limit(unit, "TimeoutStartSec");
        assert!(pass + network < limit, "{unit}: {:?} of {limit:?}", pass + network);
    }
    assert!(limit(BOOT, "TimeoutStartSec") <= Duration::from_secs(240), "the database waits for it");
}

#[test]
fn all_that_the_checks_wait_for_fits_into_their_limit() {
    // chronyc, the journal and the rest are asked at the same time.
    let checks = look() + Duration::from_secs(30);
    assert!(checks < limit(VERIFY, "RuntimeMaxSec"), "{checks:?}");
}

/// chronyc asks three times, for 1, 2 and 4 seconds.
#[test]
fn a_look_up_of_names_has_time_to_end() {
    assert!(limit(RESOLVE, "TimeoutStartSec") >= Duration::from_secs(60));
}
