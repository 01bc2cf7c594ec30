use std::ffi::{OsStr, OsString};

use super::*;

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
        (r#"{ "set_aside": { "path": "/etc/x", "kept": "/y" } }"#, file, file),
        (r#"{ "enabled": { "unit": "x.service", "links": [] } }"#, None, unit),
        (r#"{ "disabled": { "unit": "x.service", "links": [] } }"#, None, unit),
        (r#"{ "masked": { "unit": "x.service" } }"#, None, unit),
        (r#"{ "made": { "path": "/etc/x" } }"#, None, None),
        (r#""host_sync_off""#, None, None),
    ] {
        assert_eq!(subjects(json), (path.map(PathBuf::from), subject.map(OsString::from)), "{json}");
    }
}
