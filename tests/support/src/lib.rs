//! What the suites in tests/ share: trees of machines, the program, and how a test asks for what its host may lack.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod host;
mod program;
mod snapshot;
mod tree;

pub use host::{chronyd, has, has_namespaces, is_root};
pub use program::{agent, repository, run, said};
pub use snapshot::{Snapshot, difference, walk, without_owner};
pub use tree::{STATE, Tree, copy, temporary};
