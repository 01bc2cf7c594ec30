//! An operator at a machine that is up, and machines that lack something.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// Applies on a machine that came up without the agent, then takes everything back.
const BY_HAND: &str = r"
snapshot() {
    cd / && find etc/chrony etc/systemd/system ! -name 'cloud-timesync*' -printf '%p %y %m %U:%G %l\n' | sort
    find etc/chrony etc/systemd/system -type f -exec sha256sum {} + | sort
}
snapshot > /tmp/before
systemctl show --property NRestarts,ActiveEnterTimestampMonotonic scylla-server.service > /tmp/database
cloud-timesync plan --exit-code > /tmp/plan; echo plan exits with $?
cloud-timesync apply; echo apply exits with $?
for second in $(seq 60); do
    chronyc -c -n sources | grep -q '^.,[*],169.254.169.123,' && echo selected && break
    sleep 1
done
systemctl show --property NRestarts,ActiveEnterTimestampMonotonic scylla-server.service |
    cmp - /tmp/database && echo the database is untouched
cloud-timesync plan --exit-code > /tmp/plan; code=$?; cat /tmp/plan; echo plan exits with $code
cp /etc/chrony/chrony.conf /tmp/ours
systemctl enable --quiet cloud-timesync.service
cloud-timesync undo > /tmp/undone; echo undo exits with $?
grep cloud-timesync.service /tmp/undone
snapshot > /tmp/after
diff /tmp/before /tmp/after && echo all is given back
dpkg --purge cloud-timesync > /tmp/purged 2>&1; echo purge exits with $?
find / -xdev -name '*cloud-timesync*' ! -path '/run/boot-bench/*' ! -path '/usr/share/doc/*'
";

#[test]
fn an_operator_can_apply_and_take_everything_back() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        let link = root.join("etc/systemd/system/multi-user.target.wants/cloud-timesync.service");
        fs::remove_file(link).expect("the package enables its unit");
    });
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws()).until_selected("none").look(BY_HAND);
    let evidence = boot.run();
    let told: Vec<String> = evidence.look().lines().map(str::to_owned).collect();
    let wanted = [
        "plan exits with 1",
        "apply exits with 0",
        "selected",
        "the database is untouched",
        "plan exits with 0",
        "undo exits with 0",
        "disabled cloud-timesync.service",
        "all is given back",
        "purge exits with 0",
    ];
    let answers: Vec<&String> = told.iter().filter(|line| wanted.contains(&line.as_str())).collect();
    assert_eq!(answers, wanted, "{}", evidence.look());
    assert_eq!(told.last().map(String::as_str), wanted.last().copied(), "the purge leaves something behind");
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
}

#[test]
fn without_a_bus_the_gate_is_set_through_systemctl() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        for unit in ["dbus.socket", "dbus.service"] {
            symlink("/dev/null", root.join("etc/systemd/system").join(unit)).expect("masking the bus");
        }
    });
    let evidence = Boot::of(&disk, Machine::Aws, Cloud::aws()).run();
    assert_eq!(waited(&evidence), Ok(()), "{}", evidence.timeline());
    assert_eq!(evidence.source_directives(), AWS_SOURCES);
    assert_eq!(evidence.selected_source().as_deref(), Some(AMAZON));
    assert_eq!(evidence.property("chrony-wait.service", "UnitFileState"), "enabled");
    let told = evidence.agent().into_iter().any(|entry| entry.says("D-Bus is out of reach"));
    assert!(told, "nobody says that systemctl was used");
}

#[test]
#[ignore = "make test-all"]
fn a_chronyd_that_does_not_start_holds_no_database() {
    let disk = Disk::twisted(Release::Debian13, Agent::Package, |root| {
        write(root, "etc/default/chrony", "DAEMON_OPTS=\"--no-such-option\"\n");
    });
    let boot = Boot::of(&disk, Machine::Aws, Cloud::aws()).until_selected("none");
    let evidence = boot.run();
    assert_eq!(evidence.starts_of("scylla-server.service"), 1, "{}", evidence.timeline());
    assert_eq!(evidence.failed_units(), ["chrony.service"]);
    assert_sound(&evidence);
}
