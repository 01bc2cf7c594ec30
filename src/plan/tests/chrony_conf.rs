//! chrony.conf and its fragments.

use super::*;

/// cloud-init's file counts among the sources: with it, the distribution's own `ntp:` would stay switched off.
#[test]
fn a_platform_without_sources_gets_back_what_was_there() {
    let mut machine = later_boot();
    machine.identity.platform = Platform::Unknown;
    let receipt = r#"{ "schema": 1, "entries": [
        { "wrote": { "path": "/etc/chrony/chrony.conf", "texts": [], "kept": "/x" } },
        { "set_aside": { "path": "/etc/chrony/conf.d/a.conf", "kept": "/y" } },
        { "wrote": { "path": "/etc/cloud/cloud.cfg.d/99-cloud-timesync.cfg", "texts": [], "kept": null } }
    ] }"#;
    machine.receipt = serde_json::from_str(receipt).expect("a receipt");
    let plan = plan(&machine, &decide(&machine, &Config::default(), false));
    let given_back = ["conf.d/a.conf", "99-cloud-timesync.cfg", "chrony.conf"];
    let paths: Vec<_> = plan.edits.iter().filter_map(Edit::path).collect();
    assert_eq!(paths.len(), given_back.len(), "{plan}");
    assert!(paths.iter().zip(given_back).all(|(path, end)| path.ends_with(end)), "{plan}");
}

#[test]
fn an_edited_chrony_conf_keeps_its_fragments() {
    let mut machine = later_boot();
    machine.fragments = vec!["/etc/chrony/conf.d/10-mine.conf".into()];
    let conf = PathBuf::from("/etc/chrony/chrony.conf");
    let found = Found::File { text: "confdir /etc/chrony/conf.d\n".into(), mode: MODE };
    machine.files.insert(conf, Target { found, standing: Standing::Edited });
    let plan = plan(&machine, &decide(&machine, &Config::default(), false));
    assert!(plan.is_empty(), "{plan}");
}

#[test]
fn a_fragment_that_a_kept_line_names_is_not_set_aside() {
    let text = "server ntp1.corp.example key 7 nts\nkeyfile /etc/chrony/conf.d/site.keys\n\
                ntstrustedcerts /etc/chrony/sources.d\n";
    let mut machine = debian(Platform::Kvm);
    let conf = Path::new("/etc/chrony/chrony.conf");
    machine.conf = Ok(Conf::of_file(text, conf));
    let found = Found::File { text: text.to_owned(), mode: 0o644 };
    machine.files.insert(conf.to_owned(), Target { found, standing: Standing::Original });
    machine.fragments = ["conf.d/site.keys", "conf.d/site.conf", "sources.d/site.pem"]
        .map(|name| Path::new("/etc/chrony").join(name))
        .into();
    let edits = plan(&machine, &decide(&machine, &Config::default(), false)).edits;
    let is_set_aside = |edit: &Edit| matches!(edit, Edit::SetAside { .. });
    let moved: Vec<_> = edits.iter().filter(|edit| is_set_aside(edit)).filter_map(Edit::path).collect();
    assert_eq!(moved, [Path::new("/etc/chrony/conf.d/site.conf")]);
}

#[test]
fn a_closed_files_lines_are_not_told() {
    let found = |mode| Found::File { text: "driftfile /a\nkey secret\n".to_owned(), mode };
    let told = |mode| show::changes(&found(mode), "driftfile /a\n", |_| true);
    assert_eq!(told(0o600), "has lines that not every user may read");
    assert_eq!(told(0o644), "has key secret");
}
