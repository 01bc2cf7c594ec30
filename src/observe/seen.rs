//! Traces of earlier passes, and which machine this is.

use crate::machine::Earlier;
use crate::names::SEEN;
use crate::platform::Field;
use crate::receipt::Receipt;
use crate::root::Root;

use super::dmi;

/// machine-id(5), and where root asks the end of the firmware's UUID: whoever makes an image may forget to clear the first, and a
/// cloud gives each machine another second. It tells machines apart, and is not the UUID, which is not for everybody's eyes.
/// None for an image without a machine-id, or with one that says so in words.
pub fn id(root: &Root) -> Option<String> {
    let id = root.text("/etc/machine-id")?.trim().to_owned();
    let is_one = id.len() == 32 && id.bytes().all(|letter| letter.is_ascii_hexdigit());
    if !is_one {
        return None;
    }
    let uuid = dmi::field(root, Field::ProductUuid);
    let end = uuid.as_deref().and_then(|uuid| uuid.rsplit('-').next());
    Some(match end {
        Some(end) => format!("{id} {end}"),
        None => id,
    })
}

/// The passes before this one, on the machine of this ID, of which whoever is not root knows the beginning only.
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
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().expect("below the tree")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        put("etc/machine-id", &format!("{machine_id}\n"));
        uuid.into_iter().for_each(|uuid| put("sys/class/dmi/id/product_uuid", &format!("{uuid}\n")));
        tree
    }

    fn id_of(machine_id: &str, uuid: Option<&str>) -> Option<String> {
        let tree = tree(machine_id, uuid);
        id(&Root::open(tree.path()).expect("the tree opens"))
    }

    #[test]
    fn a_machine_is_known_by_both_ids() {
        let id = id_of(ID, Some("ec2e1916-9099-7caf-fd21-012345abcdef"));
        assert_eq!(id, Some(format!("{ID} 012345abcdef")), "not all of it: the file is everybody's to read");
        assert_eq!(id_of(ID, None).as_deref(), Some(ID));
        assert_eq!(id_of("uninitialized", Some("ec2e1916-9099-7caf-fd21-012345abcdef")), None);
    }

    #[test]
    fn another_of_the_two_ids_is_another_machine() {
        let tree = tree(ID, None);
        let root = Root::open(tree.path()).expect("the tree opens");
        let says = |id: Option<&str>| earlier(&root, &Receipt::default(), id);
        let first = format!("{ID} 1");
        assert_eq!(says(Some(&first)), Earlier::Never);
        root.write(SEEN.as_ref(), &first, 0o644).expect("it is written");
        assert_eq!(says(Some(&first)), Earlier::Here);
        assert_eq!(says(Some(ID)), Earlier::Here, "whoever is not root does not get the UUID");
        let others = [format!("{ID} 2"), "f".repeat(32), format!("{} 1", "f".repeat(32))];
        for other in others.iter().map(|id| Some(id.as_str())).chain([None]) {
            assert_eq!(says(other), Earlier::Unseen, "{other:?}");
        }
        root.write(SEEN.as_ref(), "", 0o644).expect("it is written");
        assert_eq!(says(Some(&first)), Earlier::Unseen);
    }
}
