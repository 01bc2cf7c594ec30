//! The boot bench: real guests under QEMU, with the distribution's own systemd, udev and chronyd.
//!
//!     Installed  ---->  Disk  ---------------->  Boot  ------------->  Evidence  ------>  gated()
//!     a release,        its copy, with the       as a Machine, in      journal, units,    what must hold in
//!     cached            agent and the twists     a Cloud, once         files, clocks      every scenario

mod board;
mod boot;
mod cloud;
mod disk;
mod gate;
mod host_time;
mod machine;
mod qemu;
mod write_log;

use std::path::PathBuf;

pub use boot::Boot;
pub use cloud::{AMAZON_NTP, Cloud, METADATA, PUBLIC_NTP};
pub use disk::{Disk, install_package};
pub use gate::{Ungated, assert_gated, assert_sound, gated, waited};
pub use machine::Machine;
pub use test_support::bench::Release;
pub use write_log::{Arrived, Cut, WriteLog};

/// A file of the bench's, in tests/boot.
pub fn source(name: &str) -> PathBuf {
    test_support::repository().join("tests/boot").join(name)
}
