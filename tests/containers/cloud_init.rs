//! cloud-init beside the agent: what it writes, and when.

use test_support::cloud_init::{
    SITES_STEPS, WRITES_A_CONFIGURATION, WRITES_CHRONY_CONF, give, render_for_rhel,
};

use super::*;

const CONF: &str = "etc/chrony/chrony.conf";

/// What comes of cloud-init's own files, and of the agent's.
const LOOK: &str =
    "grep -E '^(server|pool|makestep)' /etc/chrony/chrony.conf; ls /etc/chrony /var/lib/cloud/instance/sem";

const AGENTS_LINE: &str = "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4";

/// cloud-init has written, and what it wrote is gone in the same boot.
fn assert_replaced(evidence: &Evidence) {
    assert_eq!(waited(evidence), Ok(()), "{}", evidence.timeline());
    let look = evidence.look();
    assert!(look.starts_with(AGENTS_LINE) && !look.contains("tenant"), "{look}\n{}", evidence.timeline());
    assert!(look.contains("chrony.conf.dist") && look.contains("config_ntp"), "cc_ntp wrote nothing: {look}");
    let said = "by `ntp:` of user data (/var/lib/cloud/instance/cloud-config.txt), and that is replaced: \
                server ntp.tenant.example iburst";
    assert!(evidence.said(said), "{}", evidence.timeline());
    assert_eq!(evidence.found("chrony-conf").0, "right", "{}", evidence.timeline());
    let (verdict, found) = evidence.found("cloud-init-leaves-ntp");
    assert!(verdict == "right" && found.contains("user data"), "{verdict}: {found}");
}

#[test]
fn user_datas_ntp_is_replaced_in_the_same_boot() {
    let container = Container::of(Release::Debian13CloudInit);
    give(&container.root(), WRITES_CHRONY_CONF, "", ["", "ntp"]);
    assert_replaced(&container.boot_looking(LOOK));
    let next = container.boot_looking(LOOK);
    assert_eq!(waited(&next), Ok(()), "{}", next.timeline());
    assert!(next.look().starts_with(AGENTS_LINE), "{}", next.look());
    assert_eq!(next.started("cloud-timesync-cloud-init.service"), None, "it is queued once for an instance");
}

/// Only the pass that follows cc_ntp knows that text.
#[test]
fn a_template_of_user_datas_own_is_replaced_in_the_same_boot() {
    let ntp = "ntp:\n  enabled: true\n  ntp_client: chrony\n  servers: [ntp.tenant.example]\n  config:\n    template: |\n      \
               ## template:jinja\n      {% for server in servers %}server {{server}} iburst\n      {% endfor %}\n";
    let container = Container::of(Release::Debian12CloudInit);
    give(&container.root(), ntp, "", ["", "ntp"]);
    assert_replaced(&container.boot_looking(LOOK));
    // What an operator writes there later is an operator's.
    container.write(CONF, "server 169.254.169.123 iburst\n");
    let edited = container.boot_looking(LOOK);
    assert!(edited.look().starts_with("server 169.254.169.123 iburst\n"), "{}", edited.look());
}

fn rhels_rendering(seconds: u32) -> Container {
    let container = Container::of(Release::Debian13CloudInit);
    give(&container.root(), WRITES_A_CONFIGURATION, "", ["write_files", "ntp"]);
    render_for_rhel(&container.root(), seconds);
    container
}

fn ended(evidence: &Evidence, unit: &str) -> f64 {
    let (at, result) =
        evidence.started(unit).unwrap_or_else(|| panic!("{unit} did not start\n{}", evidence.timeline()));
    assert_eq!(result, "done", "{unit}");
    at
}

#[test]
fn user_datas_configuration_is_in_force_in_the_first_boot() {
    let evidence = rhels_rendering(3).boot_looking(LOOK);
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    let [stage, agent] =
        ["cloud-init-network.service", "cloud-timesync.service"].map(|unit| ended(&evidence, unit));
    assert!(stage < agent, "{}", evidence.timeline());
    assert!(evidence.look().contains(SITES_STEPS), "{}", evidence.look());
    let writers = evidence.agent().into_iter().filter(|entry| entry.says("wrote /etc/chrony/chrony.conf"));
    assert_eq!(writers.count(), 1, "{}", evidence.timeline());
}

/// The unit's own limit is a minute, and tests/units holds it.
#[test]
fn a_network_stage_without_an_end_holds_the_clock_no_longer() {
    let container = rhels_rendering(20);
    container.drop_in("cloud-timesync-user-data.target", "[Unit]\nJobTimeoutSec=6\n");
    let evidence = container.boot_looking(LOOK);
    // No unit failed, and the database did not wait for the stage.
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    let [stage, agent, database] =
        ["cloud-init-network.service", "cloud-timesync.service", "scylla-server.service"]
            .map(|unit| ended(&evidence, unit));
    assert!(agent < stage && database < stage, "{}", evidence.timeline());
    // What came late is in force in the same boot all the same.
    assert!(evidence.look().contains(SITES_STEPS), "{}", evidence.look());
}
