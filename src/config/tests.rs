//! Origins of settings.

// Trees are made by hand.
#![allow(clippy::disallowed_methods)]

mod elsewhere;
mod lines;
mod mistakes;

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
            "gate.timeout = 90, from /usr/lib/cloud-timesync/config.toml.d/50-vendor.toml (overrides \
             /etc/cloud-timesync/config.toml)",
            "gate.units = [\"a.service\"], from /etc/cloud-timesync/config.toml",
            "imds = \"never\", from /run/cloud-timesync/config.toml.d/90-last.toml",
            "platform = \"oci\", from /etc/cloud-timesync/config.toml",
        ]
    );
}

#[test]
fn a_drop_in_overrides_one_number_of_makestep() {
    let both = "[makestep]\nthreshold = 0.5\nlimit = 3";
    for (drop_in, wanted) in [("limit = -1", (500, -1)), ("threshold = 2", (2000, 3)), ("", (500, 3))] {
        let drop_in = format!("[makestep]\n{drop_in}");
        let files = [
            ("etc/cloud-timesync/config.toml", both),
            ("etc/cloud-timesync/config.toml.d/x.toml", drop_in.as_str()),
        ];
        let Makestep { threshold, limit } = read(&files).unwrap().config.makestep;
        assert_eq!((threshold.map(|millis| millis.0), limit), (Some(wanted.0), Some(wanted.1)), "{drop_in}");
    }
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

/// An editor that has x.toml open.
#[test]
fn hidden_files_are_no_drop_ins() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "etc/cloud-timesync/config.toml.d/.x.toml", "ptp_wait = 2");
    symlink("somebody@host.7", tree.path().join("etc/cloud-timesync/config.toml.d/.#x.toml")).unwrap();
    assert_eq!(load(&Root::open(tree.path()).unwrap()).unwrap(), Configured::default());
}

#[test]
fn a_sources_options_keep_their_case_and_get_one_space() {
    let text = "[[source]]\nserver = \"ntp1\"\noptions = \" IBURST  KEY 7 extfield\\tF323\"";
    let sources = read(&[("etc/cloud-timesync/config.toml", text)]).unwrap().config.sources;
    assert_eq!(sources[0].line.to_string(), "server ntp1 IBURST KEY 7 extfield F323");
}

#[test]
fn the_scale_of_a_public_server_is_known() {
    let text = "[[source]]\nserver = \"Time.Google.com.\"\n[[source]]\npool = \"de.pool.ntp.org\"\n\
                [[source]]\nserver = \"time2.google.com\"\nscale = \"unknown\"";
    let sources = read(&[("etc/cloud-timesync/config.toml", text)]).unwrap().config.sources;
    let scales: Vec<Scale> = sources.iter().map(|source| source.scale).collect();
    assert_eq!(scales, [Scale::Smeared, Scale::Utc, Scale::Unknown]);
}

#[test]
fn a_source_says_what_it_is() {
    let text = "[[source]]\nserver = \"ntp1.example.com\"\noptions = \"iburst  minpoll 4\"\nscale = \"utc\"\n\
                platforms = [\"OpenStack\"]\n[[source]]\npool = \"2001:db8::1\"\nbeside = true";
    let sources = read(&[("etc/cloud-timesync/config.toml", text)]).unwrap().config.sources;
    let [first, second] = sources.as_slice() else { panic!("{sources:?}") };
    let says = |source: &OwnSource| (source.line.to_string(), source.scale);
    assert_eq!(says(first), ("server ntp1.example.com iburst minpoll 4".to_owned(), Scale::Utc));
    assert!(first.is_for(Platform::OpenStack) && !first.is_for(Platform::Aws));
    assert_eq!(says(second), ("pool 2001:db8::1 iburst".to_owned(), Scale::Unknown));
    assert!(second.is_for(Platform::Aws) && second.beside);
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

/// The file that the package installs.
const DEFAULT_FILE: &str = include_str!("../../cloud-timesync.toml");

/// Settings of the shipped file, without the sign that comments them out.
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
    for table in
        ["", "[makestep]\n", "[chrony]\n", "[gate]\n", "[cockroach]\n", "[cluster]\n", "[[source]]\n"]
    {
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
