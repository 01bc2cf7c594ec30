//! What `make install` installs.

use std::os::unix::fs::PermissionsExt;

use cloud_timesync::database::DATABASES;

use super::*;

/// `make install` of a program that was compiled for another machine, and does not run on this one.
fn installed() -> Option<Tree> {
    if !has("make") {
        return None;
    }
    let tree = Tree::empty();
    install_into(&tree);
    Some(tree)
}

fn install_into(tree: &Tree) {
    let foreign = tempfile::NamedTempFile::new().unwrap();
    fs::write(foreign.path(), "\x7fELF of another architecture").unwrap();
    fs::set_permissions(foreign.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let output = output(
        Command::new("make")
            .current_dir(repository())
            .args(["install", "UNITDIR=/usr/lib/systemd/system"])
            .arg(format!("BIN={}", foreign.path().display()))
            .arg(format!("DESTDIR={}", tree.path().display())),
    );
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn pages_and_completions_are_where_they_are_looked_for() {
    let Some(tree) = installed() else { return };
    for (path, beginning) in [
        ("usr/share/man/man8/cloud-timesync.8", ".TH CLOUD-TIMESYNC 8"),
        ("usr/share/bash-completion/completions/cloud-timesync", "_cloud__timesync() {"),
        ("usr/share/zsh/vendor-completions/_cloud-timesync", "#compdef cloud-timesync"),
        ("usr/share/fish/vendor_completions.d/cloud-timesync.fish", "# Print an optspec for"),
    ] {
        let text = fs::read_to_string(tree.at(path)).unwrap();
        assert!(text.starts_with(beginning), "{path}: {:?}", text.lines().next());
    }
}

#[test]
fn make_install_forgets_no_file() {
    let Some(tree) = installed() else { return };
    for entry in fs::read_dir(sources()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let directories: &[&str] = match name.rsplit_once('.').unwrap().1 {
            "service" | "target" => &["usr/lib/systemd/system"],
            "preset" => &["usr/lib/systemd/system-preset"],
            "catalog" => &["usr/lib/systemd/catalog"],
            "rules" => &["usr/lib/udev/rules.d"],
            "conf" | "list" => continue,
            _ => panic!("nobody knows where {name} belongs"),
        };
        for directory in directories {
            assert!(tree.at(directory).join(&name).is_file(), "{directory}/{name} is not installed");
        }
    }
    for (unit, drop_in) in DROP_INS {
        let path = tree.at(&format!("usr/lib/systemd/system/{unit}.d/05-cloud-timesync.conf"));
        assert_eq!(fs::read(path).unwrap(), fs::read(sources().join(drop_in)).unwrap(), "{unit}");
    }
    // Instances of each database, and what is named for a port or a tenant: systemd.unit(5).
    for unit in DATABASES.iter().map(|database| database.unit) {
        let stem = unit.strip_suffix(".service").unwrap();
        let name = stem.find(['#', '*']).map_or(format!("{stem}@"), |mark| stem[..mark].to_owned());
        let path = tree.at(&format!("usr/lib/systemd/system/{name}.service.d/05-cloud-timesync.conf"));
        assert_eq!(fs::read(path).unwrap(), fs::read(sources().join("database.conf")).unwrap(), "{unit}");
    }
    assert!(tree.at("usr/bin/cloud-timesync").is_file());
    let wanted = tree.at("usr/lib/systemd/system/network-online.target.wants").join(RESOLVE);
    assert!(wanted.is_symlink() && wanted.is_file(), "{} leads nowhere", wanted.display());
}

#[test]
fn make_install_keeps_the_operators_configuration() {
    let Some(tree) = installed() else { return };
    let config = tree.at("etc/cloud-timesync/config.toml");
    fs::write(&config, "[gate]\nat_timeout = \"hold\"\n").unwrap();
    install_into(&tree);
    assert_eq!(fs::read_to_string(&config).unwrap(), "[gate]\nat_timeout = \"hold\"\n");
    assert!(config.with_file_name("config.toml.new").is_file());
}
