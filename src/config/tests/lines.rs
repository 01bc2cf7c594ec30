//! The operator's lines of chrony.conf.

use super::mistakes::mistake;
use super::*;

#[test]
fn no_source_gets_a_second_line_into_chrony_conf() {
    let source = |options: &str| format!("[[source]]\nserver = \"a\"\noptions = \"iburst {options}\"");
    // chronyd takes what follows a line's first 2047 bytes for another line.
    for options in ["\\u0000allow all", "caf\u{e9}", "# x", "\\r\\nallow\\tall", &"iburst ".repeat(100)] {
        let said = mistake(&source(options));
        assert!(said.contains("line 3: source.options: \"iburst "), "{options}: {said}");
    }
}

#[test]
fn no_extra_line_says_what_cloud_timesync_decides() {
    for line in [
        "server a",
        "POOL a",
        "peer a",
        "refclock PHC /dev/ptp0",
        "include /a",
        "confdir /a",
        "sourcedir /a",
        "makestep 1 3",
        "initstepslew 1 a",
        "maxsamples 4",
        "maxjitter 1",
        "driftfile /a",
        "rtcsync",
        "rtcfile /a",
        "local stratum 9",
    ] {
        let said = mistake(&format!("[chrony]\nextra = [\"{line}\"]"));
        assert!(
            said.contains("line 2: chrony.extra: ") && said.contains("is cloud-timesync's to decide"),
            "{said}"
        );
    }
    let text =
        "[chrony]\nextra = [\" cmdport\\t0\", \"allow 10.0.0.0/8\", \"allow ::1\", \"sched_priority 99\"]";
    let chrony = read(&[("etc/cloud-timesync/config.toml", text)]).unwrap().config.chrony;
    let lines: Vec<String> = chrony.extra.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["cmdport 0", "allow 10.0.0.0/8", "allow ::1", "sched_priority 99"]);
    assert_eq!(chrony.place, "/etc/cloud-timesync/config.toml, line 2");
}
