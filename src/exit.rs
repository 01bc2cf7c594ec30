//! The contract of the exit codes.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    NotDone = 1,
    Usage = 2,
    CouldNotTell = 3,
}

/// All of them, as the help ends.
pub const SUMMARY: &str = "Exit status: 0 right or done, 1 wrong or not applied, 2 usage or configuration error, \
                           3 could not tell.";
