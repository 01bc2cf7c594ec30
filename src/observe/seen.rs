//! What earlier passes have left of themselves, and which machine this is.

use crate::machine::Earlier;
use crate::names::SEEN;
use crate::receipt::Receipt;
use crate::root::Root;

/// machine-id(5). An image has none, or says so in words.
pub fn machine_id(root: &Root) -> Option<String> {
    let id = root.text("/etc/machine-id")?.trim().to_owned();
    (id.len() == 32 && id.bytes().all(|letter| letter.is_ascii_hexdigit())).then_some(id)
}

/// The passes before this one, on the machine of this ID.
pub fn earlier(root: &Root, receipt: &Receipt, id: Option<&str>) -> Earlier {
    match root.text(SEEN) {
        Some(seen) if id == Some(seen.as_str()) => Earlier::Here,
        None if receipt.entries.is_empty() => Earlier::Never,
        _ => Earlier::Unseen,
    }
}
