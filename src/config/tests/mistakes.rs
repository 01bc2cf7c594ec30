//! What is said of mistakes.

use super::read;

fn mistake(text: &str) -> String {
    read(&[("etc/cloud-timesync/config.toml", text)]).unwrap_err().to_string()
}

/// What is written, and what of the message must be there beside the file's name.
const MISTAKES: &[(&str, &str)] = &[
    ("\n\nplatfrom = \"aws\"", "line 3: unknown field `platfrom`, expected one of `platform`, `chrony_conf`"),
    ("platform = \"ec2\"", "line 1: unknown value `ec2`, expected one of `aws`, `gce`"),
    ("chrony_conf = true", "line 1: unknown value `true`, expected `write` or `keep`"),
    ("imds = 5", "line 1: unknown value `5`, expected one of `doubt`, `always`, `never`"),
    ("imds = [\"doubt\"]", "line 1: unknown value `[\"doubt\"]`, expected one of `doubt`"),
    ("imds = [\n5]", "line 1: unknown value `[\\n5]`, expected one of `doubt`"),
    ("imds = {}", "line 1: unknown value `{}`, expected one of `doubt`"),
    ("[imds]\nx = 1", "unknown value `x`, expected one of `doubt`"),
    ("[imds]", "line 1: expected a word in quotes"),
    ("imds = \"sometimes\"", "unknown value `sometimes`, expected one of `doubt`, `always`, `never`"),
    ("imds_deadline = 0", "line 1: 0 is not between 1 and 30 seconds"),
    ("ptp_wait = 31", "line 1: 31 is not between 0 and 30 seconds"),
    ("ptp_wait = -1", "line 1: -1 is not between 0 and 30 seconds"),
    ("ptp_wait = \"10s\"", "line 1: invalid value: string \"10s\", expected a whole number of seconds"),
    ("ptp_wait = 4.5", "line 1: invalid value: floating point `4.5`, expected a whole number of seconds"),
    (
        "ptp_wait = 99999999999999999999",
        "line 1: invalid value: integer `99999999999999999999`, expected a whole number of seconds",
    ),
    ("time_scale = \"tai\"", "unknown value `tai`, expected one of `platform`, `smeared`, `utc`"),
    ("step_policy = \"x\"", "unknown value `x`, expected"),
    ("rivals = \"kill\"", "unknown value `kill`, expected `displace` or `keep`"),
    ("adopt_servers = 1", "line 1: invalid value: integer `1`, expected true or false"),
    ("[makestep]\nthreshold = 0\nlimit = 3", "line 2: 0 is not between 0.001 and 86400.0 seconds"),
    (
        "[makestep]\nthreshold = 1\nlimit = 0",
        "line 3: 0 is no number of updates: it is 1 or more, or -1 for all",
    ),
    ("[makestep]\nthreshold = \"1\"", "line 2: invalid value: string \"1\", expected a number of seconds"),
    ("[makestep]\nlimit = \"3\"", "line 2: invalid value: string \"3\", expected a number of updates"),
    ("[makestep]\nthreshold = nan", "line 2: NaN is not between 0.001 and 86400.0 seconds"),
    ("makestep = 1", "line 1: `makestep` is a table, and is written so: [makestep]"),
    ("[[makestep]]\nlimit = 3", "line 1: `makestep` is a table, and is written so: [makestep]"),
    ("fast_start = \"yes\"", "line 1: invalid value: string \"yes\", expected true or false"),
    ("\ngate = 5", "line 2: `gate` is a table, and is written so: [gate]"),
    ("[gate]\nunits = \"a.service\"", "line 2: invalid value: string \"a.service\", expected a list"),
    ("[gate.units]\na = 1", "line 1: invalid value: table, expected a list"),
    ("[gate]\nunits = [5]", "line 2: invalid value: integer `5`, expected a string"),
    ("[gate]\nunits = [\"scylla\"]", "line 2: \"scylla\" is no unit"),
    ("[gate]\nunits = [\"../x.service\"]", "line 2: \"../x.service\" is no unit"),
    ("[gate]\nunits = [\"etcd.socket\"]", "line 2: \"etcd.socket\" is no unit"),
    ("[gate]\nunits = [\"basic.target\"]", "line 2: \"basic.target\" cannot wait for the clock"),
    ("[gate]\nunits = [\"chrony.service\"]", "line 2: \"chrony.service\" cannot wait for the clock"),
    ("[gate]\ntimeout = 1", "line 2: 1 is not between 5 and 86400 seconds"),
    ("[gate]\nat_timeout = \"wait\"", "unknown value `wait`, expected `start` or `hold`"),
    ("[gate]\nunit = []", "line 2: unknown field `unit`, expected one of `units`, `timeout`, `at_timeout`"),
    ("[cockroach]\nmax_offset = 0", "line 2: 0 is not between 0.001 and 60.0 seconds"),
    ("source = \"a\"", "line 1: `source` is a table that can be repeated, and is written so: [[source]]"),
    (
        "[source]\nserver = \"a\"",
        "line 1: `source` is a table that can be repeated, and is written so: [[source]]",
    ),
    ("source = [5]", "line 1: `source` is a table that can be repeated, and is written so: [[source]]"),
    (
        "[[source]]\nserver = \"a\"\nplatforms = [true]",
        "line 3: unknown value `true`, expected one of `aws`, `gce`",
    ),
    ("[[source]]\noptions = \"iburst\"", "line 1: a source needs one of `server` and `pool`, and not both"),
    (
        "[[source]]\nserver = \"a\"\npool = \"b\"",
        "line 1: a source needs one of `server` and `pool`, and not both",
    ),
    ("[[source]]\nserver = \"a b\"", "line 2: \"a b\" is no host name and no address"),
    ("[[source]]\nserver = \"a\\nallow all\"", "\"a\\nallow all\" is no host name and no address"),
    ("[[source]]\nserver = \"-a\"", "\"-a\" is no host name and no address"),
    (
        "[[source]]\nserver = \"a\"\noptions = \"ibrust\"",
        "line 3: \"ibrust\" is no option that cloud-timesync knows of a source: there are iburst",
    ),
    ("[[source]]\nserver = \"a\"\noptions = \"minpoll\"", "line 3: a whole number must follow minpoll"),
    (
        "[[source]]\nserver = \"a\"\nscale = \"tai\"",
        "unknown value `tai`, expected one of `smeared`, `utc`, `unknown`",
    ),
    ("[cluster]\nallow = [\"10.0.0.0/8\"]", "line 1: [cluster]: `servers` must name the core servers"),
    ("[cluster]\nservers = [\"a\"]", "line 1: [cluster]: `allow` must name the networks that are served"),
    (
        "[cluster]\nservers = [\"a\", \"10.0.0.1\"]\nallow = [\"10.0.0.0/8\"]",
        "line 2: [cluster]: without `role`, `servers` must be host names",
    ),
    ("[cluster]\nrole = \"client\"\nservers = [\"a\", \"b\", \"a\"]", "line 3: [cluster]: a is named twice"),
    (
        "[cluster]\nrole = \"mesh\"\nmembers = [\"a\", \"b\"]\nservers = [\"c\"]\nallow = [\"10.0.0.0/8\"]",
        "line 4: [cluster]: `servers` is for the roles \"client\" and \"core\"",
    ),
    ("[cluster]\nrole = \"server\"", "unknown value `server`, expected one of `client`, `core`, `mesh`"),
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
        "[cluster]\nrole = \"core\"\nservers = [\"a\"]\nallow = [\"10.0.0.0/33\"]",
        "line 4: \"10.0.0.0/33\" is no network",
    ),
    ("[cluster]\nrole = \"core\"\nservers = [\"a\"]\nallow = [\"all\"]", "line 4: \"all\" is no network"),
    (
        "[cluster]\nrole = \"core\"\nservers = [\"a\"]\norphan_stratum = 16",
        "line 4: 16 is no stratum between 1 and 14",
    ),
    ("\n[cluster]", "line 2: [cluster]: `servers` must name the core servers"),
    ("cluster = 5", "line 1: `cluster` is a table, and is written so: [cluster]"),
    ("[cluster]\nservers = [\"a\"]\nrole = 5", "line 3: unknown value `5`, expected one of `client`"),
    ("[cluster]\norphan_stratum = \"9\"", "line 2: invalid value: string \"9\", expected a stratum"),
    ("platform = ", "line 1: "),
    ("\"a\\n\\u001b[31m\" = 1", "line 1: unknown field `a\\n\\u{1b}[31m`"),
    ("imds = \"é", "line 1: "),
    ("platform = \"aws\"\nplatform = \"gce\"", "line 2: duplicate key"),
];

#[test]
fn every_mistake_is_named_with_its_file_its_line_and_what_is_allowed() {
    for (text, expected) in MISTAKES {
        let said = mistake(text);
        assert!(said.starts_with("reading /etc/cloud-timesync/config.toml: "), "{text:?}: {said}");
        assert!(said.contains(expected), "{text:?}: {said}");
        assert!(!said.contains('\n'), "{text:?}: {said:?}");
    }
}

#[test]
fn a_mistake_in_a_drop_in_names_the_drop_in() {
    let said = read(&[("run/cloud-timesync/config.toml.d/x.toml", "x = 1")]).unwrap_err().to_string();
    assert!(
        said.starts_with("reading /run/cloud-timesync/config.toml.d/x.toml: line 1: unknown field `x`"),
        "{said}"
    );
}

#[test]
fn what_chronyd_cannot_read_as_an_options_number_is_a_mistake() {
    let source = |options: &str| format!("[[source]]\nserver = \"a\"\noptions = \"iburst {options}\"");
    for (options, expected) in [
        ("minpoll nan", "a whole number must follow minpoll"),
        ("minpoll 4.5", "a whole number must follow minpoll"),
        ("filter 3.5", "a whole number must follow filter"),
        ("port 1e3", "a whole number must follow port"),
        ("maxpoll 99999999999", "a whole number must follow maxpoll"),
        ("key 0", "the number of a key, 1 or more, must follow key"),
        ("key -1", "the number of a key, 1 or more, must follow key"),
        ("offset nan", "a number must follow offset"),
        ("maxdelay inf", "a number must follow maxdelay"),
        ("asymmetry", "a number must follow asymmetry"),
    ] {
        let said = mistake(&source(options));
        assert!(said.ends_with(&format!("config.toml: line 3: {expected}")), "{options}: {said}");
    }
    for options in ["minpoll -4", "filter 3 presend +9", "key 4294967295", "offset -.5", "maxdelay 1e-3"] {
        let text = source(options);
        assert!(read(&[("etc/cloud-timesync/config.toml", text.as_str())]).is_ok(), "{options}");
    }
}
