//! Names of the machine.

use crate::root::Root;

/// Names of a machine before it is given one.
const PLACEHOLDER_HOSTNAMES: [&str; 3] = ["localhost", "localhost.localdomain", "(none)"];

/// The names by which a list of machines can know this one: that of /etc/hostname, and the kernel's,
/// which DHCP or cloud-init may have set. An image is not called as its builder is.
pub fn host_names(root: &Root) -> Vec<String> {
    let kernel = root.is_host().then(|| root.text("/proc/sys/kernel/hostname")).flatten();
    let mut names: Vec<String> = [root.text("/etc/hostname"), kernel].into_iter().filter_map(name).collect();
    names.dedup();
    names
}

/// The first line that is no comment: hostname(5).
fn name(text: Option<String>) -> Option<String> {
    let text = text?;
    let name = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    (!PLACEHOLDER_HOSTNAMES.contains(&name)).then(|| name.to_owned())
}
