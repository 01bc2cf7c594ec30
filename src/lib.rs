//! One image, any cloud, and no database starts on a clock nobody set.
//!
//! ```text
//! observe          decide            plan                  apply             report
//! Root, IMDS,  --> Machine -------> Intent -------------> Plan -----------> Receipt ----> journal,
//! systemd          what is  (pure)  what should be (pure) the difference    what was done stdout, exit code
//! ```
//!
//! Four values, four verbs, one direction. **A machine is right when its plan is empty**: so the
//! second run does nothing, `plan` stops before apply, and there is no first-boot marker. The agent
//! runs on every boot and also does the right thing when an image moves to another cloud.
//!
//! The modules, in the order of the pass:

pub mod cli;
pub mod config;
pub mod database;
pub mod error;
pub mod exit;
pub mod ini;
pub mod job;
pub mod names;
pub mod printable;
pub mod program;
pub mod root;
pub mod unit;

pub mod machine;
pub mod observe;
pub mod platform;
pub mod rival;

pub mod decide;
pub mod plan;
pub mod render;
pub mod verify;

pub mod apply;
pub mod receipt;
pub mod systemd;
pub mod undo;

pub mod status;
pub mod timeline;

pub mod journal;
