//! The cluster's own time servers. One text fits every machine of the cluster: what a role has no use
//! for is no mistake.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Config, Host, Network, value};

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
    #[serde(default, deserialize_with = "value::stratum")]
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
///
/// # Errors
/// When the role lacks what it needs.
pub fn check(config: &Config) -> Result<(), String> {
    let Some(cluster) = &config.cluster else { return Ok(()) };
    let Cluster { role, servers, prefer, members, allow, .. } = cluster;
    let wrong = |why: &str| Err(format!("[cluster]: {why}"));
    let mesh = *role == Some(Role::Mesh);
    if !mesh && servers.is_empty() {
        return wrong("`servers` must name the core servers");
    }
    if !mesh && !members.is_empty() {
        return wrong("`members` is for the role \"mesh\"");
    }
    if mesh && members.len() < 2 {
        return wrong("`members` must name the machines of the mesh, two or more");
    }
    if mesh && !servers.is_empty() {
        return wrong("`servers` is for the roles \"client\" and \"core\"");
    }
    if role.is_none() && servers.iter().any(Host::is_address) {
        return wrong(
            "without `role`, `servers` must be host names: a machine finds its own among them, and not \
             its address",
        );
    }
    if *role != Some(Role::Client) && allow.is_empty() {
        return wrong("`allow` must name the networks that are served");
    }
    if prefer.as_ref().is_some_and(|one| !mesh && !servers.contains(one)) {
        return wrong("`prefer` must be one of `servers`");
    }
    let mut named = BTreeSet::new();
    match servers.iter().chain(members).find(|host| !named.insert(*host)) {
        Some(twice) => wrong(&format!("{twice} is named twice")),
        None => Ok(()),
    }
}
