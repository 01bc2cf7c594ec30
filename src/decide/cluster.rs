//! A machine's part among the cluster's own time servers: chrony.conf's lines for it.

use super::line::Line;
use super::operator::{add_operator_sources, required_scale};
use super::sources::{self, Choice, Sources, choice_of};
use crate::config::{ChronyConf, Cluster, Config, Host, Role};
use crate::machine::{Earlier, Machine, Manager};
use crate::platform::Scale;
use crate::receipt::ImageLine;

/// A poll in 16 seconds: packets to one's own servers are cheap. And few samples: chronyd gives a source
/// up when all that it remembers of the others is younger than the last answer. With the usual 64
/// that is a quarter of an hour, in which some clients have moved and others have not; with 8 it is
/// two minutes.
const OPTIONS: &str = "minpoll 4 maxpoll 4 maxsamples 8";

/// chrony's own default: below every machine that follows the outside, and 16 is too far for anybody.
const ORPHAN_STRATUM: u8 = 10;

/// A machine that lost all others goes by its own clock until that may be off by so much: a day later,
/// at chronyd's 1 ppm. chrony's default, 1 s, would be ten days, in which the machines drift apart.
const ORPHAN_DISTANCE_S: f64 = 0.1;

const PAGE: &str = "cloud-timesync.toml(5), [cluster]";

/// Role of this machine, and what that puts into chrony.conf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub role: Role,
    /// The stratum that tells a clock of the cluster's own from one that follows the outside.
    pub orphan_stratum: Option<u8>,
    /// Sources, and what is served to whom.
    lines: Vec<Line>,
    /// Name may yet change: it is none of these, or the image's.
    may_change: bool,
}

impl Part {
    /// # Errors
    /// When nothing tells which of the machines this is.
    pub fn of(cluster: &Cluster, config: &Config, machine: &Machine) -> Result<Part, String> {
        let named = this_machine(&cluster.servers, &machine.host_names);
        let role = match (cluster.role, named) {
            (Some(role), _) => role,
            (None, Some(_)) => Role::Core,
            (None, None) if machine.host_names.is_empty() => {
                return Err("without a host name nothing tells this machine's role in the cluster".to_owned());
            }
            (None, None) => Role::Client,
        };
        // A mesh needs one: nobody else leads it.
        let default = (role == Role::Mesh).then_some(ORPHAN_STRATUM);
        let orphan_stratum = cluster.orphan_stratum.or(default);
        let lines = match role {
            Role::Client => cluster.servers.iter().map(|server| followed(cluster, server)).collect(),
            Role::Core => served(cluster, &cluster.servers, machine, orphan_stratum),
            Role::Mesh => served(cluster, &cluster.members, machine, orphan_stratum),
        };
        let scale = required_scale(config);
        Ok(Part {
            role,
            orphan_stratum,
            lines: lines.into_iter().map(|line| Line { scale, ..line }).collect(),
            may_change: cluster.role.is_none()
                && (named.is_none() || machine.earlier != Earlier::Here)
                && machine.manager != Manager::Image,
        })
    }
}

/// Chooses the sources of a machine of the cluster; `image` as for any other.
pub fn choose(
    part: &Result<Part, String>,
    machine: &Machine,
    config: &Config,
    image: &[ImageLine],
) -> Choice {
    let part = match part {
        _ if config.chrony_conf == ChronyConf::Keep => return sources::choose(machine, config, image),
        Err(why) => {
            return Choice { ask_again: true, ..choice_of(Sources::AsTheyAre(why.clone())) };
        }
        Ok(part) => part,
    };
    let written = |written_for, lines| Sources::Ours { written_for, lines };
    match part.role {
        // One clock for all of them: with a source of its own a client would be as far from the others
        // as that source is.
        Role::Client => {
            let sources = written("a client of the cluster's time servers", part.lines.clone());
            Choice { ask_again: part.may_change, ..choice_of(sources) }
        }
        // The same holds for a mesh. But the operator can let one member follow the outside, and the
        // others follow it then.
        Role::Mesh => {
            let (mut lines, mut refused) = (Vec::new(), Vec::new());
            add_operator_sources(machine, config, &mut lines, &mut refused);
            lines.extend(part.lines.clone());
            let sources = written("a member of the cluster's mesh", lines);
            Choice { refused, ..choice_of(sources) }
        }
        Role::Core => with_outside(part, sources::choose(machine, config, image)),
    }
}

/// A core server follows what a machine follows that is in no cluster. Its peers' time is of the same
/// scale: they are configured alike.
fn with_outside(part: &Part, mut choice: Choice) -> Choice {
    choice.ask_again |= part.may_change;
    choice.sources = match choice.sources {
        Sources::Ours { written_for, mut lines } => {
            let scale = lines.first().map_or(Scale::Unknown, |line| line.scale);
            lines.extend(part.lines.iter().map(|line| Line { scale, ..line.clone() }));
            Sources::Ours { written_for, lines }
        }
        Sources::Distribution => Sources::AsTheyAre(
            "a core server follows the outside: name its sources with [[source]]".to_owned(),
        ),
        unknown @ Sources::AsTheyAre(_) => unknown,
    };
    choice
}

/// The one of `hosts` that is this machine. A first label is enough, where it is the only one alike.
fn this_machine<'a>(hosts: &'a [Host], names: &[String]) -> Option<&'a Host> {
    let has_name = |host: &Host, alike: fn(&Host, &str) -> bool| names.iter().any(|name| alike(host, name));
    if let Some(host) = hosts.iter().find(|host| has_name(host, Host::is_called)) {
        return Some(host);
    }
    let mut alike = hosts.iter().filter(|host| !host.is_address() && has_name(host, is_short_for));
    match (alike.next(), alike.next()) {
        (one, None) => one,
        // core.zone-a and core.zone-b.
        (_, Some(_)) => None,
    }
}

fn is_short_for(host: &Host, name: &str) -> bool {
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_short = |name: &str| !name.trim_end_matches('.').contains('.');
    is_short(host.as_str()) != is_short(name) && label(host.as_str()) == label(name)
}

fn line(directive: String, says: &'static str) -> Line {
    Line { directive: directive.as_str().into(), scale: Scale::Unknown, says, page: PAGE }
}

fn followed(cluster: &Cluster, server: &Host) -> Line {
    let directive = format!("server {server} iburst {OPTIONS}");
    match &cluster.prefer {
        Some(preferred) if preferred == server => {
            line(directive + " prefer", "The core server that all clients follow while it is there.")
        }
        Some(_) => line(directive, "A core server, should the preferred one be lost."),
        None => line(directive, "A core server of the cluster."),
    }
}

/// The lines of a machine that serves: peers, networks, and what it claims when it is alone. A
/// machine that does not find itself peers with itself, too, which chronyd never answers.
fn served(cluster: &Cluster, hosts: &[Host], machine: &Machine, orphan: Option<u8>) -> Vec<Line> {
    let itself = this_machine(hosts, &machine.host_names);
    let peers = hosts.iter().filter(|host| Some(*host) != itself);
    let peers =
        peers.map(|host| line(format!("peer {host} {OPTIONS}"), "One that serves beside this machine."));
    let networks = cluster.allow.iter();
    let networks = networks.map(|network| line(format!("allow {network}"), "Who may ask for the time."));
    let orphan = orphan.map(|stratum| {
        let says = "Where nothing outside answers: one clock for all, that of one of these machines.";
        line(format!("local stratum {stratum} orphan distance {ORPHAN_DISTANCE_S}"), says)
    });
    peers.chain(networks).chain(orphan).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str]) -> Vec<Host> {
        names.iter().map(|name| Host::try_from((*name).to_owned()).unwrap()).collect()
    }

    fn found(listed: &[&str], names: &[&str]) -> Option<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        this_machine(&hosts(listed), &names).map(Host::to_string)
    }

    #[test]
    fn a_machine_finds_itself_by_its_full_or_its_short_name() {
        let listed = ["core1.db.example.com", "core2.db.example.com"];
        assert_eq!(found(&listed, &["core2"]).as_deref(), Some("core2.db.example.com"));
        assert_eq!(found(&listed, &["CORE1.db.example.com"]).as_deref(), Some("core1.db.example.com"));
        assert_eq!(found(&["core1", "core2"], &["core2.db.example.com"]).as_deref(), Some("core2"));
        assert_eq!(found(&listed, &["web1", "core1.other.example.com"]), None);
        assert_eq!(found(&listed, &[]), None);
        assert_eq!(found(&["core1.db.", "core2.db."], &["core1.db"]).as_deref(), Some("core1.db."));
        assert_eq!(found(&["core1.db.", "core2.db."], &["core2"]).as_deref(), Some("core2.db."));
        assert_eq!(found(&["core1.", "core2."], &["core2.db"]).as_deref(), Some("core2."));
    }

    #[test]
    fn a_short_name_that_two_share_is_nobodys() {
        assert_eq!(found(&["core.zone-a", "core.zone-b"], &["core"]), None);
        assert_eq!(found(&["core.zone-a", "core.zone-b"], &["core.zone-b"]).as_deref(), Some("core.zone-b"));
    }

    #[test]
    fn an_address_is_no_name() {
        assert_eq!(found(&["10.0.0.1", "10.0.0.2"], &["10"]), None);
    }

    #[test]
    fn the_preferred_server_is_the_one_that_is_marked() {
        let names = hosts(&["a.example", "b.example"]);
        let cluster = Cluster { prefer: Some(names[1].clone()), ..Cluster::default() };
        let marked = names.iter().map(|name| followed(&cluster, name).directive.has_option("prefer"));
        assert!(marked.eq([false, true]));
    }
}
