//! What the suites in tests/ share: trees of machines, the program, how a test asks for what its host may lack, and what the
//! benches of guests, containers and clusters are made of.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

pub mod bench;
pub mod cloud_init;
mod evidence;
mod host;
pub mod imds;
mod journal;
mod namespace;
pub mod ntp;
mod program;
mod snapshot;
mod story;
mod tree;

pub use evidence::Evidence;
pub use host::{chronyd, has, has_namespaces, is_root};
pub use journal::Entry;
pub use namespace::Namespace;
pub use program::{agent, built, package, repository, run, said};
pub use snapshot::{Snapshot, difference, walk};
pub use tree::{STATE, Tree, copy, is_temporary, put, temporary};
