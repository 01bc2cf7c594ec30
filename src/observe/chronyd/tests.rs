//! Which file chronyd reads, on trees by hand.

// Trees are made by hand.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const DEBIAN: &str = "usr/lib/systemd/system/chrony.service";
const RHEL: &str = "usr/lib/systemd/system/chronyd.service";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    tree
}

fn chrony_of(tree: &TempDir) -> Chrony {
    chrony(&Root::open(tree.path()).unwrap()).unwrap()
}

/// The file that chronyd reads, where this is its unit and these are other files.
fn conf_of(unit: &str, more: &[(&str, &str)]) -> Seen<PathBuf> {
    let exec = format!("[Service]\nEnvironmentFile=-/etc/default/chrony\n{unit}\n");
    chrony_of(&tree(&[&[(DEBIAN, exec.as_str())], more].concat())).conf
}

#[test]
fn the_file_that_f_names_is_the_one() {
    const DROP_IN: &str = "etc/systemd/system/chrony.service.d/10-site.conf";
    const VENDORS: &str = "usr/lib/systemd/system/chrony.service.d/10-site.conf";
    const OPTIONS: (&str, &str) = ("etc/default/chrony", "DAEMON_OPTS=\"-F 1 -f /etc/site.conf\"");
    let site = || Ok(PathBuf::from("/etc/site.conf"));
    for unit in [
        "ExecStart=/usr/sbin/chronyd -f /etc/site.conf",
        "ExecStart=!-/usr/sbin/chronyd -F1 \\\n # a comment\n -nf/etc/site.conf",
        "ExecStart=@/usr/sbin/chronyd -f -f /etc/site.conf",
        "ExecStart=/usr/bin/false\nExecStart=\nExecStart=/usr/sbin/chronyd -f \"/etc/site.conf\"",
        "Environment=\"CONF=/etc/site.conf\"\nExecStart=/usr/sbin/chronyd -f ${CONF}",
    ] {
        assert_eq!(conf_of(unit, &[]), site(), "{unit}");
    }
    for unit in [
        "ExecStart=/usr/sbin/chronyd $DAEMON_OPTS",
        "ExecStart=!/usr/lib/systemd/scripts/chronyd-starter.sh $DAEMON_OPTS",
    ] {
        assert_eq!(conf_of(unit, &[OPTIONS]), site(), "{unit}");
    }
    let other = "[Service]\nEnvironmentFile=/etc/more\n";
    let more = ("etc/more", "DAEMON_OPTS='-f /etc/site.conf'\n");
    assert_eq!(conf_of("ExecStart=/usr/sbin/chronyd $DAEMON_OPTS", &[(VENDORS, other), more]), site());
    let exec = "[Service]\nExecStart=\nExecStart=/usr/sbin/chronyd -f /etc/site.conf\n";
    let run = "ExecStart=/usr/sbin/chronyd";
    assert_eq!(conf_of(run, &[(DROP_IN, exec)]), site());
    let debians = Ok(PathBuf::from("/etc/chrony/chrony.conf"));
    assert_eq!(conf_of(run, &[(VENDORS, exec), (DROP_IN, "")]), debians, "the vendor's is hidden");
    let reset = "EnvironmentFile=\nExecStart=/usr/sbin/chronyd $DAEMON_OPTS";
    assert_eq!(conf_of(reset, &[OPTIONS]), debians, "an empty setting clears those before it");
    assert!(conf_of("ExecStart=:/usr/sbin/chronyd $DAEMON_OPTS", &[]).is_err());
}

#[test]
fn what_is_not_known_or_not_the_agents_is_refused() {
    for (unit, expected) in [
        ("ExecStart=/usr/sbin/chronyd -f /run/x.conf", "chrony.service has chronyd read /run/x.conf: "),
        ("ExecStart=/usr/sbin/chronyd -f /etc/../x", "chrony.service has chronyd read /etc/../x: "),
        ("ExecStart=/usr/sbin/chronyd -f etc/x", "chrony.service has chronyd read etc/x: "),
        ("ExecStart=/usr/sbin/chronyd -f /etc/%H.conf", "chrony.service has chronyd read /etc/%H.conf: "),
        (
            "ExecStart=/usr/sbin/chronyd 'server a' rtcsync",
            "chrony.service gives chronyd the directive \"server a\"",
        ),
        ("ExecStart=/usr/bin/docker run chrony", "chrony.service starts /usr/bin/docker, and "),
    ] {
        let said = conf_of(unit, &[]).unwrap_err();
        assert!(said.starts_with(expected), "{unit}: {said}");
    }
}

#[test]
fn without_f_it_is_the_file_that_chronyd_was_built_for() {
    let [debians, rhels] = ["etc/chrony/chrony.conf", "etc/chrony.conf"];
    let unit = |name: &'static str| (name, "[Service]\nExecStart=/usr/sbin/chronyd $OPTIONS\n");
    let built = |text: &'static str| ("usr/sbin/chronyd", text);
    let conf = |files: &[(&str, &str)]| chrony_of(&tree(files)).conf;
    let is = |path: &str| Ok(PathBuf::from("/").join(path));
    let program = "\x7fELF\0\x01/etc/x\0/etc/chrony/chrony.conf\0chrony.conf\0";
    assert_eq!(conf(&[unit(RHEL), built(program), (rhels, "")]), is(debians));
    assert!(conf(&[unit(RHEL), built("\0/opt/etc/chrony.conf\0")]).is_err());
    // The program is not there, or tells nothing.
    assert_eq!(conf(&[unit(RHEL), (debians, "")]), is(debians));
    assert_eq!(conf(&[unit(DEBIAN), built("a script"), (rhels, "")]), is(rhels));
    assert_eq!(conf(&[unit(RHEL)]), is(rhels));
    let said = conf(&[unit(RHEL), (rhels, ""), (debians, "")]).unwrap_err();
    assert!(said.starts_with("/etc/chrony/chrony.conf and /etc/chrony.conf are both there"), "{said}");
}

#[test]
fn the_unit_is_the_one_that_is_no_link() {
    let text = "[Service]\nExecStart=/usr/sbin/chronyd\n";
    for (own, other) in [(DEBIAN, "chronyd.service"), (RHEL, "chrony.service")] {
        let drop_in = format!("etc/systemd/system/{other}.d/x.conf");
        let exec = "[Service]\nExecStart=\nExecStart=/usr/sbin/chronyd -f /etc/site.conf\n";
        let tree = tree(&[(own, text), (&drop_in, exec)]);
        let name = own.rsplit_once('/').unwrap().1;
        assert_eq!((chrony_of(&tree).unit.as_str(), chrony_of(&tree).options), (name, vec![]), "{own}");
        symlink(Path::new("/").join(own), tree.path().join("etc/systemd/system").join(other)).unwrap();
        let found = chrony_of(&tree);
        assert_eq!(
            (found.unit.as_str(), found.conf),
            (name, Ok("/etc/site.conf".into())),
            "the link's drop-in"
        );
    }
    let tree = tree(&[(RHEL, text)]);
    fs::create_dir_all(tree.path().join("etc/systemd/system")).unwrap();
    symlink("/dev/null", tree.path().join("etc/systemd/system/chrony.service")).unwrap();
    assert_eq!(chrony_of(&tree).unit, "chronyd.service", "the other one is masked");
}
