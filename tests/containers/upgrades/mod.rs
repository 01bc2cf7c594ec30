//! Packages that are upgraded and removed while the database runs, and starts of the agent that end early, with dpkg's and
//! debhelper's real scripts.

mod agent;
mod chrony;
mod database;
mod interrupted;
mod leaving;
pub mod packages;
pub mod story;
