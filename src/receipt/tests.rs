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
