use std::ffi::{OsStr, OsString};

use super::*;

fn tree(receipt: &str) -> (tempfile::TempDir, Root) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = Root::open(dir.path()).expect("the tree opens");
    root.write(Path::new(RECEIPT), receipt, 0o644).expect("a receipt");
    (dir, root)
}

#[test]
fn what_an_earlier_version_carried_over_is_left_alone() {
    let (_dir, root) = tree(
        r#"{ "schema": 1, "entries": [
            { "carried": { "path": "/var/lib/chrony/drift" } },
            { "made": { "path": "/etc/x" } }
        ] }"#,
    );
    let receipt = Receipt::load(&root).expect("it is read");
    assert_eq!(receipt.entries, [Entry::Made { path: "/etc/x".into() }]);
}

/// `undo` stops at an entry's subject: what one entry could not give back, an older one must not.
#[test]
fn an_entry_names_the_file_or_the_unit_that_it_changed() {
    let entry = |json: &str| serde_json::from_str::<Entry>(json).expect("an entry");
    let subjects = |json: &str| {
        let entry = entry(json);
        (entry.path().map(Path::to_owned), entry.subject().map(OsStr::to_owned))
    };
    let file = Some("/etc/x");
    let unit = Some("x.service");
    for (json, path, subject) in [
        (r#"{ "wrote": { "path": "/etc/x", "texts": [], "kept": null } }"#, file, file),
        (r#"{ "set_aside": { "path": "/etc/x", "kept": { "path": "/y" } } }"#, file, file),
        (r#"{ "enabled": { "unit": "x.service", "links": [] } }"#, None, unit),
        (r#"{ "disabled": { "unit": "x.service", "links": [] } }"#, None, unit),
        (r#"{ "masked": { "unit": "x.service" } }"#, None, unit),
        (r#"{ "made": { "path": "/etc/x" } }"#, None, None),
        (r#""host_sync_off""#, None, None),
    ] {
        assert_eq!(subjects(json), (path.map(PathBuf::from), subject.map(OsString::from)), "{json}");
    }
}
