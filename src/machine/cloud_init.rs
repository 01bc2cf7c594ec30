//! Acts of cloud-init's module for NTP, cc_ntp, on chrony.conf.

/// cloud-init as it is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudInit {
    /// Enabled in this boot, and cc_ntp has not run for this instance.
    pub may_write: bool,
    /// The chrony.conf that is there is cc_ntp's, over the agent's.
    pub has_written: bool,
    /// Origin of the `ntp:` that outranks the agent's fragment and is enabled, or may be.
    pub ntp: Option<NtpFrom>,
}

/// Origin of an `ntp:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NtpFrom {
    /// A file in cloud-init's directory that is read after the agent's.
    File(String),
    /// User data, or vendor data: what cloud-init made of it.
    Data(String),
    /// One of these, in which it is written in a way that is not read here.
    Unclear(String),
}

impl std::fmt::Display for NtpFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NtpFrom::File(path) | NtpFrom::Unclear(path) => f.write_str(path),
            NtpFrom::Data(path) => write!(f, "user data ({path})"),
        }
    }
}
