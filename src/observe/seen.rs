//! What earlier passes have left of themselves, and which machine this is.

use crate::machine::Earlier;
use crate::names::SEEN;
use crate::receipt::Receipt;
use crate::root::Root;

/// Only root may read it.
const PRODUCT_UUID: &str = "/sys/class/dmi/id/product_uuid";

/// machine-id(5), and the firmware's UUID where root asks: whoever makes an image may forget to clear the first, and a cloud
/// gives each machine another second. None for an image without a machine-id, or with one that says so in words.
pub fn id(root: &Root) -> Option<String> {
    let id = root.text("/etc/machine-id")?.trim().to_owned();
    let is_one = id.len() == 32 && id.bytes().all(|letter| letter.is_ascii_hexdigit());
    let uuid = || root.text(PRODUCT_UUID).map(|uuid| format!(" {}", uuid.trim())).unwrap_or_default();
    is_one.then(|| id + &uuid())
}

/// The passes before this one, on the machine of this ID.
pub fn earlier(root: &Root, receipt: &Receipt, id: Option<&str>) -> Earlier {
    match root.text(SEEN) {
        Some(seen) if id.is_some_and(|id| seen.starts_with(id)) => Earlier::Here,
        None if receipt.entries.is_empty() => Earlier::Never,
        _ => Earlier::Unseen,
    }
}

#[cfg(test)]
mod tests {
    // The tests build trees.
    #![allow(clippy::disallowed_methods)]

    use std::fs;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn tree(machine_id: &str, uuid: Option<&str>) -> tempfile::TempDir {
        let tree = tempfile::tempdir().expect("a temporary directory");
        let put = |path: &str, text: &str| {
            let path = tree.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        put("etc/machine-id", &format!("{machine_id}\n"));
        uuid.into_iter().for_each(|uuid| put(PRODUCT_UUID, &format!("{uuid}\n")));
        tree
    }

    fn id_of(machine_id: &str, uuid: Option<&str>) -> Option<String> {
        let tree = tree(machine_id, uuid);
        id(&Root::open(tree.path()).expect("the tree opens"))
    }

    #[test]
    fn a_machine_is_known_by_both_ids() {
        assert_eq!(id_of(ID, Some("ec2e-1")), Some(format!("{ID} ec2e-1")));
        assert_eq!(id_of(ID, None).as_deref(), Some(ID));
        assert_eq!(id_of("uninitialized", Some("ec2e-1")), None);
    }

    #[test]
    fn another_of_the_two_ids_is_another_machine() {
        let tree = tree(ID, None);
        let root = Root::open(tree.path()).expect("the tree opens");
        let says = |id: Option<&str>| earlier(&root, &Receipt::default(), id);
        let first = format!("{ID} ec2e-1");
        assert_eq!(says(Some(&first)), Earlier::Never);
        root.write(SEEN.as_ref(), &first, 0o644).expect("it is written");
        assert_eq!(says(Some(&first)), Earlier::Here);
        assert_eq!(says(Some(ID)), Earlier::Here, "whoever is not root does not get the UUID");
        let others = [format!("{ID} ec2e-2"), "f".repeat(32), format!("{} ec2e-1", "f".repeat(32))];
        for other in others.iter().map(|id| Some(id.as_str())).chain([None]) {
            assert_eq!(says(other), Earlier::Unseen, "{other:?}");
        }
        root.write(SEEN.as_ref(), "", 0o644).expect("it is written");
        assert_eq!(says(Some(&first)), Earlier::Unseen);
    }
}
