//! Packages that are upgraded and removed while the database runs, and starts of the agent that end early, with dpkg's and
//! debhelper's real scripts.

mod agent;
mod chrony;
mod database;
mod interrupted;
mod leaving;
mod packages;

use std::fs;
use std::path::Path;

use crate::bench::{Container, Release};
use test_support::{Evidence, run};

/// A machine whose packages lie in /debs.
fn machine(release: Release, debs: &[&Path]) -> Container {
    let container = Container::bare(release);
    for deb in debs {
        let to = container.root().join("debs").join(deb.file_name().expect("a file"));
        fs::create_dir_all(to.parent().expect("below the root")).expect("making a directory");
        fs::copy(deb, to).expect("copying a package");
    }
    container
}

/// Installs what lies in /debs under this name, while the machine is off.
fn install(container: &Container, name: &str) {
    let install = format!("dpkg --install /debs/{name}");
    run(container.chroot("sh").args(["-c", &install]).env("DEBIAN_FRONTEND", "noninteractive"));
}

/// What a script may say. `remember` it, do something, and `compare`.
const WORDS: &str = r#"
export DEBIAN_FRONTEND=noninteractive
exec < /dev/null
cd /
database() {
    systemctl show scylla-server.service --property \
        InvocationID,MainPID,NRestarts,ActiveState,ActiveEnterTimestampMonotonic,StateChangeTimestampMonotonic
}
clock() {
    stat --format '%n %i %a %U:%G %z' etc/chrony/chrony.conf etc/systemd/system/scylla-server.service.d/*
    sha256sum etc/chrony/chrony.conf etc/systemd/system/scylla-server.service.d/*
}
gate() {
    systemctl show scylla-server.service --property After,Wants |
        grep --only-matching -e chrony-wait.service -e time-sync.target | sort | uniq --count
}
remember() { for what in database clock gate; do $what > "/tmp/$what"; done; }
compare() {
    for what in database clock gate; do
        if $what | cmp --silent - "/tmp/$what"; then
            echo "$1: $what as before"
        else
            echo "$1: $what CHANGED"; $what | diff "/tmp/$what" -
        fi
    done
}
stamp() { systemctl show "$1" --property "$2TimestampMonotonic" --value; }
waited() {
    if [ "$(stamp chrony-wait.service ActiveEnter)" -le "$(stamp scylla-server.service InactiveExit)" ]; then
        echo the database waited
    fi
}
does() { "$@" > /tmp/said 2>&1; echo "$1 $2 exits with $?"; cat /tmp/said; }
"#;

/// Boots the machine, and runs the script when the database runs.
fn boot(container: &Container, script: &str) -> Evidence {
    container.boot_looking(&format!("{WORDS}{script}"))
}

/// Of what the script said, the lines that are wanted must be there, in this order, and nothing else has changed.
fn assert_told(evidence: &Evidence, wanted: &[&str]) {
    let look = evidence.look();
    let mut lines = look.lines();
    for wanted in wanted {
        assert!(lines.any(|line| line == *wanted), "\"{wanted}\" is not said, or not in its order:\n{look}");
    }
    assert!(!look.contains("CHANGED"), "{look}");
}

/// The database started after chrony-wait had ended well.
fn assert_waited(evidence: &Evidence) {
    let ends = ["chrony-wait.service", "scylla-server.service"].map(|unit| evidence.started(unit));
    let waited = matches!(ends, [Some((wait, "done")), Some((database, "done"))] if wait <= database);
    assert!(waited, "{ends:?}\n{}", evidence.timeline());
}

/// How often the database was started in this boot.
fn starts(evidence: &Evidence) -> usize {
    evidence.journal.iter().filter(|entry| entry.ends_start_of("scylla-server.service")).count()
}
