//! What can be wrong around a run: files that should not be there, names, room, rights, other runs. docs/faults.md has the
//! rows; runs that are killed are in tests/killed.

// Tests build trees and run programs.
#![allow(clippy::disallowed_methods)]

mod hostile;
mod labels;
mod names;
mod namespaces;
mod partial;
mod places;
mod race;
mod roots;
mod space;
mod surroundings;
mod table;
mod undone;
