//! Debian as it was, 11, and as it is going to be: testing and sid, from the mirror. Those two do not stand still, so neither runs for
//! every commit.

use super::*;

/// Its systemd is 247, its chrony 4.0 and its kernel 5.10.
#[test]
fn debian11_as_aws_waits_for_the_clock_and_takes_it_back() {
    let disk = Disk::of(Release::Debian11);
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).look(VERSIONS).run();
    say_versions(&evidence);
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);

    let undo = "cloud-timesync undo; echo undo exits with $?; cat /etc/chrony/chrony.conf";
    let second = Boot::of(&disk, Machine::Aws, Cloud::aws()).look(undo).run();
    assert_gated(&second);
    assert_judged_right(&second);
    let is_idle = second.agent().into_iter().any(|entry| entry.says("nothing to do on aws"));
    assert!(is_idle, "{}", second.timeline());
    let told = second.look();
    assert!(
        told.contains("undo exits with 0") && told.contains("pool 2.debian.pool.ntp.org iburst"),
        "{told}"
    );
}

#[test]
#[ignore = "make test-all"]
fn debian11_as_azure_first_boot_waits_for_the_clock() {
    assert_judged_right(&first_boots::azure(Release::Debian11, 0));
}

#[test]
#[ignore = "make test-all"]
fn debian_testing_as_aws_first_boot_waits_for_the_clock() {
    first_boot(Release::DebianTesting, "");
}

/// With a hold beyond the wait: our own asks chronyc, out of a sandbox.
#[test]
#[ignore = "make test-all"]
fn debian_sid_as_aws_on_hold_waits_for_the_clock_and_no_longer() {
    first_boot(Release::DebianSid, "[gate]\nat_timeout = \"hold\"\n");
}

/// Azure's, too: a clock of the hypervisor's is all in the kernel's, udev's and chronyd's hands.
#[test]
#[ignore = "make test-all"]
fn debian_testing_as_azure_first_boot_waits_for_the_clock() {
    let disk = Disk::of(Release::DebianTesting);
    let boot = Boot::of(&disk, Machine::Azure, Cloud::azure()).hyperv_clock_after(0).until_selected(CLOCK);
    let evidence = boot.look(&format!("{VERSIONS}\n{RESOLVE}")).run();
    say_versions(&evidence);
    // It becomes chronyd's user, out of a sandbox.
    assert!(
        evidence.look().contains("503 No such source"),
        "chronyc could not tell chronyd anything: {}",
        evidence.look()
    );
    assert_first_boot(&evidence, "azure", &AZURE_SOURCES, CLOCK);
    assert_judged_right(&evidence);
}

fn first_boot(release: Release, config: &str) {
    let disk = Disk::twisted(release, |root| write(root, "etc/cloud-timesync/config.toml", config));
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).look(VERSIONS).run();
    say_versions(&evidence);
    assert_first_boot(&evidence, "aws", &AWS_SOURCES, AMAZON);
    assert_judged_right(&evidence);
}

const VERSIONS: &str =
    "dpkg-query --show --showformat '${Package} ${Version}\n' systemd chrony udev libc6; uname -r";

/// chronyd's answer: there is no source of that address.
const RESOLVE: &str = "mkdir -p /run/systemd/system/cloud-timesync-resolve.service.d
    printf '[Service]\nStandardOutput=file:/run/answer\n' > /run/systemd/system/cloud-timesync-resolve.service.d/answer.conf
    systemctl daemon-reload; systemctl start cloud-timesync-resolve.service; cat /run/answer";

/// For the table in docs/distributions.md, which names what was booted.
fn say_versions(evidence: &Evidence) {
    println!("{}", evidence.look());
}
