//! The cluster's own time servers. One text fits every machine of the cluster: what a role has no use
//! for is no mistake.

use serde::Deserialize;

use super::{Config, Host, Network, number};

/// What this machine is among them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Where it is not said, the machines that `servers` names are core servers, and all others clients.
    pub role: Option<Role>,
    /// The core servers. Clients use them; a core server skips its own name and peers with the others.
    #[serde(default)]
    pub servers: Vec<Host>,
    /// The one of them that a client prefers.
    pub prefer: Option<Host>,
    /// The members of a mesh, this machine among them.
    #[serde(default)]
    pub members: Vec<Host>,
    /// Who may ask a core server or a member of a mesh for the time.
    #[serde(default)]
    pub allow: Vec<Network>,
    /// The stratum that a core server or a mesh claims when nothing outside can be reached.
    #[serde(default, deserialize_with = "number::stratum")]
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

/// What no single setting shows.
#[derive(Debug)]
pub struct Contradiction {
    pub why: String,
    /// Those that contradict each other, as far as they are set; the one that is wrong comes first.
    pub settings: &'static [&'static str],
}

/// # Errors
/// When the role lacks what it needs.
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
        Some((_, twice)) => wrong(setting, &format!("{twice} is named twice")),
        None => Ok(()),
    }
}
