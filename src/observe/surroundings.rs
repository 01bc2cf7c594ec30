//! What `verify` looks at beside a Machine, as files say it: the same for an image.

use std::path::Path;

use crate::machine::{CommandLine, Conf, Machine, Seen, Surroundings, User};
use crate::root::{Permissions, Root};

use super::{Ask, chronyd, running, strangers, units};

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
        agent: units::agent(root).map_err(String::from),
        drift_dir: drift_dir(root, &conf),
        chrony_user: user(root, machine, &conf),
        change_of_wait: chronyd::start::change_of_wait(root),
        strangers: strangers::strangers(root, machine).map_err(String::from),
        running,
    }
}

fn drift_dir(root: &Root, conf: &Conf) -> Seen<Option<Permissions>> {
    let Some(path) = conf.last("driftfile").map(|line| Path::new(line.word(0))) else { return Ok(None) };
    match path.parent() {
        Some(dir) if path.is_absolute() => Ok(root.permissions(dir)?),
        _ => Ok(None),
    }
}

/// The user that chronyd's options or its configuration name, else the first of those known that /etc/passwd has.
fn user(root: &Root, machine: &Machine, conf: &Conf) -> Seen<User> {
    let Some(passwd) = root.text("/etc/passwd") else { return Err("/etc/passwd cannot be read".to_owned()) };
    let options = machine.chrony.as_ref().map(|chrony| CommandLine::parse(&chrony.options));
    let directive = || conf.last("user").map(|line| line.word(0).to_owned());
    let named = options.and_then(|options| options.user).or_else(directive);
    let names = named.map_or(USERS.map(str::to_owned).to_vec(), |name| vec![name]);
    let found = names.iter().find_map(|name| passwd.lines().find_map(|line| entry(line, name)));
    found.ok_or_else(|| format!("/etc/passwd has no user {}", names.join(" or ")))
}

/// The user, where the line of passwd(5) is theirs.
fn entry(line: &str, wanted: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, ..] = fields[..] else { return None };
    if name != wanted {
        return None;
    }
    Some(User { name: name.to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()? })
}

#[cfg(test)]
mod tests {
    // A tree is made by hand.
    #![allow(clippy::disallowed_methods)]

    use super::*;
    use crate::machine::tests::debian;
    use crate::platform::Platform;

    #[test]
    fn chronyds_user_is_the_named_one_or_a_known_one() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("etc")).unwrap();
        let user_of = |passwd: &str, options: &[&str], conf: &str| {
            std::fs::write(tree.path().join("etc/passwd"), passwd).unwrap();
            let mut machine = debian(Platform::Aws);
            machine.chrony.as_mut().unwrap().options = options.iter().map(ToString::to_string).collect();
            user(&Root::open(tree.path()).unwrap(), &machine, &Conf::parse(conf)).map(|user| user.name)
        };
        let all = "root:x:0:0::/:\nntp:x:38:38::/:\nchrony:x:9:9::/:\nbad:x:-:1\nsite:x:7:7::/:\n";
        assert_eq!(user_of(all, &[], "").as_deref(), Ok("chrony"));
        assert_eq!(user_of("root:x:0:0::/:\nntp:x:38:38::/:\n", &[], "").as_deref(), Ok("ntp"));
        assert_eq!(user_of(all, &[], "user ntp\n").as_deref(), Ok("ntp"));
        assert_eq!(user_of(all, &["-u", "site"], "user ntp\n").as_deref(), Ok("site"));
        assert_eq!(user_of(all, &["-u", "bad"], ""), Err("/etc/passwd has no user bad".to_owned()));
        assert_eq!(user_of("", &[], ""), Err("/etc/passwd has no user _chrony or chrony or ntp".to_owned()));
    }
}
