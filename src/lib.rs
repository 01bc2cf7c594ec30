//! One image, any cloud, and no database starts on a clock nobody set.
//!
//! ```text
//! identify    observe         decide             plan                  apply             report
//! DMI, IMDS   Root, Bus  -->  Machine -------->  Intent ------------>  Plan ---------->  Receipt ---->  journal, stdout,
//!                             what is   (pure)   what should be (pure) the difference    what was done  exit code
//! ```
//!
//! Four values, four verbs, one direction. **A machine is right when its plan is empty**: so the
//! second run does nothing, `plan` stops before apply, and there is no first-boot marker. The agent
//! runs on every boot and also does the right thing when an image moves to another cloud.
//!
//! The modules from the ground up: each imports only what stands above it. tests/layers.rs reads this list.

// Words and plain types; how the log is written.
pub mod names;
pub mod printable;
pub mod exit;
pub mod error;
pub mod ini;
pub mod conf;

pub mod unit;
pub mod job;
pub mod journal;

// Every path that is read or written.
pub mod root;

// The tables, the operator's words, and what was replaced before.
pub mod platform;
pub mod rival;
pub mod config;
pub mod database;
pub mod receipt;

// Without side effects: what is, what should be, its text, the difference, and judgements of them.
pub mod machine;
pub mod decide;
pub mod render;
pub mod plan;
pub mod timeline;
pub mod verify;
pub mod status;

// The outside: what runs and answers, the only reader of the machine, the only writers.
pub mod program;
pub mod systemd;
pub mod observe;
pub mod undo;
pub mod apply;

pub mod cli;
