//! Choice of the file that chronyd reads, on trees by hand.

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
        ("ExecStart=/usr/sbin/chronyd -n -f", "chrony.service gives chronyd -f without a file"),
        (
            "ExecStart=/usr/sbin/chronyd -f /etc/\\x61.conf",
            "`/usr/sbin/chronyd -f /etc/\\x61.conf` has a backslash",
        ),
        ("Environment=A=\\x61\nExecStart=/usr/sbin/chronyd", "`A=\\x61` has a backslash"),
        ("EnvironmentFile=-/etc/%p\nExecStart=/usr/sbin/chronyd", "EnvironmentFile=-/etc/%p has a specifier"),
        ("EnvironmentFile=/etc/*.env\nExecStart=/usr/sbin/chronyd", "EnvironmentFile=/etc/*.env has a"),
        ("RootDirectory=/srv", "chrony.service has RootDirectory=, and which"),
        ("BindReadOnlyPaths=/etc/other.conf:/etc/chrony.conf", "chrony.service has BindReadOnlyPaths="),
        ("UnsetEnvironment=OPTIONS", "chrony.service has UnsetEnvironment="),
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
    let both = [unit(RHEL), (rhels, ""), (debians, "")];
    let said = conf(&both).unwrap_err();
    assert!(said.starts_with("/etc/chrony/chrony.conf and /etc/chrony.conf are both there"), "{said}");
    for (link, target) in [(rhels, "chrony/chrony.conf"), (debians, "../chrony.conf")] {
        let tree = tree(&both);
        fs::remove_file(tree.path().join(link)).unwrap();
        symlink(target, tree.path().join(link)).unwrap();
        assert_eq!(
            chrony_of(&tree).conf,
            is(if link == rhels { debians } else { rhels }),
            "one is the other"
        );
    }
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

#[test]
fn a_file_of_the_units_that_cannot_be_read_is_not_an_empty_one() {
    let unit = "[Service]\nEnvironmentFile=-/etc/default/chrony\nExecStart=/usr/sbin/chronyd\n";
    for path in ["etc/default/chrony", "etc/systemd/system/chrony.service.d/x.conf", DEBIAN] {
        for kind in ["a file of more than 1 MiB", "a directory", "a link that leads nowhere"] {
            let tree = tree(&[(DEBIAN, unit)]);
            let place = tree.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            let _ = fs::remove_file(&place);
            match kind {
                "a directory" => fs::create_dir(place).unwrap(),
                "a link that leads nowhere" => symlink("/none/chrony.service", place).unwrap(),
                _ => fs::write(place, "#".repeat(2 << 20)).unwrap(),
            }
            let wanted = format!(
                "reading /{path}: it is {kind}, and which file chrony.service has chronyd read is not known"
            );
            // A directory among the drop-ins is none.
            let is_passed_over = kind == "a directory" && path.ends_with(".d/x.conf");
            assert_eq!(chrony_of(&tree).conf.err(), Some(wanted).filter(|_| !is_passed_over));
        }
    }
}

#[test]
fn a_mask_is_found_however_it_is_spelt() {
    let text = "[Service]\nExecStart=/usr/sbin/chronyd -f /etc/site.conf\n";
    for target in ["/dev/null", "../../../dev/null", "/run/../dev//null"] {
        for directory in ["etc/systemd/system", "run/systemd/system"] {
            let tree = tree(&[(DEBIAN, text), (RHEL, text)]);
            fs::create_dir_all(tree.path().join(directory)).unwrap();
            symlink(target, tree.path().join(directory).join("chrony.service")).unwrap();
            assert_eq!(chrony_of(&tree).unit, "chronyd.service", "{target} in {directory}");
        }
    }
    let tree = tree(&[(DEBIAN, text), (RHEL, text), ("etc/systemd/system/chrony.service", "")]);
    assert_eq!(chrony_of(&tree).unit, "chronyd.service", "an empty file");
    fs::write(tree.path().join(RHEL), "").unwrap();
    let both = chrony_of(&tree);
    assert_eq!((both.unit.as_str(), both.options), ("chrony.service", vec![]), "masked is not missing");
}

#[test]
fn a_link_to_another_unit_is_followed() {
    const REAL: &str = "usr/lib/systemd/system/chronyd-real.service";
    let tree = tree(&[
        (REAL, "[Service]\nExecStart=/usr/sbin/chronyd $OPTIONS\n"),
        ("etc/systemd/system/chronyd.service.d/x.conf", "[Service]\nEnvironment=OPTIONS=-f/etc/site.conf\n"),
    ]);
    symlink("chronyd-real.service", tree.path().join(RHEL)).unwrap();
    let found = chrony_of(&tree);
    assert_eq!((found.unit.as_str(), found.conf), ("chronyd-real.service", Ok("/etc/site.conf".into())));
    // The link's own name decides which file it is where nothing else tells.
    fs::remove_file(tree.path().join("etc/systemd/system/chronyd.service.d/x.conf")).unwrap();
    assert_eq!(chrony_of(&tree).conf, Ok("/etc/chrony.conf".into()));
    symlink("chronyd.service", tree.path().join("usr/lib/systemd/system/x.service")).unwrap();
    fs::remove_file(tree.path().join(REAL)).unwrap();
    symlink("x.service", tree.path().join(REAL)).unwrap();
    assert!(chrony(&Root::open(tree.path()).unwrap()).is_none(), "a circle of links");
}

#[test]
fn what_is_made_while_the_machine_runs_has_its_place() {
    let text = |file: &str| format!("[Service]\nExecStart=/usr/sbin/chronyd -f /etc/{file}.conf\n");
    let [vendors, momentary, generated, site] = ["vendors", "run", "generated", "site"].map(text);
    let mut files = vec![(RHEL, &*vendors)];
    for (path, text, wanted) in [
        ("run/systemd/generator.late/chronyd.service", &generated, "vendors"),
        ("run/systemd/generator/chronyd.service", &generated, "generated"),
        ("run/systemd/system/chronyd.service", &momentary, "run"),
        ("etc/systemd/system/chronyd.service", &site, "site"),
        ("run/systemd/transient/chronyd.service", &momentary, "run"),
    ] {
        files.push((path, text));
        assert_eq!(chrony_of(&tree(&files)).conf, Ok(format!("/etc/{wanted}.conf").into()), "{path}");
    }
}
