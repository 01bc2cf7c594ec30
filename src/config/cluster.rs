//! The cluster's own time servers. One text fits every machine of the cluster: a setting that a role does not use is
//! not a mistake.

use serde::Deserialize;

use super::{Config, Host, Network, number};

/// The servers, and this machine's role among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// Role of this machine. Without it those that `servers` names are core servers, and all others clients.
    pub role: Option<Role>,
    /// The core servers. Clients use them; a core server skips its own name and peers with the others.
    pub servers: Vec<Host>,
    /// The core server that a client prefers.
    pub prefer: Option<Host>,
    /// The members of a mesh, this machine included.
    pub members: Vec<Host>,
    /// The networks that a core server or a member of a mesh serves.
    pub allow: Vec<Network>,
    /// The stratum that a core server or a mesh claims when nothing outside can be reached.
    #[serde(deserialize_with = "number::stratum")]
    pub orphan_stratum: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Follows the core servers and nothing else.
    Client,
    /// Synchronised outside, serves the allowed networks, peers with the other core servers.
    Core,
    /// One of equals: each peers with all others and serves them.
    Mesh,
}

/// Settings that contradict each other.
#[derive(Debug)]
pub struct Contradiction {
    pub why: String,
    /// The settings' names, those that are not set included; the wrong one comes first.
    pub settings: &'static [&'static str],
}

/// Refuses a role that lacks what it needs.
pub fn check(config: &Config) -> Result<(), Contradiction> {
    let Some(cluster) = &config.cluster else { return Ok(()) };
    let Cluster { role, servers, prefer, members, allow, .. } = cluster;
    let wrong = |settings, why: &str| Err(Contradiction { why: format!("[cluster]: {why}"), settings });
    let mesh = *role == Some(Role::Mesh);
    if !mesh && !members.is_empty() {
        return wrong(&["members", "role"], "`members` is for the role \"mesh\"");
    }
    if !mesh && servers.is_empty() {
        return wrong(&["servers", "role"], "`servers` must name the core servers");
    }
    if mesh && members.len() < 2 {
        let why = "`members` must name the machines of the mesh, two or more";
        return wrong(&["members", "role"], why);
    }
    if mesh && !servers.is_empty() {
        return wrong(&["servers", "role"], "`servers` is for the roles \"client\" and \"core\"");
    }
    if role.is_none() && servers.iter().any(Host::is_address) {
        let why = "without `role`, `servers` must be host names: a machine finds its own among them, and not \
                   its address";
        return wrong(&["servers"], why);
    }
    if *role != Some(Role::Client) && allow.is_empty() {
        return wrong(&["allow", "role"], "`allow` must name the networks that are served");
    }
    if prefer.as_ref().is_some_and(|one| !mesh && !servers.contains(one)) {
        return wrong(&["prefer", "servers"], "`prefer` must be one of `servers`");
    }
    let (setting, hosts): (&[&str], _) = if mesh { (&["members"], members) } else { (&["servers"], servers) };
    match hosts.iter().enumerate().find(|(index, host)| hosts[..*index].contains(host)) {
        Some((_, twice)) => wrong(setting, &format!("`{}` names {twice} twice", setting[0])),
        None => Ok(()),
    }
}
