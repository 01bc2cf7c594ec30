//! First boots in containers: the distribution's own systemd, D-Bus and chronyd, seconds each, several at once. There is
//! no firmware, no udev and no clock of its own in there: guests (tests/boot) have those.
//!
//!     Release  ---->  Container  ------------->  boot  ------>  Evidence
//!     its tree,       its copy in memory, with   once or        journal, units,
//!     cached          the agent and the twists   again          files

mod container;
mod leader;
mod program;
mod release;

pub use container::Container;
pub use leader::Leader;
pub use release::Release;
