//! Metadata services: those of the clouds, and a server that plays them.

mod clouds;
mod server;

pub use clouds::*;
pub use server::{Request, Server, reply};
