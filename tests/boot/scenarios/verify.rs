//! `verify` on a machine that runs: right, and each check wrong for its own reason.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bench::*;

/// What is broken, how, how it is repaired, and which checks change: "?" marks one that could not be made.
type Break = (&'static str, &'static str, &'static str, &'static [&'static str]);

const BREAKS: &[Break] = &[
    ("nothing", "", "", &[]),
    (
        "chrony stopped",
        "systemctl stop chrony",
        "systemctl start chrony chrony-wait",
        &[
            "chrony-running",
            "chrony-wait-succeeded",
            "chronyd-command-line?",
            "leap-status?",
            "no-other-source?",
            "offset?",
            "plan-is-empty",
            "reference?",
            "root-distance?",
            "stratum?",
        ],
    ),
    (
        "the clock set 5 s off while chrony is stopped",
        "systemctl stop chrony; date -s '+5 seconds'",
        "systemctl start chrony chrony-wait",
        &[
            "chrony-running",
            "chrony-wait-succeeded",
            "chronyd-command-line?",
            "leap-status?",
            "no-other-source?",
            "offset?",
            "plan-is-empty",
            "reference?",
            "root-distance?",
            "rtc",
            "stratum?",
        ],
    ),
    ("an edit", "echo '# mine' >> /etc/chrony/chrony.conf", "give_back chrony.conf", &["chrony-conf"]),
    (
        "a fragment",
        "echo 'server 169.254.7.98' > /etc/chrony/sources.d/x.sources",
        "rm /etc/chrony/sources.d/x.sources",
        &["no-fragments", "plan-is-empty"],
    ),
    ("a DHCP source that nobody reads", "dhcp", "rm -r /run/chrony-dhcp", &[]),
    (
        "a DHCP source that chronyd would read",
        "dhcp; echo sourcedir /run/chrony-dhcp >> /etc/chrony/chrony.conf",
        "rm -r /run/chrony-dhcp; give_back chrony.conf",
        &["chrony-conf", "no-dhcp-sources", "one-configuration-file"],
    ),
    (
        "a source that was added",
        "chronyc add server 169.254.7.98",
        "chronyc delete 169.254.7.98",
        &["no-other-source"],
    ),
    (
        "a clock that is not there",
        "echo 'refclock PHC /dev/ptp9 poll 3' >> /etc/chrony/chrony.conf",
        "give_back chrony.conf",
        &["chrony-conf", "one-time-scale?", "ptp-clock", "source-directives"],
    ),
    (
        "no drop-in",
        "rm /etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
        "give_back 10-time-sync.conf",
        &["gate-drop-in", "plan-is-empty", "units-reloaded"],
    ),
    (
        "the drop-in's mode",
        "chmod 0600 /etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
        "chmod 0644 /etc/systemd/system/scylla-server.service.d/10-time-sync.conf",
        &["gate-mode", "plan-is-empty"],
    ),
    (
        "chrony-wait disabled",
        "systemctl disable chrony-wait",
        "systemctl enable chrony-wait",
        &["chrony-wait-enabled", "plan-is-empty"],
    ),
    (
        "chrony-wait masked",
        "systemctl mask chrony-wait",
        "systemctl unmask chrony-wait",
        &["chrony-wait-enabled"],
    ),
    (
        "a wait without an end",
        "in_run chrony-wait '[Service]\\nTimeoutStartSec=infinity\\n'",
        "rm -r /run/systemd/system/chrony-wait.service.d; systemctl daemon-reload",
        &["chrony-wait-timeout"],
    ),
    (
        "a drop-in that systemd has not read",
        "mv /etc/systemd/system/scylla-server.service.d /tmp/aside; systemctl daemon-reload; \
         mv /tmp/aside /etc/systemd/system/scylla-server.service.d",
        "systemctl daemon-reload",
        &["gate-in-force", "plan-is-empty", "units-reloaded"],
    ),
    (
        "a target that is not reached",
        "systemctl stop time-sync.target",
        "systemctl restart chrony-wait",
        &["time-sync-reached"],
    ),
    (
        "DAEMON_OPTS",
        "echo 'DAEMON_OPTS=\"-F 1 -f /etc/chrony/other.conf\"' > /etc/default/chrony",
        "give_back chrony",
        &["chronyd-options"],
    ),
    (
        "a chronyd that runs on another file",
        "cp /etc/chrony/chrony.conf /etc/chrony/other.conf; \
         echo 'DAEMON_OPTS=\"-F 1 -f /etc/chrony/other.conf\"' > /etc/default/chrony; \
         systemctl restart chrony; systemctl start chrony-wait; give_back chrony",
        "rm /etc/chrony/other.conf; systemctl restart chrony; systemctl start chrony-wait",
        &["chronyd-command-line"],
    ),
    (
        "timesyncd enabled",
        "timesyncd; systemctl enable systemd-timesyncd",
        "systemctl disable systemd-timesyncd",
        &["no-other-daemon-enabled"],
    ),
    (
        "timesyncd running",
        "systemctl start systemd-timesyncd",
        "systemctl stop systemd-timesyncd",
        &["no-other-daemon-running"],
    ),
    (
        "sources that are forgotten",
        "chronyc offline; chronyc reset sources",
        "chronyc online; chronyc burst 4/4; until_selected",
        &["leap-status", "offset?", "reference", "root-distance?", "stratum"],
    ),
    (
        "the clock set 5 s off under a running chronyd",
        "date -s '+5 seconds'; until_offset large",
        "chronyc makestep; until_offset small",
        &["offset"],
    ),
    ("nothing any more", "", "", &[]),
];

const TOOLS: &str = r#"
mkdir /tmp/kept
cp -p /etc/chrony/chrony.conf /etc/default/chrony /tmp/kept
cp -p /etc/systemd/system/scylla-server.service.d/10-time-sync.conf /tmp/kept
give_back() {
    case "$1" in
        chrony.conf) cp -p /tmp/kept/chrony.conf /etc/chrony/ ;;
        chrony) cp -p /tmp/kept/chrony /etc/default/ ;;
        *) cp -p "/tmp/kept/$1" /etc/systemd/system/scylla-server.service.d/ ;;
    esac
}
dhcp() { mkdir /run/chrony-dhcp; echo 'server 169.254.7.98' > /run/chrony-dhcp/eth0.sources; }
in_run() {
    mkdir -p "/run/systemd/system/$1.service.d"
    printf "$2" > "/run/systemd/system/$1.service.d/50-broken.conf"
    systemctl daemon-reload
}
timesyncd() { cp -a /usr/share/boot-bench/timesyncd/. /; systemd-sysusers; systemctl daemon-reload; }
# Half a minute is two polls.
until_offset() {
    local second
    for second in $(seq 60); do
        chronyc -c -n tracking | awk -F, -v "test=$1" '{ off = $5 < 0 ? -$5 : $5 } END { exit !(test == "large" ? off > 1 : off < 0.01) }' && return
        sleep 1
    done
}
until_selected() {
    local second
    for second in $(seq 60); do
        chronyc -c -n sources | grep -q '^.,[*],' && return
        sleep 1
    done
}
try() {
    eval "$1" > /dev/null 2>> /tmp/complaints
    cloud-timesync verify --json > /tmp/report 2>> /tmp/complaints
    echo "$? $(cut -d' ' -f1 /proc/uptime) $(cat /tmp/report)"
    eval "$2" > /dev/null 2>> /tmp/complaints
}
"#;

#[test]
fn each_check_goes_wrong_for_its_own_reason() {
    let quoted = |script: &str| format!("'{}'", script.replace('\'', r"'\''"));
    let tries =
        BREAKS.iter().map(|(_, breaks, repairs, _)| format!("try {} {}\n", quoted(breaks), quoted(repairs)));
    let script = format!("{TOOLS}{}cat /tmp/complaints\n", tries.collect::<String>());
    let disk = Disk::of(Release::Debian13, Agent::Package);
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws()).look(&script);
    let evidence = boot.run();

    assert_gated(&evidence);
    let verdict = evidence.agent().into_iter().find(|entry| entry.says("this boot is"));
    let verdict = verdict.unwrap_or_else(|| panic!("nobody judged the boot\n{}", evidence.story()));
    assert!(verdict.message().starts_with("this boot is right: All "), "{}", evidence.story());
    let started = evidence.database_started().expect("it is gated").at();
    assert!(verdict.at() > started, "the boot was judged before the database was up");
    let report = evidence.file("/run/cloud-timesync/report.json").expect("a report");
    assert_eq!(complaints(&report), BTreeSet::new());

    let told = evidence.look();
    let mut lines = told.lines();
    for (what, _, _, wanted) in BREAKS {
        let line = lines.next().unwrap_or_else(|| panic!("{what}: the script ended early\n{told}"));
        let (code, rest) = line.split_once(' ').expect("an exit code");
        let (_, report) = rest.split_once(' ').expect("a time");
        let wanted: BTreeSet<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(complaints(report), wanted, "{what}: {report}");
        assert_eq!(code, if wanted.is_empty() { "0" } else { "1" }, "{what}");
    }
}

/// The checks of a report that are not right.
fn complaints(report: &str) -> BTreeSet<String> {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|why| panic!("{why}: {report}"));
    let checks = report["checks"].as_array().expect("a list of checks").iter();
    let name = |check: &Value| {
        let mark = if check["verdict"] == "unknown" { "?" } else { "" };
        format!("{}{mark}", check["name"].as_str().expect("a name"))
    };
    checks.filter(|check| check["verdict"] != "right").map(name).collect()
}
