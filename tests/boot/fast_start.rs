//! A first boot with `fast_start = true`, on Azure without its time server: the clock alone, which takes 25 s without it.

use cloud_timesync::machine::STAMPED_LATE;

use super::*;

const PREFERRED: &str = "refclock PHC /dev/ptp_hyperv poll 3 dpoll -2 offset 0 stratum 2 prefer";
const SECOND_LINE: &str = "refclock PHC /dev/ptp_hyperv poll -2 dpoll -4 offset 0 stratum 2 refid FAST";

const FALLBACK: &str = "server time.windows.com iburst minpoll 2 maxpoll 6 polltarget 2";

/// Without the loopback interface chronyd answers by its socket alone, which is its user's.
const SCRIPT: &str = r#"
snapshot() {
    find /etc/chrony /etc/systemd/system /var/lib/cloud-timesync -printf '%p %i %T@ %C@ %m %l\n' | sort
    systemctl show --property NRestarts,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic \
        chrony.service chrony-wait.service time-sync.target scylla-server.service
}
cloud-timesync verify > /tmp/verified; echo verify exits with $?
cloud-timesync plan --exit-code > /tmp/plan; echo plan exits with $?
snapshot > /tmp/before
cloud-timesync apply 2> /tmp/applied; echo apply exits with $?; grep -o "^nothing to do" /tmp/applied
snapshot | diff /tmp/before - && echo nothing has changed
cat /tmp/verified /tmp/plan /tmp/applied > /dev/console
systemctl show --property DropInPaths --value chrony-wait.service | grep -o "/etc/[^ ]*"
stat -c "%U owns %n" /run/chrony
ip link set lo down
systemctl restart cloud-timesync-verify.service
for try in $(seq 300); do systemctl is-active --quiet cloud-timesync-verify.service || break; sleep 0.2; done
grep -o '"verdict":"[a-z]*"' /run/cloud-timesync/report.json | sort -u
systemctl start cloud-timesync-resolve.service && systemctl show --property Result cloud-timesync-resolve.service
ip link set lo up
"#;

const SAYS: &str = "\
verify exits with 0
plan exits with 0
apply exits with 0
nothing to do
nothing has changed
/etc/systemd/system/chrony-wait.service.d/10-cloud-timesync.conf
_chrony owns /run/chrony
\"verdict\":\"right\"
Result=success
";

#[test]
fn a_fast_start_on_azure_is_right_in_seconds_by_the_clock_alone() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        write(root, "etc/cloud-timesync/config.toml", "fast_start = true\n");
    });
    let cloud = Cloud::new(Some(imds::azure), &[]);
    let boot = Boot::of(&disk, Machine::Azure, cloud).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.look(SCRIPT).run();
    let seconds = wait_s(&evidence);
    println!("from chronyd's start to time-sync.target: {seconds:.1} s");
    assert_first_boot(&evidence, "azure", &[PREFERRED, SECOND_LINE, FALLBACK], CLOCK);
    assert_judged_right(&evidence);
    // 2 s in a quiet guest, 6 s beside compilers (a load of 5), 25 s with the vendor's line alone.
    assert!((0.0..15.0).contains(&seconds), "{seconds:.1} s\n{}", evidence.timeline());
    // chronyd's own words, and nothing that minds its clock runs between the two.
    let told: Vec<&Entry> = evidence.journal.iter().filter(|entry| entry.says("New makestep")).collect();
    let rules: Vec<&str> = told.iter().map(|entry| entry.message()).collect();
    assert_eq!(rules, ["New makestep 0.100000 3", "New makestep 1.000000 -1"], "{}", evidence.timeline());
    let [ended, started] =
        [told.last().copied(), evidence.start_of("scylla-server.service")].map(|it| it.map(Entry::at));
    let (ended, started) = (ended.expect("a makestep"), started.expect("a start"));
    // journald may read PID 1's line first.
    let late = STAMPED_LATE.as_secs_f64();
    assert!(ended < started + late, "{ended}, {started}\n{}", evidence.timeline());
    assert_eq!(evidence.look(), SAYS, "{}", evidence.timeline());
    assert_eq!(evidence.reloads(), 1, "{}", evidence.timeline());
}

/// From chronyd's start to time-sync.target, by systemd's stamps.
fn wait_s(evidence: &Evidence) -> f64 {
    let at = |unit, name| evidence.stamp(unit, name).expect("a time stamp");
    at("time-sync.target", "ActiveEnter") - at("chrony.service", "InactiveExit")
}
