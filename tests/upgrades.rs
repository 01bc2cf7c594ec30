//! Packages that are upgraded and removed while the database runs, and starts of the agent that end early: in containers,
//! with dpkg's and debhelper's real scripts. They need root, as tests/containers.rs.

#![allow(clippy::disallowed_methods)] // the bench reads, writes and runs what containers are made of

#[path = "containers/mod.rs"]
#[allow(dead_code, unused_imports)] // tests/containers.rs asks it for more
mod bench;

mod upgrades {
    mod agent;
    mod chrony;
    mod database;
    mod interrupted;
    mod leaving;
    pub mod packages;
    pub mod story;
}
