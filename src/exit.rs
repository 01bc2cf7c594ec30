//! The contract of the exit codes.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    NotDone = 1,
    Usage = 2,
    CouldNotTell = 3,
}

impl Exit {
    pub const ALL: [Exit; 4] = [Exit::Done, Exit::NotDone, Exit::Usage, Exit::CouldNotTell];

    pub fn says(self) -> &'static str {
        match self {
            Exit::Done => "right or done",
            Exit::NotDone => "wrong or not applied",
            Exit::Usage => "usage or configuration error",
            Exit::CouldNotTell => "could not tell",
        }
    }

    /// All of them, as the help ends.
    pub fn summary() -> String {
        let one = |exit: Exit| format!("{} {}", exit as u8, exit.says());
        format!("Exit status: {}.", Exit::ALL.map(one).join(", "))
    }
}
