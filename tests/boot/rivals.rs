//! Images that bring another time daemon: the distribution's own, unpacked into the tree and enabled there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;

/// Which of the daemons run, and what the boot starts. After undo Debian's own servers are wanted, which nobody here
/// plays: the wait for them is ended, as it would go on for three minutes.
const DAEMONS: &str = "
state() { echo \"$1: $(systemctl is-active \"$1\") $(systemctl is-enabled \"$1\")\"; }
running() { ps -e -o comm= | grep -E 'chronyd|systemd-timesyn|ntpd' | sort -u; }
until_selected() { timeout 60 sh -c 'until chronyc -c -n sources | grep -o \"^.,[*],[^,]*\"; do sleep 1; done'; }
";

/// The first boot, before everything is taken back.
fn assert_taken_over(evidence: &Evidence) {
    assert_gated(evidence);
    assert_judged_right(evidence);
    assert_eq!(evidence.platform(), "aws");
    let selected = format!("^,*,{AMAZON}");
    assert_eq!(evidence.look().lines().next(), Some(selected.as_str()), "{}", evidence.look());
}

#[test]
fn a_running_timesyncd_is_stopped_masked_and_given_back() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        bring(root, "timesyncd");
        enable(root, "systemd-timesyncd.service", "sysinit.target");
        let alias = root.join("etc/systemd/system/dbus-org.freedesktop.timesync1.service");
        symlink("/usr/lib/systemd/system/systemd-timesyncd.service", alias).expect("an alias");
        // chrony.service conflicts with it: where both are enabled, systemd does not even start it.
        let wanted = root.join("etc/systemd/system/multi-user.target.wants/chrony.service");
        fs::remove_file(wanted).expect("Debian enables chrony");
        write(root, "etc/systemd/timesyncd.conf.d/site.conf", "[Time]\nNTP=169.254.7.98\n");
    });
    let look = format!(
        "{DAEMONS}
         until_selected; running; state systemd-timesyncd; cloud-timesync plan --exit-code > /dev/null; echo plan exits with $?
         cloud-timesync status --json | grep -o '\"foreign_servers\":.*' | grep -o '169.254.7.98'
         timedatectl timesync-status > /dev/null 2>&1; timedatectl set-ntp true; running
         cloud-timesync undo; state systemd-timesyncd; cd /etc/systemd/system/multi-user.target.wants; ls chrony*
         systemctl stop chrony-wait; systemctl reset-failed chrony-wait"
    );
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).until_selected("none").look(&look).run();
    assert_taken_over(&evidence);
    let ran = evidence.first(|entry| entry.ends_start_of("systemd-timesyncd.service"));
    let began = evidence.agent().first().expect("the agent ran").at();
    assert!(ran.is_some_and(|ran| ran.at() < began), "it did not run before\n{}", evidence.timeline());
    let told = evidence.look();
    let lines: Vec<&str> = told.lines().collect();
    let before =
        ["chronyd", "systemd-timesyncd: inactive masked", "plan exits with 0", "169.254.7.98", "chronyd"];
    assert_eq!(lines[1..6], before, "{told}");
    assert!(lines.contains(&"unmasked systemd-timesyncd.service"), "{told}");
    assert!(lines.contains(&"systemd-timesyncd: inactive enabled"), "{told}");
    assert!(
        told.ends_with("No such file or directory\n"),
        "chrony starts in every boot, and did not before: {told}"
    );
}

#[test]
#[ignore = "make test-all"]
fn an_ntpsec_beside_chrony_is_off_after_the_first_boot() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        bring_ntpsec(root);
        write(root, "etc/ntpsec/ntp.conf", "server 169.254.7.98 iburst\nserver 127.127.1.0\n");
        enable(root, "ntpsec.service", "multi-user.target");
        enable(root, "ntpsec-wait.service", "time-sync.target");
        for alias in ["ntp.service", "ntpd.service"] {
            let alias = root.join("etc/systemd/system").join(alias);
            symlink("/usr/lib/systemd/system/ntpsec.service", alias).expect("an alias");
        }
        // Nothing of chrony's conflicts with it, and both are in the boot.
        let unit = root.join("usr/lib/systemd/system/chrony.service");
        let text = fs::read_to_string(&unit).expect("chrony's unit");
        let peaceful: Vec<&str> = text.lines().filter(|line| !line.starts_with("Conflicts=")).collect();
        fs::write(&unit, peaceful.join("\n")).expect("chrony's unit");
    });
    let look = format!(
        "{DAEMONS}
         until_selected; running; state ntpsec; state ntpsec-wait; state ntp
         cloud-timesync undo > /dev/null; state ntpsec; state ntpsec-wait; state ntp
         systemctl stop chrony-wait; systemctl reset-failed chrony-wait"
    );
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).until_selected("none").look(&look).run();
    assert_taken_over(&evidence);
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report of the boot");
    let report: serde_json::Value = serde_json::from_str(&report).expect("the report as JSON");
    let server = serde_json::json!(
        {"name": "169.254.7.98", "pool": false, "daemon": "ntpsec", "file": "/etc/ntpsec/ntp.conf"}
    );
    assert_eq!(report["foreign_servers"], serde_json::json!([server]));
    let told = evidence.look();
    let wanted = [
        "chronyd",
        "ntpsec: inactive disabled",
        "ntpsec-wait: inactive disabled",
        "ntp: inactive not-found",
        "ntpsec: inactive enabled",
        "ntpsec-wait: inactive enabled",
        "ntp: inactive alias",
    ];
    assert_eq!(told.lines().skip(1).collect::<Vec<_>>(), wanted, "{told}");
}

/// Stands in for VMware's program, which asks a hypervisor that is not there: it keeps its answer in a file.
const TOOLBOX_CMD: &str = r#"#!/bin/sh
state=/etc/vmware-tools/stand-in
case "$2" in
    enable) echo Enabled > "$state" ;;
    disable) echo Disabled > "$state" ;;
esac
cat "$state"
[ "$2" != status ] || grep -q Enabled "$state" || exit 69
"#;

#[test]
#[ignore = "make test-all"]
fn a_vmware_guest_keeps_its_servers_and_loses_host_sync() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        bring_ntpsec(root);
        forget_the_image(root);
        write(root, "etc/ntpsec/ntp.conf", &format!("server {PUBLIC} iburst burst\nserver 127.127.1.0\n"));
        enable(root, "ntpsec.service", "multi-user.target");
        write(root, "etc/cloud-timesync/config.toml", "platform = \"vmware\"\n");
        write(root, "etc/vmware-tools/stand-in", "Enabled\n");
        write(root, "usr/bin/vmware-toolbox-cmd", TOOLBOX_CMD);
        let program = root.join("usr/bin/vmware-toolbox-cmd");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("a program");
    });
    let look = format!(
        "{DAEMONS}
         until_selected; grep ^server /etc/chrony/chrony.conf; cat /etc/vmware-tools/stand-in
         cloud-timesync plan --exit-code > /dev/null; echo plan exits with $?
         cloud-timesync undo > /dev/null; cat /etc/vmware-tools/stand-in; systemctl is-enabled ntpsec
         systemctl stop chrony-wait; systemctl reset-failed chrony-wait"
    );
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::new(Some(imds::aws), &[PUBLIC_NTP]))
        .until_selected("none")
        .look(&look)
        .run();
    assert_gated(&evidence);
    assert_eq!(evidence.platform(), "vmware");
    let told = evidence.look();
    let wanted = [
        "^,*,169.254.7.7",
        "server 169.254.7.7 iburst",
        "Disabled",
        "plan exits with 0",
        "Enabled",
        "enabled",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), wanted, "{told}");
}

/// Lays an unpacked package over the tree, and makes the users that it lists.
fn bring(root: &Path, package: &str) {
    overlay(&root.join("usr/share/boot-bench").join(package), root);
    run(chroot(root, "systemd-sysusers").arg("--no-pager"));
}

fn bring_ntpsec(root: &Path) {
    bring(root, "ntpsec");
    // Its maintainer script would make the user, and a file that the profile includes.
    run(chroot(root, "useradd").args(["--system", "--user-group", "ntpsec"]));
    fs::remove_file(root.join("etc/apparmor.d/usr.sbin.ntpd")).expect("ntpsec's profile");
}

fn enable(root: &Path, unit: &str, target: &str) {
    let wants = root.join("etc/systemd/system").join(format!("{target}.wants"));
    fs::create_dir_all(&wants).expect("a directory of links");
    symlink(format!("/usr/lib/systemd/system/{unit}"), wants.join(unit)).expect("a link that enables");
}
