//! The Hyper-V clock: late, too late, and gone.

use std::time::Duration;

use super::*;

#[test]
#[ignore = "make test-all"]
fn an_azure_clock_within_the_agents_wait_is_used_at_once() {
    let evidence = first_boots::azure(Release::Debian13, 5);
    assert_eq!(evidence.starts_of("chrony.service"), 1, "chronyd was restarted\n{}", evidence.timeline());
    // Its event asked for the adoption while the agent still waited for it.
    let asked = evidence.first(|entry| entry.is_about("cloud-timesync-adopt.service"));
    assert!(asked.is_some_and(|entry| entry.says("unmet condition")), "{asked:?}");
    assert_eq!(said_by_adopt(&evidence), [""; 0]);
}

/// What the agent leaves when it gives the clock up.
const LOOK_AT_FALLBACK: &str = "[Service]\nExecStartPost=+sh -c 'cp /etc/chrony/chrony.conf /run/fallback; ls /run/cloud-timesync >> /run/fallback'\n";

/// Until then it is the fallback that the database waits for.
#[test]
fn an_azure_clock_after_the_agents_wait_is_adopted_later() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        write(root, "usr/lib/systemd/system/cloud-timesync.service.d/50-look.conf", LOOK_AT_FALLBACK);
    });
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(40).until_selected(CLOCK);
    let evidence = boot.option("clock_steps", 1).look("cat /run/fallback").run();
    assert_waited_10_s(&evidence);
    let fallback = evidence.look();
    assert!(
        fallback.contains(&format!("\n{AZURE_FALLBACK}\n")) && !fallback.contains("\nrefclock"),
        "{fallback}"
    );
    assert!(fallback.contains("\nawaits-ptp\n"), "nobody would adopt it: {fallback}");
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    let selected = evidence.first(|entry| entry.is_from("chronyd") && entry.says("Selected source"));
    assert!(selected.is_some_and(|entry| entry.says(PUBLIC)), "{}", evidence.timeline());
    let chronyd = evidence.starts_of("chrony.service");
    assert_eq!(chronyd, 2, "chronyd was not restarted once\n{}", evidence.timeline());
    let database = evidence.starts_of("scylla-server.service");
    assert_eq!(database, 1, "the database was touched\n{}", evidence.timeline());
    assert_eq!(evidence.property("scylla-server.service", "NRestarts"), "0");
    assert_ne!(said_by_adopt(&evidence), [""; 0]);
    assert_eq!(evidence.file("/run/cloud-timesync/awaits-ptp"), None, "it was adopted");
    assert_judged_right(&evidence);
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report");
    assert!(report.contains(r#""found":"/dev/ptp_hyperv","name":"ptp-clock""#), "an old verdict: {report}");
}

/// The clock is stepped ten years on and fifteen back meanwhile: neither ends the wait, nor prolongs it.
fn assert_waited_10_s(evidence: &Evidence) {
    let at = |entry: Option<&Entry>| entry.map_or(f64::NAN, Entry::at);
    let agent = "cloud-timesync.service";
    let began = at(evidence.first(|entry| entry.is_about(agent) && entry.says("Starting")));
    let gave_up = at(evidence.agent().into_iter().find(|entry| entry.says("did not come within 10 s")));
    let steps: Vec<f64> =
        evidence.journal.iter().filter(|entry| entry.is_from("clock-steps")).map(Entry::at).collect();
    let [forth, back] = steps[..] else { panic!("not two steps: {steps:?}") };
    assert!(began < forth && back < gave_up, "{began}, {forth}, {back}, {gave_up}\n{}", evidence.timeline());
    assert!((10.0..30.0).contains(&(gave_up - began)), "{began}, {gave_up}\n{}", evidence.timeline());
}

/// A clock whose driver is gone answers chronyd, which has it open, with an error each time. The next start of chronyd ends
/// at once, and `apply` mends that.
#[test]
#[ignore = "make test-all"]
fn an_azure_clock_that_goes_leaves_the_fallback() {
    const SCRIPT: &str = r#"
        until_selected() {
            for second in $(seq 180); do
                chronyc -c -n sources | grep -q "^.,[*],$1," && echo "$1 is selected" && return
                sleep 1
            done
            chronyc -n sources
        }
        until_selected PHC0
        rmmod ptp_standin_hyperv && udevadm settle
        for second in $(seq 180); do
            chronyc -c -n sources | grep -q "^#,.,PHC0,2,3,0," && echo "PHC0 does not answer" && break
            sleep 1
        done
        cloud-timesync verify --json | grep -o '"found":"[^"]*","name":"ptp-clock"'
        systemctl restart chrony.service || echo "chronyd does not start"
        for second in $(seq 90); do systemctl is-failed --quiet chrony.service && break; sleep 1; done
        journalctl -b -o cat -u chrony.service | grep -o 'Could not open PHC.*' | tail -n 1
        cloud-timesync verify --json | grep -o '"found":"[^"]*","name":"chrony-running"'
        cloud-timesync apply > /dev/null 2>&1; echo "apply: $?"
        until_selected 169.254.7.7
        cloud-timesync plan --exit-code > /dev/null 2>&1; echo "plan: $?"
    "#;
    let disk = Disk::of(Release::Debian13);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0);
    let evidence = boot.look(SCRIPT).looking_for(Duration::from_secs(900)).run();
    assert_gated(&evidence);
    let wanted = [
        "PHC0 is selected",
        "PHC0 does not answer",
        r#""found":"/dev/ptp_hyperv: it is not there: see chrony-conf","name":"ptp-clock""#,
        "chronyd does not start",
        "Could not open PHC",
        r#""found":"chrony.service is failed","name":"chrony-running""#,
        "apply: 0",
        "169.254.7.7 is selected",
        "plan: 0",
    ];
    let told = evidence.look();
    let mut lines = told.lines().filter(|line| !line.starts_with("Job for ") && !line.starts_with("See "));
    for wanted in wanted {
        assert!(lines.next().is_some_and(|line| line.starts_with(wanted)), "{wanted}: {told}");
    }
    assert_eq!(evidence.source_directives(), [AZURE_FALLBACK]);
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

fn said_by_adopt(evidence: &Evidence) -> Vec<&str> {
    let mut said = evidence.agent();
    said.retain(|entry| entry.unit() == "cloud-timesync-adopt.service");
    said.into_iter().map(Entry::message).collect()
}
