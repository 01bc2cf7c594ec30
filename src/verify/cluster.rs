//! A cluster with time servers of its own: whose clock it is that all follow.

use super::{Subject, Verdict, right, wrong};
use crate::config::Role;
use crate::machine::{ConfLine, LOCAL, Tracking};

/// A mesh that no member of which follows the outside by this machine's configuration.
pub fn is_alone(subject: &Subject) -> bool {
    let mesh = subject.intent.cluster.as_ref().is_some_and(|part| part.role == Role::Mesh);
    let lines = subject.lines().unwrap_or_default().iter();
    let mut sources = lines.filter_map(|line| ConfLine::parse(&line.directive)).filter(ConfLine::is_source);
    mesh && sources.all(|line| line.name == "peer")
}

/// The machine's clock follows nothing but itself.
pub fn leads(tracking: &Tracking) -> bool {
    tracking.reference_id == LOCAL
}

/// Judges a clock that follows nothing outside; None of any other.
pub fn on_its_own(subject: &Subject, tracking: &Tracking) -> Option<Verdict> {
    let orphan = subject.intent.cluster.as_ref().and_then(|part| part.orphan_stratum);
    let whose = match (leads(tracking), orphan) {
        (true, _) => "the machine's own clock",
        (false, Some(orphan)) if (orphan + 1..16).contains(&tracking.stratum) => "the cluster's own clock",
        _ => return None,
    };
    let found = format!("{whose}, which nothing outside sets");
    Some(if is_alone(subject) { right(found) } else { wrong(found, "a clock that follows a source outside") })
}
