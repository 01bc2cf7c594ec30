//! The boot bench: real guests under QEMU, with the distribution's own systemd, udev and chronyd.
//!
//!     Tree  ------->  Disk  ---------------->  Boot  ------------->  Evidence  ------>  gated()
//!     per release,    its copy, with the       as a Machine, in      journal, units,    what must hold in
//!     cached          agent and the twists     a Cloud, once         files, clocks      every scenario

mod cloud;
mod disk;
mod evidence;
mod gate;
mod guest;
mod host_time;
mod imds;
mod journal;
mod machine;
mod time_server;
mod tools;
mod tree;

pub use cloud::{Cloud, PUBLIC_NTP};
pub use disk::{Agent, Disk};
pub use evidence::Evidence;
pub use gate::{Ungated, assert_gated, assert_sound, gated, waited};
pub use guest::Boot;
pub use imds::Imds;
pub use machine::Machine;
pub use tree::Release;
