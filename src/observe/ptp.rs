//! The devices of clocks. A PTP clock is known by its clock_name: which one is ptp0 changes from boot to boot when a NIC has a
//! clock as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::{Error, Result};
use crate::platform::Clock;
use crate::root::Root;

/// The classes of devices that a refclock can need.
const CLASSES: [&str; 3] = ["ptp", "pps", "rtc"];

/// Every device of these classes under all of its names, with the clock_name of a PTP clock; and the network's interfaces.
pub fn devices(root: &Root) -> BTreeMap<PathBuf, String> {
    let interfaces = root.list("/sys/class/net").unwrap_or_default().into_iter();
    let mut devices: BTreeMap<PathBuf, String> =
        interfaces.map(|entry| (Path::new("/sys/class/net").join(entry.name), String::new())).collect();
    for class in CLASSES {
        for entry in root.list(format!("/sys/class/{class}")).unwrap_or_default() {
            let name = &entry.name;
            let clock_name = root.text(format!("/sys/class/{class}/{name}/clock_name")).unwrap_or_default();
            let paths = if root.is_host() { known_to_udev(class, name) } else { in_tree(root, name) };
            devices.extend(paths.into_iter().map(|path| (path, clock_name.trim().to_owned())));
        }
    }
    devices
}

/// A device and its links in the /dev of a tree, of which no udev knows.
fn in_tree(root: &Root, name: &str) -> Vec<PathBuf> {
    let entries = root.list("/dev").unwrap_or_default();
    let paths = entries.into_iter().map(|entry| Path::new("/dev").join(entry.name));
    paths.filter(|path| root.link(path).as_deref().unwrap_or(path).ends_with(name)).collect()
}

/// The device and its links on the running machine. PrivateDevices= shows the agent's unit a /dev
/// without clocks; udev knows what it has made in the machine's.
fn known_to_udev(class: &str, name: &str) -> Vec<PathBuf> {
    let Ok(device) = udev::Device::from_subsystem_sysname(class.to_owned(), name.to_owned()) else {
        return Vec::new();
    };
    let links = device.property_value("DEVLINKS").unwrap_or_default().to_string_lossy();
    device
        .devnode()
        .map(Path::to_owned)
        .into_iter()
        .chain(links.split_whitespace().map(PathBuf::from))
        .collect()
}

/// Waits until udev has finished with this clock: listens first, then looks, then waits, so that no event falls between. Blocks
/// the thread for at most `deadline`. False where the clock has not come by then.
///
/// # Errors
/// When udev cannot be listened to.
pub fn wait(root: &Root, wanted: &Clock, deadline: Duration) -> Result<bool> {
    let end = Instant::now() + deadline;
    let socket = udev::MonitorBuilder::new()
        .and_then(|monitor| monitor.match_subsystem("ptp"))
        .and_then(udev::MonitorBuilder::listen)
        .map_err(|why| Error::new("listening to udev", why))?;
    loop {
        // An event of udev's own comes after its rules: the link is there by then.
        if wanted.is_among(&devices(root)) {
            return Ok(true);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let mut fds = [PollFd::new(&socket, PollFlags::IN)];
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut fds, Some(&left)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(Error::new("listening to udev", why)),
        }
        socket.iter().for_each(drop);
    }
}
