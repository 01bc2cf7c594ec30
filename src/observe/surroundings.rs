//! What `verify` looks at beside a Machine, as files say it: the same for an image.

use std::path::Path;

use crate::machine::{CommandLine, Conf, Machine, Seen, Surroundings, User};
use crate::root::{Permissions, Root};

use super::{Ask, running, strangers, units};

/// The user that chronyd becomes: Debian's, most distributions', and that of builds with `--with-user=ntp`.
const USERS: [&str; 3] = ["_chrony", "chrony", "ntp"];

/// Looks around the machine.
pub async fn surroundings(root: &Root, machine: &Machine, ask: &Ask<'_>) -> Surroundings {
    let conf = machine.conf.clone().unwrap_or_default();
    let running = match ask.systemd {
        Some(systemd) => Some(running::running(root, machine, &conf, systemd, ask.imds.as_ref()).await),
        None => None,
    };
    Surroundings {
        agent: units::agent(root).map_err(|why| why.to_string()),
        drift_dir: drift_dir(root, &conf),
        chrony_user: user(root, machine, &conf),
        strangers: strangers::strangers(root, machine).map_err(|why| why.to_string()),
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

/// The user that chronyd's options or its configuration name, else the first that /etc/passwd has.
fn user(root: &Root, machine: &Machine, conf: &Conf) -> Seen<User> {
    let Some(passwd) = root.text("/etc/passwd") else { return Err("/etc/passwd cannot be read".to_owned()) };
    let options = machine.chrony.iter().map(|chrony| chrony.options.as_slice());
    let named = options.map(CommandLine::parse).find_map(|command| command.user);
    let named = named.or_else(|| Some(conf.last("user")?.word(0).to_owned()));
    let names = named.map_or(USERS.map(str::to_owned).to_vec(), |name| vec![name]);
    let user = |wanted: &String| {
        passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, uid, gid, ..] = fields[..] else { return None };
            let user =
                || Some(User { name: name.to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()? });
            (name == wanted).then(user).flatten()
        })
    };
    names.iter().find_map(user).ok_or_else(|| format!("/etc/passwd has no user {}", names.join(" or ")))
}
