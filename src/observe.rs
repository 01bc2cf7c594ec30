//! The rooms that are asked.
pub mod imds;
