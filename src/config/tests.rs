//! Where settings come from, and what is said of mistakes.

// Trees are made by hand.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;
use crate::error::Result;
use crate::platform::Scale;
use crate::root::Root;

/// Reads a tree in which these files are.
fn read(files: &[(&str, &str)]) -> Result<Configured> {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(tree.path(), path, text);
    }
    load(&Root::open(tree.path()).unwrap())
}

fn write(tree: &Path, path: &str, text: &str) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn mistake(text: &str) -> String {
    read(&[("etc/cloud-timesync/config.toml", text)]).unwrap_err().to_string()
}

#[test]
fn nothing_set_is_the_default() {
    assert_eq!(read(&[]).unwrap(), Configured::default());
}

#[test]
fn a_drop_in_overrides_one_setting_and_leaves_the_rest() {
    let configured = read(&[
        (
            "etc/cloud-timesync/config.toml",
            "platform = \"oci\"\n[gate]\ntimeout = 60\nunits = [\"a.service\"]",
        ),
        ("usr/lib/cloud-timesync/config.toml.d/50-vendor.toml", "[gate]\ntimeout = 90\n"),
        ("run/cloud-timesync/config.toml.d/90-last.toml", "imds = \"never\""),
    ])
    .unwrap();
    assert_eq!(configured.config.platform, Some(Platform::Oci));
    assert_eq!(configured.config.gate.timeout, Duration::from_secs(90));
    assert_eq!(configured.config.gate.units.len(), 1);
    let settings: Vec<String> = configured.settings.iter().map(Setting::to_string).collect();
    assert_eq!(
        settings,
        [
            "gate.timeout = 90, from /usr/lib/cloud-timesync/config.toml.d/50-vendor.toml",
            "gate.units = [\"a.service\"], from /etc/cloud-timesync/config.toml",
            "imds = \"never\", from /run/cloud-timesync/config.toml.d/90-last.toml",
            "platform = \"oci\", from /etc/cloud-timesync/config.toml",
        ]
    );
}

#[test]
fn a_file_hides_its_namesakes_of_lower_rank() {
    let configured = read(&[
        ("run/cloud-timesync/config.toml", "platform = \"aws\""),
        ("usr/lib/cloud-timesync/config.toml", "platform = \"gce\"\nimds = \"never\""),
        ("etc/cloud-timesync/config.toml.d/x.toml", "ptp_wait = 1"),
        ("usr/lib/cloud-timesync/config.toml.d/x.toml", "ptp_wait = 2\nimds_deadline = 2"),
    ])
    .unwrap();
    let expected =
        Config { platform: Some(Platform::Aws), ptp_wait: Duration::from_secs(1), ..Config::default() };
    assert_eq!(configured.config, expected);
}

#[test]
fn a_link_to_dev_null_hides_and_says_nothing() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "usr/lib/cloud-timesync/config.toml.d/x.toml", "ptp_wait = 2");
    write(tree.path(), "usr/lib/cloud-timesync/config.toml", "imds = \"never\"");
    let etc = tree.path().join("etc/cloud-timesync");
    fs::create_dir_all(etc.join("config.toml.d")).unwrap();
    symlink("/dev/null", etc.join("config.toml.d/x.toml")).unwrap();
    symlink("/dev/null", etc.join("config.toml")).unwrap();
    assert_eq!(load(&Root::open(tree.path()).unwrap()).unwrap(), Configured::default());
}

#[test]
fn a_source_says_what_it_is() {
    let text = "[[source]]\nserver = \"ntp1.example.com\"\noptions = \"iburst  minpoll 4\"\nscale = \"utc\"\n\
                platforms = [\"openstack\"]\n[[source]]\npool = \"2001:db8::1\"\nbeside = true";
    let sources = read(&[("etc/cloud-timesync/config.toml", text)]).unwrap().config.sources;
    let [first, second] = sources.as_slice() else { panic!("{sources:?}") };
    assert_eq!((first.options.to_string().as_str(), first.scale), ("iburst minpoll 4", Scale::Utc));
    assert!(first.is_for(Platform::OpenStack) && !first.is_for(Platform::Aws));
    assert_eq!((second.options.to_string().as_str(), second.scale), ("iburst", Scale::Unknown));
    assert!(second.is_for(Platform::Aws) && second.beside);
    assert!(matches!(&second.place, Place::Pool(host) if host.to_string() == "2001:db8::1"));
}

/// What is written, and what of the message must be there beside the file's name.
const MISTAKES: &[(&str, &str)] = &[
    ("\n\nplatfrom = \"aws\"", "line 3: unknown field `platfrom`, expected one of `platform`, `chrony_conf`"),
    ("platform = \"ec2\"", "line 1: unknown variant `ec2`, expected one of `aws`, `gce`"),
    ("chrony_conf = true", "line 1: "),
    ("imds = \"sometimes\"", "unknown variant `sometimes`, expected one of `doubt`, `always`, `never`"),
    ("imds_deadline = 0", "line 1: 0 is not between 1 and 30 seconds"),
    ("ptp_wait = 31", "line 1: 31 is not between 0 and 30 seconds"),
    ("ptp_wait = -1", "line 1: -1 is not between 0 and 30 seconds"),
    ("ptp_wait = \"10s\"", "line 1: invalid type: string \"10s\", expected i64"),
    ("time_scale = \"tai\"", "unknown variant `tai`, expected one of `platform`, `smeared`, `utc`"),
    ("step_policy = \"x\"", "unknown variant `x`, expected"),
    ("rivals = \"kill\"", "unknown variant `kill`, expected `displace` or `keep`"),
    ("adopt_servers = 1", "line 1: invalid type: integer `1`, expected a boolean"),
    ("[makestep]\nthreshold = 1.0", "line 1: missing field `limit`"),
    ("[makestep]\nthreshold = 0\nlimit = 3", "line 2: 0 is not between 0.001 and 86400.0 seconds"),
    (
        "[makestep]\nthreshold = 1\nlimit = 0",
        "line 3: 0 is no number of updates: it is 1 or more, or -1 for all",
    ),
    ("fast_start = \"yes\"", "line 1: invalid type: string \"yes\", expected a boolean"),
    ("[gate]\nunits = [\"scylla\"]", "line 2: \"scylla\" is no unit"),
    ("[gate]\nunits = [\"../x.service\"]", "line 2: \"../x.service\" is no unit"),
    ("[gate]\nunits = [\"etcd.socket\"]", "line 2: \"etcd.socket\" is no unit"),
    ("[gate]\nunits = [\"basic.target\"]", "line 2: \"basic.target\" cannot wait for the clock"),
    ("[gate]\nunits = [\"chrony.service\"]", "line 2: \"chrony.service\" cannot wait for the clock"),
    ("[gate]\ntimeout = 1", "line 2: 1 is not between 5 and 86400 seconds"),
    ("[gate]\nat_timeout = \"wait\"", "unknown variant `wait`, expected `start` or `hold`"),
    ("[gate]\nunit = []", "line 2: unknown field `unit`, expected one of `units`, `timeout`, `at_timeout`"),
    ("[cockroach]\nmax_offset = 0", "line 2: 0 is not between 0.001 and 60.0 seconds"),
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
        "line 3: \"ibrust\" is no option of a source: there are iburst",
    ),
    ("[[source]]\nserver = \"a\"\noptions = \"minpoll\"", "line 3: a number must follow minpoll"),
    (
        "[[source]]\nserver = \"a\"\nscale = \"tai\"",
        "unknown variant `tai`, expected one of `smeared`, `utc`, `unknown`",
    ),
    ("[cluster]\nallow = [\"10.0.0.0/8\"]", "[cluster]: `servers` must name the core servers"),
    ("[cluster]\nservers = [\"a\"]", "[cluster]: `allow` must name the networks that are served"),
    (
        "[cluster]\nservers = [\"a\", \"10.0.0.1\"]\nallow = [\"10.0.0.0/8\"]",
        "[cluster]: without `role`, `servers` must be host names",
    ),
    ("[cluster]\nrole = \"client\"\nservers = [\"a\", \"b\", \"a\"]", "[cluster]: a is named twice"),
    (
        "[cluster]\nrole = \"mesh\"\nmembers = [\"a\", \"b\"]\nservers = [\"c\"]\nallow = [\"10.0.0.0/8\"]",
        "[cluster]: `servers` is for the roles \"client\" and \"core\"",
    ),
    ("[cluster]\nrole = \"server\"", "unknown variant `server`, expected one of `client`, `core`, `mesh`"),
    ("[cluster]\nrole = \"client\"", "[cluster]: `servers` must name the core servers"),
    (
        "[cluster]\nrole = \"core\"\nservers = [\"a\"]",
        "[cluster]: `allow` must name the networks that are served",
    ),
    (
        "[cluster]\nrole = \"mesh\"\nmembers = [\"a\"]",
        "[cluster]: `members` must name the machines of the mesh",
    ),
    (
        "[cluster]\nrole = \"client\"\nservers = [\"a\"]\nprefer = \"b\"",
        "[cluster]: `prefer` must be one of `servers`",
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
    ("platform = ", "line 1: "),
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
fn one_text_of_a_cluster_fits_every_role() {
    let text =
        "[cluster]\nservers = [\"a\", \"b\"]\nprefer = \"a\"\nallow = [\"10.0.0.0/8\"]\norphan_stratum = 9";
    for (drop_in, role) in
        [("", None), ("role = \"client\"", Some(Role::Client)), ("role = \"core\"", Some(Role::Core))]
    {
        let drop_in = format!("[cluster]\n{drop_in}");
        let files = [
            ("etc/cloud-timesync/config.toml", text),
            ("etc/cloud-timesync/config.toml.d/role.toml", drop_in.as_str()),
        ];
        assert_eq!(read(&files).unwrap().config.cluster.unwrap().role, role, "{drop_in}");
    }
}

#[test]
fn what_only_two_files_together_get_wrong_is_found() {
    let said = read(&[
        ("etc/cloud-timesync/config.toml", "[cluster]\nrole = \"client\"\nservers = [\"a\"]"),
        ("etc/cloud-timesync/config.toml.d/x.toml", "[cluster]\nrole = \"mesh\""),
    ])
    .unwrap_err()
    .to_string();
    assert!(said.contains("[cluster]: `members` must name"), "{said}");
}

/// The file that the package installs.
const DEFAULT_FILE: &str = include_str!("../../cloud-timesync.toml");

/// Its settings, without the sign that comments them out.
fn uncommented() -> String {
    let setting = |line: &'static str| match line.strip_prefix('#') {
        Some(setting) => Some(setting).filter(|setting| !setting.starts_with(' ')),
        None => Some(line),
    };
    DEFAULT_FILE.lines().filter_map(setting).fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_default_file_sets_nothing_and_shows_the_defaults() {
    assert_eq!(toml::from_str::<Config>(DEFAULT_FILE).unwrap(), Config::default());
    let shown: Config = toml::from_str(&uncommented()).unwrap();
    assert_eq!(shown, Config::default());
    assert!(uncommented().lines().filter(|line| line.contains('=')).count() > 10);
}

#[test]
fn the_default_file_and_the_man_page_name_every_setting() {
    let page = include_str!("../../man/cloud-timesync.toml.5");
    for table in ["", "[makestep]\n", "[gate]\n", "[cockroach]\n", "[cluster]\n", "[[source]]\n"] {
        let said = toml::from_str::<Config>(&format!("{table}x = 1")).unwrap_err().message().to_owned();
        let names: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        assert!(!names.is_empty(), "{said}");
        for name in names {
            assert!(DEFAULT_FILE.contains(name), "{table}{name} in the default file");
            let [setting, heading] = [format!(".B {name}\n"), format!("[{name}]")];
            assert!(page.contains(&setting) || page.contains(&heading), "{table}{name} in the man page");
        }
    }
}
