//! cloud-timesync: see README.md.
pub mod machine;
pub mod observe;
