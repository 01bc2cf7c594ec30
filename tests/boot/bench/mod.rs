//! The boot bench: real guests under QEMU, with the distribution's own systemd, udev and chronyd.
//!
//!     Installed  ---->  Disk  ---------------->  Boot  ------------->  Evidence  ------>  gated()
//!     a release,        its copy, with the       as a Machine, in      journal, units,    what must hold in
//!     cached            agent and the twists     a Cloud, once         files, clocks      every scenario

mod architecture;
mod boot;
mod cloud;
mod disk;
mod gate;
mod host_time;
mod image;
mod machine;
mod pause;
mod qemu;
mod release;
mod rhel;
pub mod selinux;
mod time_server;
mod write_log;

use std::path::PathBuf;

pub use boot::Boot;
pub use cloud::{AMAZON_NTP, Cloud, Imds, METADATA, PUBLIC_NTP};
pub use disk::{Agent, Disk, UNPACKED, install_package, package, unpack_package};
pub use gate::{Ungated, assert_gated, assert_sound, gated, waited};
pub use image::{Files, files};
pub use machine::Machine;
pub use release::{Installed, Release};
pub use write_log::{Arrived, Cut, WriteLog};

/// A file of the bench's, in tests/boot.
pub fn source(name: &str) -> PathBuf {
    test_support::repository().join("tests/boot").join(name)
}
