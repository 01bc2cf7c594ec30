//! First boots in containers: the distribution's own systemd, D-Bus and chronyd, seconds each, several at once. There is
//! no firmware, no udev and no clock of its own in there: guests (tests/boot) have those.
//!
//!     Tree  ------->  Container  ------------->  boot  ------>  Evidence
//!     per release,    its copy in memory, with   once or        journal, units,
//!     cached          the agent and the twists   again          files

mod container;
mod evidence;
mod holder;
#[path = "../../boot/bench/journal.rs"]
#[allow(dead_code)] // the guests' tests ask it for more
mod journal;
mod leader;
mod program;
#[path = "../../boot/bench/tools.rs"]
#[allow(dead_code)] // the guests' tests have more to run
mod tools;
mod tree;

pub use container::Container;
pub use evidence::Evidence;
pub use leader::Leader;
pub use tools::{overlay, run, say};
pub use tree::Release;
