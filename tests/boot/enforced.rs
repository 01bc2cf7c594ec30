//! SELinux in force, by Debian's own policy.

use std::os::unix::fs::symlink;

use super::*;

const PACKAGES: &str = "selinux-policy-default,policycoreutils,selinux-utils";

/// The kernel's part. The kernel's log gets every denial, and of none says only that there were more.
const KERNEL_OPTIONS: &str =
    "security=selinux selinux=1 enforcing=1 audit_backlog_limit=8192 sysctl.kernel.printk_ratelimit=0";

/// What the bench itself runs in a guest are programs, wherever they lie.
const LOCAL: &str = "/usr/lib/boot-bench(/.*)?\tsystem_u:object_r:bin_t:s0\n";

/// An administrator's, for /etc/chrony: by default all is etc_t there, as the directory is, and a new file gets that anyway.
const OWN: &str = "/etc/chrony/chrony\\.conf\t--\tsystem_u:object_r:chronyd_conf_t:s0\n\
                   /etc/chrony/conf\\.d/99-vendor\\.conf\t--\tsystem_u:object_r:chronyd_conf_t:s0\n";

/// The bench's collector looks at more than the policy lets it: when all is done, SELinux only listens.
const LOOK: &str = r"
labels() {
    for path in chrony.conf conf.d/99-vendor.conf sources.d/vendor.sources; do stat -c $1' %C '$path $2/chrony/$path; done
}
echo mode $(getenforce)
systemctl --failed --no-legend --plain
grep -E '^(server|pool)' /etc/chrony/chrony.conf
stat -c 'new %C' /etc/chrony/chrony.conf
labels kept /var/lib/cloud-timesync/set-aside/etc
tr -d '\n' < /run/cloud-timesync/report.json; echo
cloud-timesync undo > /dev/null 2>&1; echo undo exits with $?
labels undone /etc
echo mode $(getenforce)
setenforce 0
# Nobody answers the sources that the image came with.
systemctl stop chrony-wait.service
";

/// The journal is closed to whoever asks journalctl from a service: Debian's policy has a domain for it that flushes only.
const FROM_THE_JOURNAL: [&str; 3] = ["database-waited", "no-ordering-cycle", "no-step-under-database"];

/// The first boot is right, each file keeps its label, the new one has the label of the old, and `undo` gives all back.
#[test]
#[ignore = "make test-all"]
fn selinux_denies_nothing_and_every_label_is_kept() {
    let disk = Disk::twisted(Release::Debian13, |root| {
        // The policy does not let it write; nothing here needs it.
        let generator = root.join("etc/systemd/system/systemd-network-generator.service");
        symlink("/dev/null", generator).expect("masking a unit");
        install_selinux(root);
    });
    let mut boot = Boot::of(&disk, Machine::Aws, Cloud::aws()).until_selected("none");
    boot.hardware.options.push(KERNEL_OPTIONS.to_owned());
    let evidence = boot.look(LOOK).run();
    assert_eq!(gated(&evidence), Ok(()), "{}", evidence.timeline());
    assert_eq!(evidence.platform(), "aws");
    let (conf, etc) = ("system_u:object_r:chronyd_conf_t:s0", "system_u:object_r:etc_t:s0");
    let labels = |of: &str| {
        [(conf, "chrony.conf"), (conf, "conf.d/99-vendor.conf"), (etc, "sources.d/vendor.sources")]
            .map(|(label, path)| format!("{of} {label} {path}"))
    };
    let mut wanted = vec!["mode Enforcing".to_owned()];
    wanted.extend(AWS_SOURCES.map(str::to_owned));
    wanted.push(format!("new {conf}"));
    wanted.extend(labels("kept"));
    wanted.push("undo exits with 0".to_owned());
    wanted.extend(labels("undone"));
    wanted.push("mode Enforcing".to_owned());
    let look = evidence.look();
    let (report, told): (Vec<&str>, Vec<&str>) = look.lines().partition(|line| line.starts_with('{'));
    assert_eq!(told, wanted);
    assert_eq!(domains(&evidence, "chronyd"), ["system_u:system_r:chronyd_t:s0"]);
    assert_eq!(domains(&evidence, "cloud-timesync"), ["system_u:system_r:initrc_t:s0"]);
    assert_unknown(report.first().expect("a report of the boot"), &FROM_THE_JOURNAL);
    assert_nothing_denied(&evidence);
}

/// In which domains a program was.
fn domains<'a>(evidence: &'a Evidence, program: &str) -> Vec<&'a str> {
    let entries = evidence.journal.iter().filter(|entry| entry.is_from(program));
    let mut domains: Vec<&str> =
        entries.map(|entry| entry.field("_SELINUX_CONTEXT").trim_end_matches('\0').trim()).collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// Of these checks nothing is known, and all others are right.
fn assert_unknown(report: &str, unknown: &[&str]) {
    let report: serde_json::Value = serde_json::from_str(report).expect("the report as JSON");
    let checks = report["checks"].as_array().expect("a list of checks").iter();
    let others = checks.filter(|check| check["verdict"] != "right");
    let others: Vec<_> = others.map(|check| (check["name"].as_str(), check["verdict"].as_str())).collect();
    let unknown: Vec<_> = unknown.iter().map(|name| (Some(*name), Some("unknown"))).collect();
    assert_eq!(others, unknown, "{report:#}");
}

/// While the policy was in force. What the stand-in database lets chronyc write to is the bench's own file.
fn assert_nothing_denied(evidence: &Evidence) {
    const PROGRAMS: [&str; 4] = ["cloud-timesync", "chronyd", "chronyc", "systemctl"];
    let denials =
        evidence.journal.iter().filter(|entry| entry.says("avc:  denied") && entry.says("permissive=0"));
    let denials: Vec<&str> = denials.map(Entry::message).collect();
    assert!(!denials.is_empty(), "the kernel's denials do not reach the journal");
    let of_ours = |denial: &&&str| {
        let ours = PROGRAMS.iter().any(|program| denial.contains(&format!("comm=\"{program}\"")));
        (ours || denial.contains("chronyd_t")) && !denial.contains("path=\"/run/scylla-server.")
    };
    assert_eq!(denials.iter().filter(of_ours).collect::<Vec<_>>(), [&""; 0]);
}

/// Installs the policy of the release into a tree, and labels all that is in it. OWN is what an administrator adds by
/// `semanage fcontext`, in the words of file_contexts(5).
fn install_selinux(root: &Path) {
    Release::Debian13.install(root, PACKAGES);
    let contexts = "etc/selinux/default/contexts/files/file_contexts";
    let local = format!("{LOCAL}{OWN}");
    fs::write(root.join(contexts).with_extension("local"), local).expect("naming the bench's programs");
    // They come later, and would have none.
    for stamp in ["etc/.updated", "var/.updated"] {
        fs::write(root.join(stamp), "").expect("making a time stamp");
    }
    run(chroot(root, "setfiles").args(["-F", &format!("/{contexts}"), "/"]));
}
