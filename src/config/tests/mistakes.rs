//! Messages about mistakes.

use super::read;

pub(super) fn mistake(text: &str) -> String {
    read(&[("etc/cloud-timesync/config.toml", text)]).unwrap_err().to_string()
}

/// Text that is written, and the message after the file's name.
const MISTAKES: &[(&str, &str)] = &[
    ("\n\nplatfrom = \"aws\"", "line 3: platfrom: unknown field `platfrom`, expected one of `platform`"),
    ("time_scal = \"utc\"", "line 1: time_scal: unknown field `time_scal`, expected one of `platform`"),
    ("[gates]\nunits = []", "line 1: gates: unknown field `gates`, expected one of `platform`"),
    (
        "frobnicate = 1",
        "line 1: frobnicate: unknown field `frobnicate`, expected one of `platform`, `chrony_conf`",
    ),
    ("platform = \"ec2\"", "line 1: platform: unknown variant `ec2`, expected one of `aws`, `gce`"),
    ("chrony_conf = true", "line 1: chrony_conf: "),
    ("imds = 5", "line 1: imds: "),
    ("imds = [\n5]", "line 1: imds: "),
    ("imds = {}", "line 1: imds: "),
    ("[imds]\nx = 1", "line 2: imds.x: "),
    (
        "imds = \"sometimes\"",
        "line 1: imds: unknown variant `sometimes`, expected one of `doubt`, `always`, `never`",
    ),
    ("imds_deadline = 0", "line 1: imds_deadline: 0 is not a whole number of seconds from 1 to 30"),
    ("imds_deadline = \"5\"", "line 1: imds_deadline: \"5\" is not a whole number of seconds from 1 to 30"),
    ("ptp_wait = 31", "line 1: ptp_wait: 31 is not a whole number of seconds from 0 to 30"),
    ("ptp_wait = -1", "line 1: ptp_wait: -1 is not a whole number of seconds from 0 to 30"),
    ("ptp_wait = 4.5", "line 1: ptp_wait: 4.5 is not a whole number of seconds from 0 to 30"),
    (
        "ptp_wait = 99999999999999999999",
        "line 1: ptp_wait: 99999999999999999999 is not a whole number of seconds from 0 to 30",
    ),
    ("ptp_wait = [\n5,\n]", "line 1: ptp_wait: [\\n5,\\n] is not a whole number of seconds from 0 to 30"),
    (
        "time_scale = \"tai\"",
        "line 1: time_scale: unknown variant `tai`, expected one of `platform`, `smeared`, `utc`",
    ),
    ("adopt_servers = true", "line 1: adopt_servers: unknown field `adopt_servers`"),
    (
        "[makestep]\nthreshold = 0\nlimit = 3",
        "line 2: makestep.threshold: 0 is not a number of seconds from 0.001 to 86400.0",
    ),
    (
        "[makestep]\nthreshold = \"1\"",
        "line 2: makestep.threshold: \"1\" is not a number of seconds from 0.001 to 86400.0",
    ),
    (
        "[makestep]\nthreshold = nan",
        "line 2: makestep.threshold: nan is not a number of seconds from 0.001 to 86400.0",
    ),
    (
        "[makestep]\nlimit = 0",
        "line 2: makestep.limit: 0 is not a number of updates: 1 or more, or -1 for all",
    ),
    (
        "[makestep]\nlimit = \"3\"",
        "line 2: makestep.limit: \"3\" is not a number of updates: 1 or more, or -1 for all",
    ),
    ("makestep.limit = 0", "line 1: makestep.limit: 0 is not a number of updates"),
    ("makestep = [1, 3]", "line 1: makestep: is written as [makestep]"),
    ("[[makestep]]\nlimit = 3", "line 1: makestep: is written as [makestep]"),
    ("\ngate = 5", "line 2: gate: is written as [gate]"),
    (
        "[gate]\nunits = \"a.service\"",
        "line 2: gate.units: invalid type: string \"a.service\", expected a sequence",
    ),
    ("[gate]\nunits = [5]", "line 2: gate.units: invalid type: integer `5`, expected a string"),
    (
        "[gate]\nunits = [\"scylla\"]",
        "line 2: gate.units: \"scylla\" is not a unit name; use e.g. \"scylla-server.service\"",
    ),
    ("[gate]\nunits = [\n\"a.service\",\n\"b\"\n]", "line 2: gate.units: \"b\" is not a unit name"),
    ("[gate]\nunits = [\"../x.service\"]", "line 2: gate.units: \"../x.service\" is not a unit name"),
    ("[gate]\nunits = [\"influxdb.socket\"]", "line 2: gate.units: \"influxdb.socket\" is not a unit name"),
    (
        "[gate]\nunits = [\"influxdb@.service\"]",
        "line 2: gate.units: \"influxdb@.service\" is not a unit but a template",
    ),
    (
        "[gate]\nunits = [\"basic.target\"]",
        "line 2: gate.units: \"basic.target\" is not a unit that can wait",
    ),
    (
        "[gate]\nunits = [\"chrony.service\"]",
        "line 2: gate.units: \"chrony.service\" is not a unit that can wait",
    ),
    ("[gate]\ntimeout = -5", "line 2: gate.timeout: -5 is not a whole number of seconds from 5 to 86400"),
    ("gate = { timeout = 3 }", "line 1: gate.timeout: 3 is not a whole number of seconds from 5 to 86400"),
    (
        "[gate]\nat_timeout = \"wait\"",
        "line 2: gate.at_timeout: unknown variant `wait`, expected `start` or `hold`",
    ),
    ("[gate]\nunit = []", "line 2: gate.unit: unknown field `unit`, expected one of `units`"),
    (
        "[cockroach]\nmax_offset = 500",
        "line 2: cockroach.max_offset: 500 is not a number of seconds from 0.001 to 60.0",
    ),
    ("source = \"a\"", "line 1: source: is written as [[source]]"),
    ("[source]\nserver = \"a\"", "line 1: source: is written as [[source]]"),
    ("source = [5]", "line 1: source: is written as [[source]]"),
    ("[[source]]\nserver = \"a\"\nplatforms = [true]", "line 3: source.platforms: "),
    (
        "[[source]]\noptions = \"iburst\"",
        "line 1: source: a source has either a `server`, a `pool` or a `refclock`",
    ),
    (
        "[[source]]\nserver = \"a\"\npool = \"b\"",
        "line 1: source: a source has either a `server`, a `pool` or a `refclock`",
    ),
    (
        "[[source]]\nserver = \"ntp://a\"",
        "line 2: source.server: \"ntp://a\" is not a host name or an IP address (a port goes into `options`: \"port 123\")",
    ),
    ("[[source]]\nserver = \"a\\nallow all\"", "line 2: source.server: \"a\\nallow all\" is not a host name"),
    (
        "[[source]]\nrefclock = \"shm 0\"",
        "line 2: source.refclock: \"shm 0\" begins with none of chronyd's drivers: SHM, SOCK, PHC, PPS, RTC",
    ),
    ("[[source]]\nserver = \"-a\"", "line 2: source.server: \"-a\" is not a host name"),
    (
        "[[source]]\nserver = \"a\"\noptions = \"iburst\\u0000\"",
        "line 3: source.options: \"iburst\\0\" is not a list of a source's options on one line, such as \"iburst minpoll 4\"",
    ),
    ("[[source]]\nserver = \"a\"\noptions = [\"iburst\"]", "line 3: source.options: invalid type: "),
    (
        "[[source]]\nserver = \"a\"\nscale = \"tai\"",
        "line 3: source.scale: unknown variant `tai`, expected one of",
    ),
    (
        "[[source]]\nrefclock = \"PHC\"",
        "line 2: source.refclock: \"PHC\" is not a reference clock; use e.g. ",
    ),
    ("[[source]]\nrefclock = \"PHC /dev/x\\nallow\"", "line 2: source.refclock: "),
    (
        "[[source]]\nserver = \"a\"\nplatforms = []",
        "line 1: source: `platforms` names none; without it the source is for all",
    ),
    (
        "[chrony]\nextra = [\"port 0\", \"MakeStep 1 3\"]",
        "line 2: chrony.extra: \"MakeStep 1 3\" is cloud-timesync's to decide: [makestep] and step_policy say",
    ),
    (
        "[chrony]\nextra = [\"port 0\\nserver a\"]",
        "line 2: chrony.extra: \"port 0\\nserver a\" is not a directive",
    ),
    ("[chrony]\nextra = [\"# port 0\"]", "line 2: chrony.extra: \"# port 0\" is not a directive on one line"),
    (
        "[chrony]\nextra = [\"sched_priority 999\"]",
        "line 2: chrony.extra: \"sched_priority 999\" is not a priority from 0 to 99, and chronyd would not start",
    ),
    ("[chrony]\nextra = [\"sched_priority\"]", "line 2: chrony.extra: \"sched_priority\" is not a priority"),
    (
        "[chrony]\nextra = [\"keyfile /a\", \"allow\", \"KeyFile /b\"]",
        "line 2: chrony.extra: keyfile is there twice, and chronyd takes the last alone",
    ),
    ("chrony = [\"port 0\"]", "line 1: chrony: is written as [chrony]"),
    ("[cluster]\nallow = [\"10.0.0.0/8\"]", "line 1: [cluster]: `servers` must name the core servers"),
    ("[cluster]\nservers = [\"a\"]", "line 1: [cluster]: `allow` must name the networks that are served"),
    (
        "[cluster]\nservers = [\"a\", \"10.0.0.1\"]\nallow = [\"10.0.0.0/8\"]",
        "line 2: [cluster]: without `role`, `servers` must be host names",
    ),
    (
        "[cluster]\nrole = \"client\"\nservers = [\"a\", \"b\", \"a\"]",
        "line 3: [cluster]: `servers` names a twice",
    ),
    (
        "[cluster]\nrole = \"mesh\"\nmembers = [\"a\", \"b\"]\nservers = [\"c\"]\nallow = [\"10.0.0.0/8\"]",
        "line 4: [cluster]: `servers` is for the roles \"client\" and \"core\"",
    ),
    (
        "[cluster]\nrole = \"server\"",
        "line 2: cluster.role: unknown variant `server`, expected one of `client`, `core`",
    ),
    ("[cluster]\nrole = \"client\"", "line 2: [cluster]: `servers` must name the core servers"),
    (
        "[cluster]\nrole = \"core\"\nservers = [\"a\"]",
        "line 2: [cluster]: `allow` must name the networks that are served",
    ),
    (
        "[cluster]\nrole = \"mesh\"\nmembers = [\"a\"]",
        "line 3: [cluster]: `members` must name the machines of the mesh",
    ),
    (
        "[cluster]\nrole = \"client\"\nservers = [\"a\"]\nprefer = \"b\"",
        "line 4: [cluster]: `prefer` must be one of `servers`",
    ),
    (
        "[cluster]\nallow = [\"10.0.0.0/33\"]",
        "line 2: cluster.allow: \"10.0.0.0/33\" is not a network; use e.g. \"10.0.0.0/8\"",
    ),
    ("[cluster]\nallow = [\"all\"]", "line 2: cluster.allow: \"all\" is not a network"),
    ("[cluster]\norphan_stratum = 16", "line 2: cluster.orphan_stratum: 16 is not a stratum from 1 to 14"),
    (
        "[cluster]\norphan_stratum = \"9\"",
        "line 2: cluster.orphan_stratum: \"9\" is not a stratum from 1 to 14",
    ),
    ("\n[cluster]", "line 2: [cluster]: `servers` must name the core servers"),
    ("cluster = 5", "line 1: cluster: is written as [cluster]"),
    ("time_scale = smeared", "line 1: time_scale: "),
    ("\nplatform = ", "line 2: platform: "),
    ("\"a\\n\\u001b[31m\" = 1", "line 1: a\\n\\u{1b}[31m: unknown field `a\\n\\u{1b}[31m`"),
    ("imds = \"é", "line 1: imds: "),
    ("platform = \"aws\"\nplatform = \"gce\"", "line 2: platform: duplicate key"),
];

#[test]
fn a_mistake_is_named_with_file_line_key_and_what_is_allowed() {
    for (text, expected) in MISTAKES {
        let said = mistake(text);
        let expected = format!("reading /etc/cloud-timesync/config.toml: {expected}");
        assert!(said.starts_with(&expected), "{text:?}: {said}");
        assert!(!said.contains('\n'), "{text:?}: {said:?}");
    }
}

#[test]
fn a_mistake_in_a_drop_in_names_the_drop_in() {
    let said = read(&[("run/cloud-timesync/config.toml.d/x.toml", "x = 1")]).unwrap_err().to_string();
    assert!(
        said.starts_with("reading /run/cloud-timesync/config.toml.d/x.toml: line 1: x: unknown field `x`"),
        "{said}"
    );
}
