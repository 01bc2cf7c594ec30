//! What a cluster with time servers of its own must be: who is served, and whose clock it is that all follow.

use super::Scope::Anywhere;
use super::{Check, Subject, Verdict, given, right, wrong};
use crate::config::Role;
use crate::machine::{ConfLine, LOCAL, Tracking};

pub const CHECKS: &[Check] = &[Check {
    name: "serves-only-the-cluster",
    scope: Anywhere,
    says: "chronyd serves the networks that [cluster] allows, and nobody else",
    ask: serves,
    next: "name the networks in [cluster] allow, then cloud-timesync apply --force",
}];

fn serves(subject: &Subject) -> Verdict {
    given(subject.conf(), |conf| {
        let Some(lines) = subject.lines() else { return right(subject.decides()) };
        let words = |line: &ConfLine| line.words.join(" ");
        let lines = lines.iter().filter_map(|line| ConfLine::parse(&line.directive));
        let wanted: Vec<String> =
            lines.filter(|line| line.name == "allow").map(|line| words(&line)).collect();
        let found: Vec<String> = conf.all("allow").into_iter().map(words).collect();
        let said = |networks: &[String]| {
            if networks.is_empty() { "nobody".to_owned() } else { networks.join(", ") }
        };
        if found == wanted {
            return right(said(&wanted));
        }
        // `allow` without a network is for everybody.
        let everybody = found.iter().any(String::is_empty);
        wrong(if everybody { "everybody".to_owned() } else { said(&found) }, said(&wanted))
    })
}

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

/// What is to be said of a clock that hangs on nothing outside; None of any other.
pub fn on_its_own(subject: &Subject, tracking: &Tracking) -> Option<Verdict> {
    let alone = is_alone(subject);
    if leads(tracking) {
        let own = "the machine's own clock";
        let mesh = format!("{own}: it leads the mesh, which nothing outside sets");
        return Some(if alone { right(mesh) } else { wrong(own, "a source") });
    }
    let orphan = subject.intent.cluster.as_ref()?.orphan_stratum?;
    let stratum = tracking.stratum;
    (stratum > orphan && stratum < 16).then(|| {
        if alone {
            right(format!("{stratum}: the mesh's own clock, which nothing outside sets"))
        } else {
            wrong(
                format!("{stratum}: the cluster's time servers follow nothing outside"),
                format!("{} or less", orphan - 1),
            )
        }
    })
}
