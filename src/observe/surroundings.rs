//! What `verify` looks at beside a Machine, as files say it: the same for an image.

use std::path::Path;

use crate::machine::{Conf, Machine, Seen, Surroundings, User};
use crate::root::{Permissions, Root};

use super::{Ask, running, units};

/// Debian's name for chronyd's user, and everybody else's.
const USERS: [&str; 2] = ["_chrony", "chrony"];

/// Where a distribution's unit has chronyd's options, and under which name.
const OPTIONS: [(&str, &str); 2] =
    [("/etc/default/chrony", "DAEMON_OPTS"), ("/etc/sysconfig/chronyd", "OPTIONS")];

/// Looks around the machine.
pub async fn surroundings(root: &Root, machine: &Machine, ask: &Ask<'_>) -> Surroundings {
    let conf = machine.chrony.as_ref().and_then(|chrony| machine.file(&chrony.conf).found.text());
    let conf = Conf::parse(conf.unwrap_or_default());
    let running = match ask.systemd {
        Some(systemd) => Some(running::running(root, machine, &conf, systemd, ask.imds.as_ref()).await),
        None => None,
    };
    Surroundings {
        agent: units::agent(root).map_err(|why| why.to_string()),
        options: options(root, machine),
        drift_dir: drift_dir(root, &conf),
        chrony_user: user(root),
        running,
    }
}

fn drift_dir(root: &Root, conf: &Conf) -> Seen<Option<Permissions>> {
    let Some(path) = conf.last("driftfile").map(|line| Path::new(line.word(0))) else { return Ok(None) };
    match path.parent() {
        Some(dir) if path.is_absolute() => root.permissions(dir).map_err(|why| why.to_string()),
        _ => Ok(None),
    }
}

fn user(root: &Root) -> Seen<User> {
    let Some(passwd) = root.text("/etc/passwd") else { return Err("/etc/passwd cannot be read".to_owned()) };
    let user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, ..] = fields[..] else { return None };
        let wanted = USERS.contains(&name);
        wanted.then_some(User { name: name.to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()? })
    };
    let found = passwd.lines().find_map(user);
    found.ok_or_else(|| format!("/etc/passwd has no user {}", USERS.join(" or ")))
}

/// The unit's name tells whose packaging it is: see observe/chrony.rs.
fn options(root: &Root, machine: &Machine) -> Vec<String> {
    let Some(chrony) = &machine.chrony else { return Vec::new() };
    let (path, name) = if chrony.unit == "chrony.service" { OPTIONS[0] } else { OPTIONS[1] };
    let text = root.text(path).unwrap_or_default();
    let value = text.lines().rev().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
    let value = value.unwrap_or_default().trim().trim_matches(['"', '\'']);
    value.split_whitespace().map(str::to_owned).collect()
}
