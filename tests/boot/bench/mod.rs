//! The boot bench: real guests under QEMU, with the distribution's own systemd, udev and chronyd.
//!
//!     Tree  ------->  Disk  ---------------->  Boot  ------------->  Evidence  ------>  gated()
//!     per release,    its copy, with the       as a Machine, in      journal, units,    what must hold in
//!     cached          agent and the twists     a Cloud, once         files, clocks      every scenario

mod architecture;
mod boot;
mod cloud;
mod disk;
mod evidence;
mod gate;
mod host_time;
mod image;
mod imds;
mod journal;
mod machine;
mod metadata;
mod pause;
mod qemu;
mod recovery;
mod rhel;
pub mod selinux;
mod story;
mod time_server;
mod tools;
mod tree;
mod write_log;

pub use boot::Boot;
pub use cloud::{AMAZON_NTP, Cloud, METADATA, PUBLIC_NTP};
pub use disk::{Agent, Disk, UNPACKED, install_package, package, unpack_package};
pub use evidence::Evidence;
pub use gate::{Ungated, assert_gated, assert_sound, gated, waited};
pub use image::{Files, files};
pub use imds::Imds;
pub use journal::Entry;
pub use machine::Machine;
pub use recovery::Recovery;
pub use tools::{chroot, copy, overlay, run, source};
pub use tree::{Release, Tree};
pub use write_log::{Arrived, Cut, WriteLog};
