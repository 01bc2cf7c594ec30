//! PTP clocks that hypervisors show to their machines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A PTP clock, by its clock_name. Its number is not stable: another clock (a NIC's) can be ptp0.
#[derive(Debug, PartialEq, Eq)]
pub struct Clock {
    /// `/sys/class/ptp/*/clock_name`; a `*` at the end stands for anything.
    pub name: &'static str,
    /// udev's link.
    pub link: &'static str,
}

/// Hyper-V's and Azure's. The link is made by systemd's 50-udev-default.rules, as KVM's is.
pub const HYPERV: Clock = Clock { name: "hyperv", link: "/dev/ptp_hyperv" };
pub const KVM: Clock = Clock { name: "KVM virtual PTP", link: "/dev/ptp_kvm" };
/// vSphere 7's "precision clock". Old releases of systemd make no link; 84-cloud-timesync-links.rules does.
pub const VMWARE: Clock = Clock { name: "ptp_vmw", link: "/dev/ptp_vmware" };
/// The Nitro card's; the slot follows. amazon-ec2-utils makes the link, and 84-cloud-timesync-links.rules.
pub const ENA: Clock = Clock { name: "ena-ptp-*", link: "/dev/ptp_ena" };

const CLOCKS: [&Clock; 4] = [&HYPERV, &KVM, &VMWARE, &ENA];

impl Clock {
    /// The clock that has this clock_name, if it is one of these.
    pub fn called(clock_name: &str) -> Option<&'static Clock> {
        CLOCKS.into_iter().find(|clock| clock.has(clock_name))
    }

    /// The clock that has this link.
    pub fn linked_as(link: &Path) -> Option<&'static Clock> {
        CLOCKS.into_iter().find(|clock| link == Path::new(clock.link))
    }

    pub fn has(&self, clock_name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => clock_name.starts_with(start),
            None => clock_name == self.name,
        }
    }

    /// Tells whether it is among these devices, which have their clock_names, under udev's link. One without that link is
    /// one that udev has not finished with.
    pub fn is_among(&self, devices: &BTreeMap<PathBuf, String>) -> bool {
        devices.get(Path::new(self.link)).is_some_and(|clock_name| self.has(clock_name))
    }
}
