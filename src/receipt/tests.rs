use std::ffi::{OsStr, OsString};

use super::*;

/// Owners that a backup lacked, files that were restored without theirs, and a driftfile that was made for chronyd.
#[test]
fn a_receipt_of_an_earlier_version_is_still_read() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = Root::open(dir.path()).expect("the tree opens");
    let text = r#"{ "schema": 1, "entries": [
        { "made": { "path": "/etc/x" } },
        { "carried": { "path": "/var/lib/chrony/drift" } },
        { "given_back": { "path": "/etc/a", "kept": { "path": "/a", "owners": [{ "path": "", "uid": 1, "gid": 1 }] } } },
        { "set_aside": { "path": "/etc/b", "kept": { "path": "/b", "attributes": [
            { "path": "", "name": "user.note", "value": [1] }
        ] } } }
    ], "loose": ["/c"] }"#;
    root.write(Path::new(RECEIPT), text, 0o644).expect("a receipt");
    let receipt = Receipt::load(&root).expect("it is read");
    let kept = Kept { path: "/b".into() };
    let entries = [Entry::Made { path: "/etc/x".into() }, Entry::SetAside { path: "/etc/b".into(), kept }];
    assert_eq!(receipt.entries, entries);
    assert_eq!(receipt.orphans, [PathBuf::from("/c")]);
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
